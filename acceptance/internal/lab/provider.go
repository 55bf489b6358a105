//go:build acceptance

package lab

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Plugin is the name of the executable of the AWS provider.
const Plugin = "pulumi-resource-aws"

// startProvider starts an AWS provider that runs until the end of the test, and returns its
// port. Without it, each command of the engine would start a provider, which took a third
// of the suite's CPU time.
func startProvider(t *testing.T) (port int) {
	t.Helper()
	command := exec.Command(Plugin) // without the context of the test, which ends before cleanUp destroys the stack of a failed test
	// Like automation/stack, the provider ignores the user's settings. With AWS_CA_BUNDLE, it
	// could not be configured twice.
	own := slices.DeleteFunc(os.Environ(), func(each string) bool { return strings.HasPrefix(each, "AWS_CA_BUNDLE=") })
	command.Env = append(own, "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill() // It may have ended already.
		_ = command.Wait()         // It was killed.
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err, "the provider writes its port")
	port, err = strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, "the provider writes its port")
	return port
}
