package apigateway

import (
	"regexp"
	"slices"
	"strings"

	"fargate-cd/internal/problems"
)

// corsMethods are all methods of a route except OPTIONS, which a browser uses for the preflight request, sorted.
var corsMethods = slices.DeleteFunc(slices.Sorted(slices.Values(methods)), func(method string) bool { return method == "OPTIONS" })

// corsMaxAgeSeconds is the time for which a browser may cache the response to a preflight request, in seconds.
const corsMaxAgeSeconds = 600

func (s *Spec) cors() bool { return len(s.CorsAllowOrigins) > 0 }

var (
	originPattern = regexp.MustCompile(`^(\*|https?://[^\s/?#*]+)$`)
	headerPattern = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
)

func (s *Spec) validateCors(prefix string, found *problems.List) {
	for i, origin := range s.CorsAllowOrigins {
		key := prefix + problems.Indexed("apiCorsAllowOrigins", i)
		found.Matches(key, origin, originPattern, "* or an origin such as https://app.example.com, without a path")
		if origin == "*" && len(s.CorsAllowOrigins) > 1 {
			found.Add(key, origin, "* alone, because it includes every origin")
		}
	}
	if !s.cors() {
		return
	}
	for i, header := range s.CorsAllowHeaders {
		found.Matches(prefix+problems.Indexed("apiCorsAllowHeaders", i), header, headerPattern, "the name of a header")
	}
	// The wildcard * does not include this header ("CORS protocol", Fetch Standard).
	if !slices.ContainsFunc(s.CorsAllowHeaders, func(h string) bool { return strings.EqualFold(h, "authorization") }) {
		found.Add(prefix+"apiCorsAllowHeaders", s.CorsAllowHeaders, "it must contain authorization, the header of the token; * does not include it")
	}
}
