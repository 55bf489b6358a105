package apigateway

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/problems"
)

func TestScopes(t *testing.T) {
	scopes := scopesOf([]Service{
		{ServiceSpec: ServiceSpec{Scopes: []string{"web/write", "web/read", "email"}}},
		{ServiceSpec: ServiceSpec{Scopes: []string{"web/read", "https://api.example.com/x", "openid"}}},
		{},
	})
	require.Equal(t, []string{"https://api.example.com/x", "web/read", "web/write"}, scopes.custom())
	require.Equal(t, []string{"email", "openid", "https://api.example.com/x", "web/read", "web/write"}, scopes.people())
	require.Equal(t, []string{"openid"}, scopesOf([]Service{{}}).people())
	require.Empty(t, scopesOf([]Service{{}}).custom())

	var services []Service
	for i := range 50 {
		services = append(services, Service{ServiceSpec: ServiceSpec{Scopes: []string{fmt.Sprintf("web/%d", i)}}})
	}
	var found problems.List
	ValidateScopes("services", services[:49], &found)
	require.NoError(t, found.Err())
	ValidateScopes("services", services, &found)
	require.ErrorContains(t, found.Err(), "services: 51 is not allowed: 50 different scopes or fewer")
}
