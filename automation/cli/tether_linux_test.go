package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tethered is the variable that makes this test binary the process that the test
// kills. It holds the script that the process runs as its CLI.
const tethered = "FARGATE_CD_TEST_TETHERED"

func TestMain(m *testing.M) {
	script := os.Getenv(tethered)
	if script == "" {
		os.Exit(m.Run())
	}
	command := (&Command{path: script}).WithTether()
	_, _, _, err := command.Run(context.Background(), "", nil, []io.Writer{os.Stdout}, nil, nil)
	fmt.Fprintln(os.Stderr, err)
}

// The CLI must end with the process that serves the program and the providers.
func TestTetheredCLIDiesWithItsProcess(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), tethered+"="+writeScript(t, t.TempDir(), `echo $$; exec sleep 60`))
	output, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	pid, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())

	require.Eventually(t, func() bool {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(pid) + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ") // gone, or a zombie
	}, 20*time.Second, 10*time.Millisecond)
}
