package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// treeMemory returns the resident memory of a process and its descendants, in bytes. It
// reads /proc, and returns 0 on a system without it. It counts a shared page once for
// each process.
func treeMemory(root int) int64 {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	children, pages := map[int][]int{}, map[int]int64{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // the process has ended
		}
		p, ok := parseStat(string(content))
		if !ok {
			continue
		}
		children[p.parent] = append(children[p.parent], p.id)
		pages[p.id] = p.pages
	}
	var sum int64
	for todo := []int{root}; len(todo) > 0; todo = todo[1:] {
		sum += pages[todo[0]]
		todo = append(todo, children[todo[0]]...)
	}
	return sum * int64(os.Getpagesize())
}

// process holds the fields of a process that treeMemory reads.
type process struct {
	id, parent int
	pages      int64
}

// parseStat parses a /proc/PID/stat (proc_pid_stat(5)). The first field is the id. The
// second is the name in parentheses, which can contain spaces and parentheses. The fourth
// is the parent, and the 24th is the number of resident pages.
func parseStat(stat string) (process, bool) {
	id, rest, found := strings.Cut(stat, " ")
	end := strings.LastIndex(rest, ") ")
	if !found || end < 0 {
		return process{}, false
	}
	fields := strings.Fields(rest[end+2:]) // from the third field on
	if len(fields) < 22 {
		return process{}, false
	}
	var p process
	var errs [3]error
	p.id, errs[0] = strconv.Atoi(id)
	p.parent, errs[1] = strconv.Atoi(fields[1])
	p.pages, errs[2] = strconv.ParseInt(fields[21], 10, 64)
	return p, errs == [3]error{}
}
