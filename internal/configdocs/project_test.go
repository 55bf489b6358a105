package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/program"
)

// `pulumi new` asks for exactly three values, and creates a valid stack.
func TestTemplate(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	var project struct {
		Template struct {
			Config map[string]struct{ Description, Default string }
		}
	}
	require.NoError(t, yaml.Unmarshal(content, &project))
	answers := map[string]string{
		"aws:region": "eu-central-1", "repository": "acme/web",
		"connectionArn": "arn:aws:codeconnections:eu-central-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef",
	}
	given := map[string]string{}
	stackFile := "config:\n"
	for key, asked := range project.Template.Config {
		require.Contains(t, answers, key)
		require.NotEmpty(t, asked.Description, key)
		name := key
		if !strings.Contains(key, ":") {
			name = module + ":" + key // as Pulumi writes it
		}
		given[name] = answers[key]
		stackFile += "  " + name + ": " + answers[key] + "\n"
	}
	require.Len(t, given, len(answers))
	require.Empty(t, problems(t, stackFile), "the schema accepts the stack file")
	config, err := program.Parse(module, "dev", given)
	require.NoError(t, err)
	require.Equal(t, "web", config.Services[0].Name)
}

// Pulumi passes the defaults of Pulumi.yaml to the program, so they must equal the program's defaults.
func TestProjectDefaults(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	var project struct {
		Config map[string]struct{ Default any }
	}
	require.NoError(t, yaml.Unmarshal(content, &project))
	given := map[string]string{"fargate-cd:services": `[{"name": "web", "source": {"provider": "CodeCommit", "repository": "web"}}]`}
	want, err := program.Parse(module, "dev", given)
	require.NoError(t, err)
	for key, declared := range project.Config {
		require.NotNil(t, declared.Default, "Pulumi refuses a stack without a value for %s", key)
		if key == "services" { // its default is an empty list, which is valid only with the key repository
			continue
		}
		text, ok := declared.Default.(string)
		if !ok {
			text = toJSON(declared.Default)
		}
		given[module+":"+key] = text
	}
	got, err := program.Parse(module, "dev", given)
	require.NoError(t, err)
	// Empty and absent lists have the same meaning.
	require.Equal(t, toJSON(want), strings.ReplaceAll(toJSON(got), "[]", "null"))
}
