package sandbox

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// invoke calls a function that must succeed.
func (d *desk) invoke(token string, args props) resource.PropertyMap {
	d.t.Helper()
	answer, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: token, Args: d.wire(args)})
	require.NoError(d.t, err)
	require.Empty(d.t, answer.GetFailures())
	return d.plain(answer.GetReturn())
}

func TestFunctions(t *testing.T) {
	d := newDesk(t)
	require.Equal(t, accountID, text(d.invoke("aws:index/getCallerIdentity:getCallerIdentity", nil), "accountId"))
	require.Equal(t, "eu-central-1", text(d.invoke("aws:index/getRegion:getRegion", nil), "name"))
	require.Equal(t, "aws", text(d.invoke("aws:index/getPartition:getPartition", nil), "partition"))
	const getZones = "aws:index/getAvailabilityZones:getAvailabilityZones"
	found := d.invoke(getZones, nil)
	require.Equal(t, []string{"eu-central-1-loc-1a", "eu-central-1a", "eu-central-1b", "eu-central-1c"}, texts(found, "names[]"))
	found = d.invoke(getZones, props{"state": "available", "excludeZoneIds": []any{"euc1-az2"},
		"filters": []any{props{"name": "zone-type", "values": []any{"wavelength-zone", "availability-zone"}}}})
	require.Equal(t, []string{"eu-central-1a", "eu-central-1c"}, texts(found, "names[]"))
	require.Equal(t, []string{"euc1-az1", "euc1-az3"}, texts(found, "zoneIds[]"))
	_, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: getZones,
		Args: d.wire(props{"filters": []any{props{"name": "type", "values": []any{"availability-zone"}}}})})
	require.ErrorContains(t, err, "the sandbox filters zones by zone-type only, not by type")

	answer, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: getZones, Args: d.wire(props{"zone": "main"})})
	require.NoError(t, err)
	require.Len(t, answer.GetFailures(), 1, "an unknown argument")
}

// The arguments of getSubnet are optional.
func TestSubnetWithoutID(t *testing.T) {
	d := newDesk(t)
	_, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: "aws:ec2/getSubnet:getSubnet"})
	require.ErrorContains(t, err, `the id of a subnet ends in a hexadecimal digit, not as ""`)
	require.Equal(t, "eu-central-1b", text(d.invoke("aws:ec2/getSubnet:getSubnet", props{"id": "subnet-1"}), "availabilityZone"))
}

// The engine calls functions at the same time as other functions and operations. All of them use the store.
func TestFunctionLocksTheAccount(t *testing.T) {
	d := newDesk(t)
	answered := make(chan error, 1)
	require.NoError(t, d.server.store.view(func() error {
		go func() {
			_, err := d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: "aws:ec2/getRouteTable:getRouteTable"})
			answered <- err
		}()
		select {
		case err := <-answered:
			require.Fail(t, "answered during another operation", "%v", err)
		case <-time.After(50 * time.Millisecond):
		}
		return nil
	}))
	require.ErrorContains(t, <-answered, "query returned no results")
}
