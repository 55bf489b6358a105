package main

import (
	"fmt"
	"strings"
)

// replace puts text between two marks, each on a line of its own.
func replace(content, begin, end, text string) (string, error) {
	before, rest, found := strings.Cut(content, begin+"\n")
	if !found {
		return "", fmt.Errorf("the mark %q is missing", begin)
	}
	_, after, found := strings.Cut(rest, end+"\n")
	if !found {
		return "", fmt.Errorf("the mark %q after %q is missing", end, begin)
	}
	return before + begin + "\n" + text + end + "\n" + after, nil
}
