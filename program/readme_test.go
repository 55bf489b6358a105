package program

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var readmeStack = regexp.MustCompile("(?s)```yaml\n(config:\n.*?)```")

// A newcomer copies the README's stack: it is valid, and ten lines at most.
func TestReadmeStack(t *testing.T) {
	content, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	found := readmeStack.FindSubmatch(content)
	require.Len(t, found, 2, "README.md shows a stack file")
	require.LessOrEqual(t, strings.Count(string(found[1]), "\n"), 10, "lines")

	require.NoError(t, Validate("fargate-cd", "dev", stackFileConfig(t, string(found[1]))))
}

// Every key of a service has its line in the README.
func TestReadmeListsTheKeys(t *testing.T) {
	content, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, err = parse(map[string]string{"fargate-cd:services": `[{"none": 1}]`})
	require.Error(t, err)
	_, keys, found := strings.Cut(err.Error(), "services[0].none: there is no such key (its value is 1): the keys are ")
	require.True(t, found, err)
	keys, _, _ = strings.Cut(keys, "\n")
	for _, key := range strings.Split(keys, ", ") {
		require.Regexp(t, "(?m)^\\|.*`"+key+"[.`]", string(content), "README.md tells what %s is", key)
	}
}
