//go:build acceptance

package lab

import (
	"fmt"
	"os"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// read reads the configuration in the stack file.
func (d *Stack) read() {
	d.t.Helper()
	text, err := os.ReadFile(d.File)
	require.NoError(d.t, err)
	var file struct{ Config map[string]any }
	require.NoError(d.t, yaml.Unmarshal(text, &file), "stack file %s", d.File)
	d.given = file.Config
}

// setting returns the value of a configuration key of the project, or nil if it is not set.
func (d *Stack) setting(key string) any {
	if value, ok := d.Config[key]; ok {
		return value
	}
	return d.given["fargate-cd:"+key]
}

// ProductionPort returns the port of the production listener.
func (d *Stack) ProductionPort() int32 {
	switch {
	case d.setting("listenerPort") != nil:
		return int32(d.setting("listenerPort").(int))
	case d.setting("certificateArn") != nil || d.setting("domainName") != nil:
		return 443
	default:
		return 80
	}
}

// Services returns the configured services. The next command uses the changes that a caller makes to them.
func (d *Stack) Services() []map[string]any {
	d.t.Helper()
	text, err := yaml.Marshal(d.setting("services"))
	require.NoError(d.t, err)
	var copied []map[string]any
	require.NoError(d.t, yaml.Unmarshal(text, &copied)) // separates services that share a mapping through a YAML anchor
	d.Config["services"] = copied
	return copied
}

// Alone reduces the configuration to the first service, without the release of its images
// to another stack. It returns the stack.
func (d *Stack) Alone() *Stack {
	d.t.Helper()
	service := d.Services()[0]
	delete(service, "release")
	d.Config["services"] = []any{service}
	return d
}

// Resize sets the CPU and the memory of the first service's tasks in the
// configuration, in CPU units and MiB.
func (d *Stack) Resize(cpu, memory int) {
	d.t.Helper()
	service := d.Services()[0]
	service["cpu"], service["memory"] = cpu, memory
}

// WaitForReroute sets, in the configuration, the time in minutes that a deployment of the
// first service waits for a person to reroute the traffic.
func (d *Stack) WaitForReroute(minutes int) {
	d.t.Helper()
	deployment := d.Services()[0]["deployment"].(map[string]any)
	deployment["readyWaitMinutes"] = minutes
}

// SetPort sets the container port of the first service in the configuration, and the
// environment variable from which the application reads its port.
func (d *Stack) SetPort(port int) {
	d.t.Helper()
	service := d.Services()[0]
	service["containerPort"] = port
	environment, ok := service["environment"].(map[string]any)
	if !ok {
		environment = map[string]any{}
		service["environment"] = environment
	}
	environment["PORT"] = fmt.Sprint(port)
}

// CodeCommitRepositories returns the names of the CodeCommit repositories in the
// configuration. It does not ask the API, because not every emulator can list repositories.
func (d *Stack) CodeCommitRepositories() []string {
	d.t.Helper()
	var names []string
	for _, service := range d.Services() {
		source, _ := service["source"].(map[string]any)
		if source["provider"] == "CodeCommit" {
			names = append(names, fmt.Sprint(source["repository"]))
		}
	}
	return names
}
