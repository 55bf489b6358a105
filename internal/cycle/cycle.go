// Package cycle finds cycles among named things that depend on each other.
package cycle

// Through returns the names on a cycle that begins with the step between two names. The first name is also the last
// one. Through returns nil if no steps lead from the second name back to the first one. next returns the names to which
// a step leads from a name.
func Through(first, second string, next func(name string) []string) []string {
	visited := map[string]bool{}
	var pathBack func(name string) []string
	pathBack = func(name string) []string {
		if name == first {
			return []string{name}
		}
		if visited[name] {
			return nil
		}
		visited[name] = true
		for _, following := range next(name) {
			if path := pathBack(following); path != nil {
				return append([]string{name}, path...)
			}
		}
		return nil
	}
	if path := pathBack(second); path != nil {
		return append([]string{first}, path...)
	}
	return nil
}
