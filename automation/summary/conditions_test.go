package summary

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
)

// The summary reads the conditions from a listener rule, and the picture from the configuration. Both show the same
// texts, although this package imports no components.
func TestConditions(t *testing.T) {
	spec := fargateservice.ConditionsSpec{
		HostHeaders:  []string{"api.example.com", "*.example.org"},
		HttpHeaders:  []fargateservice.HttpHeaderSpec{{HttpHeaderName: "X-Version", Values: []string{"2", "3"}}},
		QueryStrings: []fargateservice.QueryStringSpec{{Key: "beta", Value: "*"}, {Value: "new"}},
	}
	rule := flattener{}.flatten(map[string]any{"conditions": []any{
		map[string]any{"pathPattern": map[string]any{"values": []any{"/*"}}},
		map[string]any{"hostHeader": map[string]any{"values": []any{"api.example.com", "*.example.org"}}},
		map[string]any{"httpHeader": map[string]any{"httpHeaderName": "X-Version", "values": []any{"2", "3"}}},
		map[string]any{"queryStrings": []any{map[string]any{"key": "beta", "value": "*"}, map[string]any{"value": "new"}}},
	}})
	require.Equal(t, strings.Join(spec.Texts(), " "), conditions(rule))
}
