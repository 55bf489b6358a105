package main

import (
	"fmt"
	"strings"
)

// replaceSection replaces the text between two markers. Each marker is a separate line.
func replaceSection(content, begin, end, text string) (string, error) {
	before, rest, found := strings.Cut(content, begin+"\n")
	if !found {
		return "", fmt.Errorf("the marker %q is missing", begin)
	}
	_, after, found := strings.Cut(rest, end+"\n")
	if !found {
		return "", fmt.Errorf("the marker %q after %q is missing", end, begin)
	}
	return before + begin + "\n" + text + end + "\n" + after, nil
}
