package sandbox

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

func TestConnectionWaitsForAPerson(t *testing.T) {
	const getConnection = "aws:codestarconnections/getConnection:getConnection"
	d := newDesk(t)
	arn, state := d.create(connectionType, "gitlab", props{"providerType": "GitLab"})
	require.Equal(t, arn, text(state, "arn"))
	found := d.invoke(getConnection, props{"arn": arn})
	require.Equal(t, "PENDING", text(found, "connectionStatus"))
	require.Equal(t, text(state, "name"), text(found, "name"))
	_, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: getConnection, Args: d.wire(props{"arn": arn + "0"})})
	require.ErrorContains(t, err, "ResourceNotFoundException: Connection not found: "+arn+"0")
}
