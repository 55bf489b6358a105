package stack

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// Task options are added to a running service and removed again. Each change creates a new revision, updates the
// service and replaces nothing else.
func TestTaskOptionsComeAndGo(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]map[string]any{
		"a file system": {"efsVolumes": []any{map[string]any{"fileSystemId": "fs-0123456789abcdef0", "accessPointId": "fsap-0123456789abcdef0",
			"containerPath": "/data", "securityGroupId": "sg-0123456789abcdef0"}}},
		"a log router": {"logRouter": map[string]any{"options": map[string]any{"Name": "stdout"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ofRepository(t, "test")
			_, err := open(t, o).Up(t.Context())
			require.NoError(t, err)
			for _, change := range []Options{withService(t, o, options), o} {
				s := open(t, change)
				got, err := s.Up(t.Context())
				require.NoError(t, err)
				require.Equal(t, replaced, opsOn(got.Steps, taskDefinitionType))
				require.Equal(t, []string{"update"}, opsOn(got.Steps, serviceType))
				require.Equal(t, 1, got.Changes.Replace, "%v", got.Steps)
				requireNoChange(t, s)
			}
			_, err = open(t, o).Destroy(t.Context())
			require.NoError(t, err)
			accountIsEmpty(t, o.StateDir)
		})
	}
}

// An additional port is added to a running service and removed again, with its target group and its rule. The service
// is only updated.
func TestAdditionalPortComesAndGoes(t *testing.T) {
	t.Parallel()
	const ruleType = "aws:lb/listenerRule:ListenerRule"
	o := ofRepository(t, "test")
	_, err := open(t, o).Up(t.Context())
	require.NoError(t, err)
	with := withService(t, o, map[string]any{"additionalPorts": []any{map[string]any{"containerPort": 9090, "pathPatterns": []any{"/admin/*"}}}})
	for _, step := range []struct {
		change Options
		ops    []string
	}{{with, []string{"create"}}, {o, []string{"delete"}}} {
		s := open(t, step.change)
		got, err := s.Up(t.Context())
		require.NoError(t, err)
		require.Equal(t, step.ops, opsOn(got.Steps, targetGroupType))
		require.Equal(t, step.ops, opsOn(got.Steps, ruleType))
		require.Equal(t, []string{"update"}, opsOn(got.Steps, serviceType))
		requireNoChange(t, s)
	}
	_, err = open(t, o).Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}

// Two rules cannot have the same priority, so a change of the port updates the existing rule.
func TestAdditionalPortChangesWithItsPriority(t *testing.T) {
	t.Parallel()
	const ruleType = "aws:lb/listenerRule:ListenerRule"
	o := ofRepository(t, "test")
	with := func(port int) Options {
		return withService(t, o, map[string]any{"additionalPorts": []any{map[string]any{"containerPort": port, "pathPatterns": []any{"/admin/*"}, "priority": 7}}})
	}
	_, err := open(t, with(9090)).Up(t.Context())
	require.NoError(t, err)
	s := open(t, with(9091))
	got, err := s.Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"update"}, opsOn(got.Steps, ruleType))
	requireNoChange(t, s)
	_, err = open(t, o).Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}

// A worker gets a route and loses it again. ECS refuses a grace period for a service that has had no load balancer.
func TestRouteComesAndGoes(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "test")
	worker := withService(t, o, map[string]any{"pathPatterns": []any{}})
	_, err := open(t, worker).Up(t.Context())
	require.NoError(t, err)
	for _, step := range []struct {
		change Options
		ops    []string
	}{{o, []string{"create"}}, {worker, []string{"delete"}}} {
		s := open(t, step.change)
		got, err := s.Up(t.Context())
		require.NoError(t, err)
		require.Equal(t, step.ops, opsOn(got.Steps, targetGroupType))
		require.Equal(t, []string{"update"}, opsOn(got.Steps, serviceType))
		requireNoChange(t, s)
	}
	_, err = open(t, worker).Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}

// Service Connect is added to two running services, gets another address and is removed again. Each change updates the
// services. The namespace exists only while they use it.
func TestServiceConnectComesAndGoes(t *testing.T) {
	t.Parallel()
	const namespaceType = "aws:servicediscovery/httpNamespace:HttpNamespace"
	o := ofRepository(t, "test")
	with := func(server, client map[string]any) Options {
		out := o
		list := services(t, o)
		orders := maps.Clone(list[0])
		delete(orders, "release")
		orders["name"], orders["source"], orders["pathPatterns"] = "orders", map[string]any{"provider": "CodeCommit", "repository": "orders"}, []any{}
		if server != nil {
			list[0]["serviceConnect"], orders["serviceConnect"] = client, server
		}
		out.Config = map[string]any{"services": append(list, orders)} // the client comes first
		return out
	}
	client := map[string]any{"connectsTo": []any{"orders"}}
	for _, step := range []struct {
		why       string
		change    Options
		namespace []string
		services  []string
	}{
		{"without", with(nil, nil), nil, []string{"create", "create"}},
		{"with an address", with(map[string]any{"clientAlias": "orders:80"}, client), []string{"create"}, []string{"update", "update"}},
		{"with another one", with(map[string]any{"clientAlias": "orders:81"}, client), nil, []string{"update", "update"}},
		{"without again", with(nil, nil), []string{"delete"}, []string{"update", "update"}},
	} {
		s := open(t, step.change)
		got, err := s.Up(t.Context())
		require.NoError(t, err, step.why)
		require.Equal(t, step.namespace, opsOn(got.Steps, namespaceType), step.why)
		require.Equal(t, step.services, opsOn(got.Steps, serviceType), step.why)
		requireNoChange(t, s)
	}
	_, err := open(t, with(map[string]any{"clientAlias": "orders:80"}, client)).Up(t.Context())
	require.NoError(t, err)
	_, err = open(t, o).Destroy(t.Context())
	require.NoError(t, err, "the services go before their namespace")
	accountIsEmpty(t, o.StateDir)
}
