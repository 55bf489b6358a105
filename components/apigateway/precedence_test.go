package apigateway

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A route that certainly gets a request protects the service behind it.
func TestPrecedes(t *testing.T) {
	for name, test := range map[string]struct {
		route, other, method string
		want                 bool
	}{
		// The examples of the API Gateway Developer Guide.
		"a full match over a variable":        {"GET /pets/dog/1", "GET /pets/dog/{id}", "GET", true},
		"a full match over a greedy variable": {"GET /pets/dog/{id}", "GET /pets/{proxy+}", "GET", true},
		"a longer greedy path":                {"GET /pets/{proxy+}", "ANY /{proxy+}", "GET", true},

		"the other way round":                   {"GET /pets/dog/{id}", "GET /pets/dog/1", "GET", false},
		"a greedy variable over a full match":   {"ANY /pets/{proxy+}", "GET /pets/{id}", "GET", false},
		"a full match of any method":            {"ANY /pets/{id}", "GET /{proxy+}", "GET", true},
		"a method over ANY":                     {"GET /pets/{id}", "ANY /pets/{id}", "GET", true},
		"ANY over a method":                     {"ANY /pets/{id}", "GET /pets/{id}", "GET", false},
		"another method":                        {"GET /pets", "ANY /{proxy+}", "POST", false},
		"a longer path and a less exact method": {"ANY /pets/{proxy+}", "GET /{proxy+}", "GET", false},
		"paths that only overlap":               {"GET /{kind}/1", "GET /pets/{id}", "GET", false},
	} {
		require.Equal(t, test.want, Precedes(test.route, test.other, test.method), name)
	}
}
