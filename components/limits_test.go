package components

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every pair at the edges of AWS's table, and those just beside them.
func TestTaskSize(t *testing.T) {
	for _, test := range []struct {
		cpu, memory int
		want        string // the fault; none when empty
	}{
		{256, 512, ""}, {256, 1024, ""}, {256, 2048, ""},
		{256, 1536, "x.memory: 1536 is not allowed: with cpu 256 Fargate has 512, 1024, 2048 MiB"},
		{256, 4096, "x.memory: 4096 is not allowed: with cpu 256 Fargate has 512, 1024, 2048 MiB"},
		{512, 1024, ""}, {512, 4096, ""},
		{512, 512, "x.memory: 512 is not allowed: with cpu 512 Fargate has 1024 to 4096 MiB in steps of 1024"},
		{512, 5120, "x.memory: 5120 is not allowed"}, {512, 1536, "x.memory: 1536 is not allowed"},
		{1024, 2048, ""}, {1024, 8192, ""}, {1024, 1024, "x.memory: 1024"}, {1024, 9216, "x.memory: 9216"},
		{2048, 4096, ""}, {2048, 16384, ""}, {2048, 3072, "x.memory: 3072"}, {2048, 17408, "x.memory: 17408"},
		{4096, 8192, ""}, {4096, 30720, ""}, {4096, 7168, "x.memory: 7168"}, {4096, 31744, "x.memory: 31744"},
		{8192, 16384, ""}, {8192, 61440, ""}, {8192, 20480, ""}, {8192, 17408, "in steps of 4096"}, {8192, 65536, "x.memory: 65536"},
		{16384, 32768, ""}, {16384, 122880, ""}, {16384, 40960, ""}, {16384, 36864, "in steps of 8192"}, {16384, 131072, "x.memory: 131072"},
		{300, 512, "x.cpu: 300 is not allowed: one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units"},
		{0, 0, "x.cpu: 0 is not allowed"}, {-256, 512, "x.cpu: -256 is not allowed"},
	} {
		t.Run(fmt.Sprintf("%d with %d", test.cpu, test.memory), func(t *testing.T) {
			var faults Faults
			faults.taskSize("x.", test.cpu, test.memory)
			requireFault(t, faults.Err(), test.want)
		})
	}
}

// requireFault wants one fault with a text, or none when the text is empty.
func requireFault(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorContains(t, err, want)
	require.ErrorContains(t, err, "the configuration is not valid: ", "one fault and no more")
}

func TestRetention(t *testing.T) {
	for days, valid := range map[int]bool{1: true, 7: true, 365: true, 3653: true, 0: false, 2: false, 364: false, 3654: false} {
		var faults Faults
		faults.Retention("logRetentionDays", days)
		want := ""
		if !valid {
			want = fmt.Sprintf("logRetentionDays: %d is not allowed: one of 1, 3, 5,", days)
		}
		requireFault(t, faults.Err(), want)
	}
}

func TestNames(t *testing.T) {
	service := func(name string, faults *Faults) { ValidateServiceName("name", name, faults) }
	environment := func(name string, faults *Faults) { ValidateEnvironmentName("name", name, faults) }
	for _, test := range []struct {
		what     string
		validate func(string, *Faults)
		given    string
		valid    bool
	}{
		{"service", service, "a", true},
		{"service", service, "web-2", true},
		{"service", service, strings.Repeat("a", 18), true},
		{"service", service, strings.Repeat("a", 19), false},
		// A pattern alone that allows single hyphens lets a name grow to twice its length, which AWS refuses much later.
		{"service", service, strings.Repeat("a-", 8) + "ab", true},
		{"service", service, strings.Repeat("a-", 9) + "a", false},
		{"service", service, "", false},
		{"service", service, "Web", false},
		{"service", service, "2web", false},
		{"service", service, "web-", false},
		{"service", service, "web--2", false},
		{"service", service, "web_2", false},
		{"service", service, "web\n", false},
		{"environment", environment, "prod", true},
		{"environment", environment, "Prod-2", true},
		{"environment", environment, strings.Repeat("a", 20), true},
		{"environment", environment, strings.Repeat("a", 21), false},
		{"environment", environment, strings.Repeat("a-", 10) + "a", false},
		{"environment", environment, "", false},
		{"environment", environment, "-prod", false},
		{"environment", environment, "prod.eu", false},
	} {
		t.Run(test.what+" "+test.given, func(t *testing.T) {
			var faults Faults
			test.validate(test.given, &faults)
			want := ""
			if !test.valid {
				want = "name: " + shown(test.given) + " is not allowed: 1 to "
			}
			requireFault(t, faults.Err(), want)
		})
	}
}

// The names of AWS resources begin with these, and AWS refuses some beginnings: a balancer's "internal-", a security
// group's "sg-".
func TestReservedNames(t *testing.T) {
	service := func(name string, faults *Faults) { ValidateServiceName("name", name, faults) }
	environment := func(name string, faults *Faults) { ValidateEnvironmentName("name", name, faults) }
	for _, test := range []struct {
		what     string
		validate func(string, *Faults)
		given    string
		want     string // the fault; none when empty
	}{
		{"environment", environment, "internal", `name: "internal" is not allowed: a name other than internal and internal-…: a load balancer`},
		{"environment", environment, "Internal-2", `name: "Internal-2" is not allowed: a name other than internal and internal-…: a load balancer`},
		{"environment", environment, "sg", `name: "sg" is not allowed: a name other than sg and sg-…: a security group`},
		{"environment", environment, "SG-eu", `name: "SG-eu" is not allowed: a name other than sg and sg-…: a security group`},
		{"environment", environment, "internals", ""},
		{"environment", environment, "sgx-sg-internal", ""},
		{"service", service, "sg", `name: "sg" is not allowed: a name other than sg and sg-…: a security group`},
		{"service", service, "sg-api", `name: "sg-api" is not allowed: a name other than sg and sg-…: a security group`},
		{"service", service, "sga", ""},
		{"service", service, "internal-api", ""}, // no balancer is named after a service
	} {
		t.Run(test.what+" "+test.given, func(t *testing.T) {
			var faults Faults
			test.validate(test.given, &faults)
			requireFault(t, faults.Err(), test.want)
		})
	}
}

func TestCidrBlocks(t *testing.T) {
	for given, valid := range map[string]bool{
		"10.0.0.0/8": true, "0.0.0.0/0": true, "203.0.113.7/32": true,
		"10.0.0.1/8": false, "10.0.0.0": false, "10.0.0.0/33": false, "::/0": false, "anywhere": false, "": false,
	} {
		t.Run(given, func(t *testing.T) {
			var faults Faults
			faults.cidrBlocks("ingressCidrBlocks", []string{"192.0.2.0/24", given})
			want := ""
			if !valid {
				want = "ingressCidrBlocks[1]: " + shown(given) + " is not allowed: an IPv4 network such as 10.0.0.0/16"
			}
			requireFault(t, faults.Err(), want)
		})
	}
}

func TestFaults(t *testing.T) {
	var faults Faults
	require.NoError(t, faults.Err())
	faults.Add("a", "x", "a letter from %s to %s", "b", "c")
	require.EqualError(t, faults.Err(), `the configuration is not valid: a: "x" is not allowed: a letter from b to c`)
	faults.Missing("b", "a number")
	faults.Unknown("c", []string{"%d"}, []string{"a", "b"}) // what a user writes is no format
	require.EqualError(t, faults.Err(), `the configuration has 3 faults:
  - a: "x" is not allowed: a letter from b to c
  - b: is missing: a number
  - c: there is no such key (its value is ["%d"]): the keys are a, b`)
}
