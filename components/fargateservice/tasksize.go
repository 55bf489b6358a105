package fargateservice

import (
	"slices"

	"fargate-cd/internal/problems"
)

// memoryRange is the range of memory in MiB that Fargate offers for a CPU size.
type memoryRange struct{ minimum, maximum, step int }

// fargateMemory maps CPU units to memory ("Task size", Amazon ECS Developer
// Guide). 256 units are an exception with the three values of smallestMemory.
var fargateMemory = map[int]memoryRange{
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

var (
	smallestMemory = []int{512, 1024, 2048}
	fargateCPU     = []int{256, 512, 1024, 2048, 4096, 8192, 16384}
)

func validateTaskSize(key string, cpu, memory int, found *problems.List) {
	if !slices.Contains(fargateCPU, cpu) {
		found.Add(key+"cpu", cpu, "one of %s CPU units on Fargate", problems.JoinInts(fargateCPU))
		return
	}
	if cpu == 256 {
		if !slices.Contains(smallestMemory, memory) {
			found.Add(key+"memory", memory, "with cpu 256 Fargate has %s MiB", problems.JoinInts(smallestMemory))
		}
		return
	}
	r := fargateMemory[cpu]
	if memory < r.minimum || memory > r.maximum || memory%r.step != 0 {
		found.Add(key+"memory", memory, "with cpu %d Fargate has %d to %d MiB in steps of %d", cpu, r.minimum, r.maximum, r.step)
	}
}
