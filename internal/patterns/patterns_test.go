package patterns

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExample(t *testing.T) {
	for name, test := range map[string]struct {
		all, none []Pattern
		want      string // "" for no such text
	}{
		"one pattern":                  {all: []Pattern{Wildcards("/a/*")}, want: "/a/"},
		"a character":                  {all: []Pattern{Wildcards("/a?")}, want: "/ax"},
		"a part of a path":             {all: []Pattern{Route("/a/{id}")}, want: "/a/x"},
		"the rest of a path":           {all: []Pattern{Route("/a/{proxy+}")}, want: "/a/"},
		"an intersection":              {all: []Pattern{Wildcards("/a*"), Wildcards("*b")}, want: "/ab"},
		"no intersection":              {all: []Pattern{Wildcards("/a/*"), Wildcards("/b/*")}},
		"a slash in a part":            {all: []Pattern{Route("/a/{id}"), Wildcards("/a/b/c")}},
		"an excluded text":             {all: []Pattern{Wildcards("/a/*")}, none: []Pattern{Wildcards("/a/")}, want: "/a/x"},
		"excluded parts":               {all: []Pattern{Wildcards("/a/*")}, none: []Pattern{Wildcards("/a/"), Route("/a/{id}")}, want: "/a//"},
		"everything excluded together": {all: []Pattern{Wildcards("/*")}, none: []Pattern{Wildcards("/"), Wildcards("/?*")}},
		"a letter of the patterns":     {all: []Pattern{Wildcards("/?")}, none: []Pattern{Wildcards("/x"), Wildcards("//")}, want: "/y"},
	} {
		t.Run(name, func(t *testing.T) {
			text, exists := Example(test.all, test.none)
			require.Equal(t, test.want != "", exists)
			require.Equal(t, test.want, text)
		})
	}
}

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		pattern, other Pattern
		want           bool
	}{
		{Wildcards("/*"), Route("/a/{id}"), true}, {Route("/a/{id}"), Wildcards("/a/*"), false}, {Route("/a/{proxy+}"), Wildcards("/a/*"), true},
		{Route("/{x}/b"), Route("/a/{y}"), false}, {Route("/{x}/{y}"), Route("/a/{y}"), true}, {Wildcards("/a"), Wildcards("/A"), false},
	} {
		require.Equal(t, test.want, Covers(test.pattern, test.other), "%v over %v", test.pattern, test.other)
	}
}

// Example agrees with regular expressions about all short texts.
func TestExampleFindsAText(t *testing.T) {
	list := []string{"/*", "/a*", "/a/*", "/?", "/a", "*a", "/*a", "/a/?"}
	expressions := map[string]*regexp.Regexp{}
	for _, text := range list {
		expressions[text] = regexp.MustCompile("^" + strings.NewReplacer("*", ".*", "?", ".").Replace(text) + "$")
	}
	texts := []string{""}
	for first := 0; len(texts[first]) < 5; first++ {
		for _, char := range []string{"/", "a", "x"} {
			texts = append(texts, texts[first]+char)
		}
	}
	for _, one := range list {
		for _, two := range list {
			for _, without := range list {
				shortest := -1
				for _, text := range texts {
					if expressions[one].MatchString(text) && expressions[two].MatchString(text) && !expressions[without].MatchString(text) {
						shortest = len(text)
						break
					}
				}
				text, exists := Example([]Pattern{Wildcards(one), Wildcards(two)}, []Pattern{Wildcards(without)})
				require.Equal(t, shortest >= 0, exists, "%s and %s without %s", one, two, without)
				if exists {
					require.Len(t, text, shortest)
				}
			}
		}
	}
}
