package apigateway

import (
	"slices"
	"strings"

	"fargate-cd/internal/patterns"
)

// methods are the methods that a route can have ("Create routes for HTTP APIs in API Gateway", API Gateway Developer
// Guide).
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

// Methods returns the methods of the requests that a route key matches.
func Methods(routeKey string) []string {
	if method, _, _ := strings.Cut(routeKey, " "); method != "ANY" {
		return []string{method}
	}
	return methods
}

// Paths returns the pattern of the paths that a route key matches.
func Paths(routeKey string) patterns.Pattern {
	_, path, _ := strings.Cut(routeKey, " ")
	return patterns.Route(path)
}

// Precedes reports whether the API certainly prefers a route for the requests with a method that both routes match. The
// most specific route gets a request: a route without {proxy+} comes before a route with it, and a method before ANY
// ("Create routes for HTTP APIs in API Gateway", API Gateway Developer Guide). Among routes of one kind, one is more
// specific than the other if it is so in its path and its method. AWS does not document other orders.
func Precedes(routeKey, other, method string) bool {
	if !slices.Contains(Methods(routeKey), method) {
		return false
	}
	if one, two := greedy(routeKey), greedy(other); one != two {
		return two
	}
	return len(Methods(routeKey)) <= len(Methods(other)) && patterns.Covers(Paths(other), Paths(routeKey))
}

// greedy reports whether a route key ends in a variable for the rest of the path.
func greedy(routeKey string) bool { return strings.HasSuffix(routeKey, "+}") }
