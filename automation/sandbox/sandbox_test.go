package sandbox

import (
	"regexp"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// dialTo connects to the provider of a package as an engine does.
func dialTo(t *testing.T, s *Sandbox, pkg string) pulumirpc.ResourceProviderClient {
	t.Helper()
	for _, part := range strings.Split(s.DebugProviders(), ",") {
		if name, port, _ := strings.Cut(part, ":"); name == pkg {
			conn, err := grpc.NewClient("127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, conn.Close()) })
			return pulumirpc.NewResourceProviderClient(conn)
		}
	}
	require.Fail(t, "no provider", pkg)
	return nil
}

func TestConnectionsHaveTheirOwnConfiguration(t *testing.T) {
	// An engine connects once for each provider resource: two regions in one stack must not mix.
	s, err := Start(t.Context(), Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.Regexp(t, regexp.MustCompile(`^aws:\d+,awsx:\d+$`), s.DebugProviders())

	d := newDesk(t)
	regions := map[string]pulumirpc.ResourceProviderClient{"eu-central-1": dialTo(t, s, "aws"), "us-east-1": dialTo(t, s, "aws")}
	for region, client := range regions {
		_, err := client.Configure(t.Context(), &pulumirpc.ConfigureRequest{Args: d.wire(props{"region": region})})
		require.NoError(t, err)
	}
	for region, client := range regions {
		answer, err := client.Invoke(t.Context(), &pulumirpc.InvokeRequest{Tok: "aws:index/getRegion:getRegion"})
		require.NoError(t, err)
		require.Equal(t, region, text(d.plain(answer.GetReturn()), "name"))
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	d := newDesk(t)
	for want, config := range map[string]props{
		"aws:region is":      {"region": "Frankfurt"},
		"aws:defaultTags is": {"defaultTags": "{"},
	} {
		answer, err := d.server.CheckConfig(d.ctx, &pulumirpc.CheckRequest{News: d.wire(config)})
		require.NoError(t, err)
		require.Len(t, answer.GetFailures(), 1)
		require.Contains(t, answer.GetFailures()[0].GetReason(), want)
	}
}

func TestStartRefusesWhatCannotWork(t *testing.T) {
	_, err := Start(t.Context(), Options{})
	require.ErrorContains(t, err, "Options.Dir is empty")
	_, err = Start(t.Context(), Options{Dir: t.TempDir(), Faults: []Fault{{Operation: "stop"}}})
	require.ErrorContains(t, err, `fault with operation "stop"`)
}

func TestOnlyAwsx(t *testing.T) {
	s, err := StartAwsx(t.Context())
	require.NoError(t, err)
	require.Regexp(t, regexp.MustCompile(`^awsx:\d+$`), s.DebugProviders())
	_, err = dialTo(t, s, "awsx").Construct(t.Context(), &pulumirpc.ConstructRequest{Type: "awsx:lb:ApplicationLoadBalancer"})
	require.ErrorContains(t, err, "does not know the component awsx:lb:ApplicationLoadBalancer")
	require.NoError(t, s.Close())
}
