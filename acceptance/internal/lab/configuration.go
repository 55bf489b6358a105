//go:build acceptance

package lab

import (
	"fmt"
	"os"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// read reads the stack file.
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

// Services returns the configured services. A change of them applies to the next command.
func (d *Stack) Services() []map[string]any {
	d.t.Helper()
	text, err := yaml.Marshal(d.setting("services"))
	require.NoError(d.t, err)
	var copied []map[string]any
	require.NoError(d.t, yaml.Unmarshal(text, &copied)) // a copy for each service: a file may use one mapping twice
	d.Config["services"] = copied
	return copied
}

// Alone keeps only the first service in the configuration, and its images: neither the
// other services nor the stack that receives the images are part of the case. It returns
// the stack.
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

// WaitForReroute sets how long a deployment of the first service waits for a person to
// reroute the traffic, in minutes, in the configuration.
func (d *Stack) WaitForReroute(minutes int) {
	d.t.Helper()
	deployment := d.Services()[0]["deployment"].(map[string]any)
	deployment["readyWaitMinutes"] = minutes
}

// SetPort sets the container's port of the first service in the configuration, and
// the variable that tells the application its port.
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

// CodeCommitRepositories returns the names of the configured CodeCommit
// repositories. Not every emulator can list them.
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
