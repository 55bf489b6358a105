package fargateservice

import (
	"fmt"
	"testing"

	"fargate-cd/internal/problems"
	"fargate-cd/internal/problems/problemtest"
)

// The smallest and largest memory of each CPU size, and the values just outside.
func TestTaskSize(t *testing.T) {
	for _, test := range []struct {
		cpu, memory int
		want        string // the problem; empty for none
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
			var found problems.List
			validateTaskSize("x.", test.cpu, test.memory, &found)
			problemtest.Require(t, found.Err(), test.want)
		})
	}
}
