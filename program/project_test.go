package program

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/internal/defaults"
)

// Pulumi.yaml tells the Pulumi CLI, and its reader, what Config tells the
// program: the same keys, types and defaults.
func TestProjectDeclaresTheConfiguration(t *testing.T) {
	content, err := os.ReadFile("../Pulumi.yaml")
	require.NoError(t, err)
	type declaration struct {
		Type        string
		Items       struct{ Type string }
		Description string
		Default     any
	}
	var project struct {
		Name, Runtime string
		Config        map[string]declaration
	}
	require.NoError(t, yaml.Unmarshal(content, &project))
	require.Equal(t, "fargate-cd", project.Name)
	require.Equal(t, "go", project.Runtime)

	config := &Config{}
	defaults.Set(config)
	fields := fieldsOf(reflect.ValueOf(config).Elem())
	types := map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Bool: "boolean", reflect.Slice: "array"}
	items := map[reflect.Kind]string{reflect.String: "string", reflect.Struct: "object"}
	for key, field := range fields {
		t.Run(key, func(t *testing.T) {
			require.Contains(t, project.Config, key, "Pulumi.yaml declares every key")
			declared := project.Config[key]
			require.Equal(t, types[field.Kind()], declared.Type)
			require.NotEmpty(t, declared.Description)
			if field.Kind() == reflect.Slice {
				require.Equal(t, items[field.Type().Elem().Kind()], declared.Items.Type)
			}
			if key == "services" {
				require.Nil(t, declared.Default, "services are required")
				return
			}
			require.NotNil(t, declared.Default)
			text, err := json.Marshal(declared.Default)
			require.NoError(t, err)
			got := reflect.New(field.Type())
			require.NoError(t, json.Unmarshal(text, got.Interface()))
			if field.Kind() == reflect.Slice && field.Len() == 0 {
				require.Zero(t, got.Elem().Len())
				return
			}
			require.Equal(t, field.Interface(), got.Elem().Interface())
		})
	}
	for key := range project.Config {
		require.Contains(t, fields, key, "Pulumi.yaml declares nothing else")
	}
}
