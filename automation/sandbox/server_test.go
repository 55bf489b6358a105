package sandbox

import (
	"context"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// props holds the properties of a resource as plain Go values.
type props = map[string]any

// desk calls the sandbox's provider as the engine does, but without a connection.
type desk struct {
	t      *testing.T
	ctx    context.Context
	in     *session
	server *awsServer
}

func newDesk(t *testing.T, misbehave ...Fault) *desk {
	t.Helper()
	st, err := openStore(t.TempDir())
	require.NoError(t, err)
	faults, err := newFaults(misbehave)
	require.NoError(t, err)
	in := newSession()
	in.region = "eu-central-1"
	return &desk{t, context.WithValue(t.Context(), sessionKey{}, in), in, &awsServer{store: st, faults: faults}}
}

func urn(token, name string) string { return "urn:pulumi:dev::project::" + token + "::" + name }

func (d *desk) wire(p props) *structpb.Struct {
	d.t.Helper()
	w, err := encode(resource.NewPropertyMapFromMap(p))
	require.NoError(d.t, err)
	return w
}

func (d *desk) plain(w *structpb.Struct) resource.PropertyMap {
	d.t.Helper()
	p, err := decode(w)
	require.NoError(d.t, err)
	return p
}

// check returns the checked inputs and the reasons of all failures.
func (d *desk) check(token, name string, olds, news props) (resource.PropertyMap, []string) {
	d.t.Helper()
	answer, err := d.server.Check(d.ctx, &pulumirpc.CheckRequest{Urn: urn(token, name), Olds: d.wire(olds),
		News: d.wire(news), RandomSeed: []byte(token + name)})
	require.NoError(d.t, err)
	var reasons []string
	for _, f := range answer.GetFailures() {
		reasons = append(reasons, f.GetReason())
	}
	return d.plain(answer.GetInputs()), reasons
}

// try checks and creates a resource, and returns the result of the creation.
func (d *desk) try(token, name string, inputs props) (string, resource.PropertyMap, error) {
	d.t.Helper()
	checked, reasons := d.check(token, name, nil, inputs)
	require.Empty(d.t, reasons, "check of %s", name)
	answer, err := d.server.Create(d.ctx, &pulumirpc.CreateRequest{Urn: urn(token, name), Properties: d.wire(checked.Mappable())})
	if err != nil {
		return "", nil, err
	}
	return answer.GetId(), d.plain(answer.GetProperties()), nil
}

// create is like try, but the creation must succeed.
func (d *desk) create(token, name string, inputs props) (string, resource.PropertyMap) {
	d.t.Helper()
	id, state, err := d.try(token, name, inputs)
	require.NoError(d.t, err, "create of %s", name)
	return id, state
}

func (d *desk) update(token, name, id string, state resource.PropertyMap, olds, news props) (resource.PropertyMap, error) {
	d.t.Helper()
	answer, err := d.server.Update(d.ctx, &pulumirpc.UpdateRequest{Id: id, Urn: urn(token, name),
		Olds: d.wire(state.Mappable()), OldInputs: d.wire(olds), News: d.wire(news)})
	if err != nil {
		return nil, err
	}
	return d.plain(answer.GetProperties()), nil
}

func (d *desk) read(token, name, id string, state resource.PropertyMap, inputs props) *pulumirpc.ReadResponse {
	d.t.Helper()
	answer, err := d.server.Read(d.ctx, &pulumirpc.ReadRequest{Id: id, Urn: urn(token, name),
		Properties: d.wire(state.Mappable()), Inputs: d.wire(inputs)})
	require.NoError(d.t, err)
	return answer
}

func (d *desk) delete(token, name, id string, state resource.PropertyMap) error {
	d.t.Helper()
	_, err := d.server.Delete(d.ctx, &pulumirpc.DeleteRequest{Id: id, Urn: urn(token, name), Properties: d.wire(state.Mappable())})
	return err
}

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},` +
	`"Action":"sts:AssumeRole"}]}`

func TestLifeOfAResource(t *testing.T) {
	d := newDesk(t)
	inputs := props{"name": "logs", "retentionInDays": 7, "tags": props{"own": "1"}}
	require.NoError(t, d.in.configure(resource.NewPropertyMapFromMap(props{
		"region": "eu-west-1", "defaultTags": `{"tags":{"all":"x","own":"0"}}`})))

	id, state := d.create(logGroupType, "logs", inputs)
	require.Equal(t, "logs", id)
	require.Equal(t, "arn:aws:logs:eu-west-1:123456789012:log-group:logs", text(state, "arn"))
	require.Equal(t, props{"all": "x", "own": "1"}, state["tagsAll"].Mappable())

	changed := props{"name": "logs", "retentionInDays": 30}
	state, err := d.update(logGroupType, "logs", id, state, inputs, changed)
	require.NoError(t, err)
	require.Equal(t, 30.0, state["retentionInDays"].NumberValue())
	require.NotContains(t, state, resource.PropertyKey("tags"))
	require.Equal(t, props{"all": "x", "own": "0"}, state["tagsAll"].Mappable())

	now := d.read(logGroupType, "logs", id, state, changed)
	require.Equal(t, state, d.plain(now.GetProperties()))
	require.Equal(t, resource.NewPropertyMapFromMap(changed), d.plain(now.GetInputs()))

	require.NoError(t, d.delete(logGroupType, "logs", id, state))
	require.Empty(t, d.read(logGroupType, "logs", id, state, changed).GetId(), "a resource that is gone has no id")
	require.NoError(t, d.delete(logGroupType, "logs", id, state), "deleting twice is no error")
	_, err = d.update(logGroupType, "logs", id, state, changed, inputs)
	require.ErrorContains(t, err, "run refresh")
}

func TestPreviewLeavesUnknownWhatOnlyAwsKnows(t *testing.T) {
	d := newDesk(t)
	checked, _ := d.check(balancerType, "web", nil, props{"subnets": []any{"subnet-11111111", "subnet-22222222"}})
	answer, err := d.server.Create(d.ctx, &pulumirpc.CreateRequest{Urn: urn(balancerType, "web"), Preview: true,
		Properties: d.wire(checked.Mappable())})
	require.NoError(t, err)
	state := d.plain(answer.GetProperties())
	require.Empty(t, answer.GetId())
	for _, later := range []resource.PropertyKey{"arn", "dnsName", "zoneId", "ipAddressType"} {
		require.True(t, state[later].IsComputed(), later)
	}
	require.Equal(t, checked["name"], state["name"])
	require.True(t, state["tagsAll"].IsObject())
	all, err := d.server.store.all(balancerType)
	require.NoError(t, err)
	require.Empty(t, all, "a preview creates nothing")
}

func TestPreviewOfAnUpdateKeepsWhatDoesNotChange(t *testing.T) {
	d := newDesk(t)
	inputs := props{"name": "pool"}
	id, state := d.create(poolType, "pool", inputs)
	answer, err := d.server.Update(d.ctx, &pulumirpc.UpdateRequest{Id: id, Urn: urn(poolType, "pool"), Preview: true,
		Olds: d.wire(state.Mappable()), OldInputs: d.wire(inputs), News: d.wire(props{"name": "pool", "userPoolTier": "PLUS"})})
	require.NoError(t, err)
	planned := d.plain(answer.GetProperties())
	require.Equal(t, state["arn"], planned["arn"])
	require.Equal(t, "PLUS", text(planned, "userPoolTier"))
}

func TestUpdateSendsOnlyWhatChanged(t *testing.T) {
	// The update of another input must keep the revision that a pipeline deployed between two runs.
	d := newDesk(t)
	s := d.site("ECS")
	inputs := d.serviceInputs(s)
	id, state := d.create(serviceType, "web", inputs)
	d.run(d.register("web", "image:2"))
	now := d.read(serviceType, "web", id, state, inputs)
	require.Contains(t, text(d.plain(now.GetInputs()), "taskDefinition"), "task-definition/web:2", "a refresh sees it")
	more := d.serviceInputs(s)
	more["desiredCount"] = 3
	after, err := d.update(serviceType, "web", id, state, inputs, more)
	require.NoError(t, err)
	require.Equal(t, 3.0, after["desiredCount"].NumberValue())
	require.Contains(t, text(after, "taskDefinition"), "task-definition/web:2")
}

// A stack whose region changes gets new resources in the new region, as with the real provider
// (pulumi/pulumi-aws#4000).
func TestNewRegionReplacesTheProvider(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		olds, news props
		want       []string
	}{
		{props{}, props{"region": defaultRegion}, nil},
		{props{"region": "eu-central-1"}, props{"region": "eu-central-1", "defaultTags": props{"tags": props{"a": "b"}}}, nil},
		{props{"region": "eu-central-1"}, props{"region": "eu-west-1"}, []string{"region"}},
	} {
		answer, err := d.server.DiffConfig(d.ctx, &pulumirpc.DiffRequest{OldInputs: d.wire(c.olds), News: d.wire(c.news)})
		require.NoError(t, err)
		require.Equal(t, c.want, answer.GetReplaces())
	}
}

func TestUnknownTypesAndFunctionsSayWhatToDo(t *testing.T) {
	d := newDesk(t)
	_, err := d.server.Check(d.ctx, &pulumirpc.CheckRequest{Urn: urn("aws:sqs/queue:Queue", "q")})
	require.ErrorContains(t, err, "does not know aws:sqs/queue:Queue yet")
	require.ErrorContains(t, err, "--endpoint")
	_, err = d.server.Invoke(d.ctx, &pulumirpc.InvokeRequest{Tok: "aws:sqs/getQueue:getQueue"})
	require.ErrorContains(t, err, "does not know the function aws:sqs/getQueue:getQueue yet")
}

func TestFaultsDelayAndFail(t *testing.T) {
	d := newDesk(t, Fault{Operation: "create", Type: clusterType, Error: "Throttling", Count: 1},
		Fault{Operation: "delete", Name: "main", Delay: time.Hour})
	_, _, err := d.try(clusterType, "main", nil)
	require.ErrorContains(t, err, "Throttling")
	id, state := d.create(clusterType, "main", nil)

	d.in.cancel() // the engine calls this on Ctrl-C
	require.ErrorContains(t, d.delete(clusterType, "main", id, state), "cancelled")
	require.Equal(t, id, d.read(clusterType, "main", id, state, nil).GetId(), "a cancelled deletion deletes nothing")
}
