// Package patterns compares patterns by the texts that they match.
package patterns

import (
	"slices"
	"strings"
)

// Pattern matches texts. The zero Pattern matches only the empty text.
type Pattern []token

// token matches a part of a text.
type token struct {
	class class
	char  byte // of literal
	// repeated means that the token matches any number of characters, including none.
	repeated bool
}

// class is a set of characters.
type class int

const (
	literal class = iota
	anyCharacter
	noSlash
)

// Wildcards returns the pattern of a text in which * matches any text and ? any character, like the values of a
// listener rule.
func Wildcards(text string) Pattern {
	var p Pattern
	for i := range len(text) {
		switch text[i] {
		case '*':
			p = append(p, token{class: anyCharacter, repeated: true})
		case '?':
			p = append(p, token{class: anyCharacter})
		default:
			p = append(p, token{char: text[i]})
		}
	}
	return p
}

// Route returns the pattern of the path of an HTTP API's route. A variable such as {id} matches one part of a path,
// which is not empty. A variable such as {proxy+} matches the rest of the path.
func Route(path string) Pattern {
	var p Pattern
	for path != "" {
		before, rest, variable := strings.Cut(path, "{")
		for i := range len(before) {
			p = append(p, token{char: before[i]})
		}
		if !variable {
			break
		}
		var name string
		name, path, _ = strings.Cut(rest, "}")
		if strings.HasSuffix(name, "+") {
			p = append(p, token{class: anyCharacter, repeated: true})
		} else {
			p = append(p, token{class: noSlash}, token{class: noSlash, repeated: true})
		}
	}
	return p
}

// Example returns a shortest text that all patterns of the first list match, and no pattern of the second list. exists
// is false if there is no such text.
func Example(all, none []Pattern) (text string, exists bool) {
	list := slices.Concat(all, none)
	alphabet := alphabetOf(list)
	begin := make(positions, len(list))
	for i, p := range list {
		begin[i] = p.skip(nil, 0)
	}
	type state struct {
		text string
		at   positions
	}
	seen := map[string]bool{begin.key(): true}
	for queue := []state{{"", begin}}; len(queue) > 0; queue = queue[1:] {
		current := queue[0]
		if current.at.match(list, len(all)) {
			return current.text, true
		}
		for _, char := range alphabet {
			next := current.at.after(list, char)
			dead := slices.ContainsFunc(next[:len(all)], func(at []rune) bool { return len(at) == 0 })
			if key := next.key(); !dead && !seen[key] {
				seen[key] = true
				queue = append(queue, state{current.text + string(char), next})
			}
		}
	}
	return "", false
}

// Overlap reports whether there is a text that both patterns match.
func Overlap(one, two Pattern) bool {
	for i := range min(len(one), len(two)) { // most pairs already differ in their first literals
		if one[i].class != literal || two[i].class != literal {
			break
		}
		if one[i].char != two[i].char {
			return false
		}
	}
	_, exists := Example([]Pattern{one, two}, nil)
	return exists
}

// Covers reports whether a pattern matches every text that another pattern matches.
func Covers(pattern, other Pattern) bool {
	_, uncovered := Example([]Pattern{other}, []Pattern{pattern})
	return !uncovered
}

// alphabetOf returns the characters that the patterns distinguish: a letter or digit for all characters that none of
// them contains, the slash, and those that they contain.
func alphabetOf(list []Pattern) []byte {
	literals := []byte{'/'}
	for _, p := range list {
		for _, t := range p {
			if t.class == literal {
				literals = append(literals, t.char)
			}
		}
	}
	slices.Sort(literals)
	literals = slices.Compact(literals)
	for _, char := range []byte("xyzabcdefghijklmnopqrstuvw0123456789\x7f") {
		if !slices.Contains(literals, char) {
			return append([]byte{char}, literals...)
		}
	}
	return literals
}

// positions holds, for each pattern of a list, the sorted indexes of the tokens that can match next; the length of the
// pattern if the text so far matches it.
type positions [][]rune

// key returns a text that is different for different positions.
func (at positions) key() string {
	var b strings.Builder
	for _, each := range at {
		b.WriteString(string(each))
		b.WriteByte(0xFF) // never part of a rune
	}
	return b.String()
}

// match reports whether the text so far matches the first patterns of the list, and none of the others.
func (at positions) match(list []Pattern, first int) bool {
	for i, p := range list {
		if slices.Contains(at[i], rune(len(p))) != (i < first) {
			return false
		}
	}
	return true
}

// after returns the positions after one more character.
func (at positions) after(list []Pattern, char byte) positions {
	next := make(positions, len(list))
	for i, p := range list {
		for _, index := range at[i] {
			if int(index) == len(p) || !p[index].matches(char) {
				continue
			}
			if !p[index].repeated {
				index++
			}
			next[i] = p.skip(next[i], index)
		}
	}
	return next
}

// skip adds an index to the sorted list, and the indexes after it that follow repeated tokens, because these can match
// nothing.
func (p Pattern) skip(at []rune, index rune) []rune {
	for {
		i, found := slices.BinarySearch(at, index)
		if !found {
			at = slices.Insert(at, i, index)
		}
		if int(index) == len(p) || !p[index].repeated {
			return at
		}
		index++
	}
}

func (t token) matches(char byte) bool {
	switch t.class {
	case anyCharacter:
		return true
	case noSlash:
		return char != '/'
	}
	return char == t.char
}
