package program

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The checks of rules include the rule of each additional port.
func TestAdditionalPortsRefuse(t *testing.T) {
	with := func(name, port, more string) string {
		return service(name, `"pathPatterns": ["/`+name+`"], "additionalPorts": [{"containerPort": 9090, `+port+`}]`+more)
	}
	for name, test := range map[string]struct {
		services []string
		config   map[string]string
		want     string
	}{
		"a priority twice": {services: []string{with("a", `"pathPatterns": ["/x"], "priority": 7`, ""), with("b", `"pathPatterns": ["/y"], "priority": 7`, "")},
			want: "fargate-cd:services[1].additionalPorts[0].priority: 7 is not allowed: it must be unique in the stack, and service a-9090 already has it"},
		"requests twice": {services: []string{with("a", `"pathPatterns": ["/x"], "hostHeaders": ["x.example.com"], "priority": 7`, ""),
			with("b", `"pathPatterns": ["/x"], "hostHeaders": ["x.example.com"], "priority": 8`, "")},
			want: `fargate-cd:services[1].additionalPorts[0].pathPatterns: ["/x"] is not allowed: the rule of service a-9090 has the same conditions`},
		"a host without a certificate": {services: []string{with("a", `"pathPatterns": ["/x"], "hostHeaders": ["x.example.com"]`, "")},
			config: map[string]string{"fargate-cd:domainName": "app.example.com", "fargate-cd:hostedZoneId": "Z0123456789ABCDEFGHIJ"},
			want:   `fargate-cd:services[0].additionalPorts[0].hostHeaders[0]: "x.example.com" is not allowed: app.example.com`},
		"behind the API": {services: []string{with("a", `"pathPatterns": ["/x"]`, `, "api": {}`)},
			want: "fargate-cd:services[0].additionalPorts: 1 is not allowed: none behind the API"},
		"blue/green": {services: []string{with("a", `"pathPatterns": ["/x"]`, `, "deployment": {"strategy": "ECSAllAtOnce"}`)},
			want: "fargate-cd:services[0].additionalPorts: 1 is not allowed: none with a blue/green deployment"},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{"fargate-cd:services": services(test.services...)}
			for key, value := range test.config {
				values[key] = value
			}
			_, err := parse(values)
			require.ErrorContains(t, err, test.want)
		})
	}
}
