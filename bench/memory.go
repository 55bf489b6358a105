package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// treeMemory is the resident memory of a process and its descendants, in bytes,
// from /proc; 0 where there is none. Pages that processes share count for each.
func treeMemory(root int) int64 {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	children, pages := map[int][]int{}, map[int]int64{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // The process has ended.
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

// process is what treeMemory needs of a process.
type process struct {
	id, parent int
	pages      int64
}

// parseStat reads a /proc/PID/stat (proc_pid_stat(5)): the id, the name in
// parentheses, which can hold spaces and parentheses itself, and numbers, of
// which the parent is the fourth field and the resident pages are the 24th.
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
