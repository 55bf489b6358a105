package sandbox

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// ledger is a desk with a file in place of the engine's state.
type ledger struct {
	*desk
	box   *Sandbox
	state string
}

// newLedger returns a ledger whose account and state have two clusters, named changed and deleted. It also returns
// their ARNs.
func newLedger(t *testing.T) (l *ledger, changed, deleted string) {
	t.Helper()
	l = &ledger{desk: newDesk(t), state: filepath.Join(t.TempDir(), "test.json")}
	l.reopen()
	changed, _ = l.create(clusterType, "changed", props{"name": "changed"})
	deleted, _ = l.create(clusterType, "deleted", props{"name": "deleted"})
	l.record(changed, deleted)
	require.NoError(t, l.box.Settle())
	return l, changed, deleted
}

// reopen opens the account as another process does.
func (l *ledger) reopen() {
	l.t.Helper()
	var err error
	l.box, err = Start(l.t.Context(), Options{Dir: l.server.store.dir, State: l.state})
	require.NoError(l.t, err)
	l.t.Cleanup(func() { require.NoError(l.t, l.box.Close()) })
	l.server.store = l.box.store
}

// record writes a state with the given clusters. Like the engine's state, it differs from every earlier one.
func (l *ledger) record(clusters ...string) {
	l.t.Helper()
	const provider = "urn:pulumi:dev::project::pulumi:providers:aws::default"
	resources := []props{{"custom": true, "type": "pulumi:providers:aws", "urn": provider, "id": "1", "inputs": props{"region": l.in.region}}}
	for _, arn := range clusters {
		resources = append(resources, props{"custom": true, "type": clusterType, "id": arn, "provider": provider + "::1"})
	}
	data, err := json.Marshal(props{"time": randomHex(16), "checkpoint": props{"latest": props{"resources": resources}}})
	require.NoError(l.t, err)
	require.NoError(l.t, os.WriteFile(l.state, data, 0o600))
}

// operate updates, deletes and creates a cluster, and returns the ARN of the new one.
func (l *ledger) operate(changed, deleted string) (created string) {
	l.t.Helper()
	inputs := props{"name": "changed"}
	state := l.plain(l.read(clusterType, "changed", changed, nil, inputs).GetProperties())
	_, err := l.update(clusterType, "changed", changed, state, inputs, props{"name": "changed", "tags": props{"new": "1"}})
	require.NoError(l.t, err)
	require.NoError(l.t, l.delete(clusterType, "deleted", deleted, nil))
	created, _ = l.create(clusterType, "created", props{"name": "created"})
	return created
}

// clusters returns the tags of each cluster by ARN.
func (l *ledger) clusters() map[string]any {
	l.t.Helper()
	found := map[string]any{}
	require.NoError(l.t, l.server.store.view(func() error {
		items, err := l.server.store.all(clusterType)
		for _, it := range items {
			found[it.ID] = it.Props["tags"].Mappable()
		}
		return err
	}))
	return found
}

// journals returns the journals in the account's directory.
func (l *ledger) journals() []string {
	l.t.Helper()
	found, err := filepath.Glob(filepath.Join(l.server.store.dir, "*.journal"))
	require.NoError(l.t, err)
	return found
}

func TestKilledCommandIsUndone(t *testing.T) {
	l, changed, deleted := newLedger(t)
	before := l.clusters()
	l.operate(changed, deleted)

	l.reopen()
	undone, err := l.box.Recover()

	require.NoError(t, err)
	require.Equal(t, 3, undone)
	require.Equal(t, before, l.clusters())
	require.Empty(t, l.journals())
	undone, err = l.box.Recover()
	require.NoError(t, err)
	require.Zero(t, undone, "once is enough")
}

// The engine may record only a part of the changes: after a second interrupt, it does not wait for the rest.
func TestWhatTheEngineRecordedStays(t *testing.T) {
	tags := props{"new": "1"}
	for name, c := range map[string]struct {
		recorded func(changed, deleted, created string) []string
		want     func(changed, deleted, created string) map[string]any
	}{
		"all": {
			func(changed, _, created string) []string { return []string{changed, created} },
			func(changed, _, created string) map[string]any { return props{changed: tags, created: nil} },
		},
		"no creation": {
			func(changed, _, _ string) []string { return []string{changed} },
			func(changed, _, _ string) map[string]any { return props{changed: tags} },
		},
		"no deletion": {
			func(changed, deleted, created string) []string { return []string{changed, deleted, created} },
			func(changed, deleted, created string) map[string]any {
				return props{changed: tags, deleted: nil, created: nil}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, changed, deleted := newLedger(t)
			created := l.operate(changed, deleted)
			l.record(c.recorded(changed, deleted, created)...)
			require.NoError(t, l.box.Settle())
			require.Equal(t, c.want(changed, deleted, created), l.clusters())
			require.Empty(t, l.journals())
		})
	}
}

// A replacement with the same name has the same ARN as the old cluster.
func TestUnrecordedReplacementIsUndone(t *testing.T) {
	l, changed, deleted := newLedger(t)
	require.NoError(t, l.delete(clusterType, "deleted", deleted, nil))
	again, _ := l.create(clusterType, "deleted", props{"name": "deleted"})
	require.Equal(t, deleted, again)
	l.record(changed)
	require.NoError(t, l.box.Settle())
	require.NotContains(t, l.clusters(), deleted)
}

// A process can be killed while it writes a journal entry, before it makes the change that the entry announces.
func TestIncompleteLineOfTheJournal(t *testing.T) {
	for name, content := range map[string]string{
		"header": `{"run":"12`,
		"entry":  `{"run":"1234","state":"5678"}` + "\n" + `{"type":"aws:ecs/cluster:Cluster","key":"half`,
	} {
		t.Run(name, func(t *testing.T) {
			l, changed, deleted := newLedger(t)
			before := l.clusters()
			require.NoError(t, os.WriteFile(filepath.Join(l.server.store.dir, ".test.journal"), []byte(content), 0o600))
			undone, err := l.box.Recover()
			require.NoError(t, err)
			require.Zero(t, undone)

			l.operate(changed, deleted)
			l.reopen()
			_, err = l.box.Recover()
			require.NoError(t, err)
			require.Equal(t, before, l.clusters())
		})
	}
}

// The next command can begin as soon as the engine releases its lock, a moment before the process of the first command
// ends.
func TestLateEndLeavesTheNextCommandAlone(t *testing.T) {
	l, changed, deleted := newLedger(t)
	created := l.operate(changed, deleted)
	l.record(changed, created)
	first := l.box
	l.reopen()
	next, _ := l.create(clusterType, "next", props{"name": "next"})

	require.NoError(t, first.Settle())

	require.Contains(t, l.clusters(), next)
	require.Len(t, l.journals(), 1)
	l.record(changed, created, next)
	require.NoError(t, l.box.Settle())
	require.Len(t, l.clusters(), 3)
}

// A process that opened the stack before another process was killed finds the journal of that process at its first
// change.
func TestNextCommandUndoesAKilledOne(t *testing.T) {
	l, changed, deleted := newLedger(t)
	created := l.operate(changed, deleted)
	l.reopen()
	next, _ := l.create(clusterType, "next", props{"name": "next"})
	l.record(changed, deleted, next)
	require.NoError(t, l.box.Settle())
	require.Equal(t, props{changed: nil, deleted: nil, next: nil}, l.clusters())
	require.NotContains(t, l.clusters(), created)
}

// The engine does not record the deployments of a pipeline, so Recover does not undo them.
func TestDeploymentIsNotUndone(t *testing.T) {
	l, _, _ := newLedger(t)
	s := l.site("ECS")
	l.create(serviceType, "web", l.serviceInputs(s))
	revision := l.register("web", "image:2")
	require.NoError(t, os.Remove(l.journals()[0])) // as if recorded
	l.reopen()
	l.run(revision)
	_, err := l.box.Recover()
	require.NoError(t, err)
	require.Contains(t, *l.service().TaskDefinition, "task-definition/web:2")
}

// The engine may end before the sandbox handles its request.
func TestRequestWithoutAnEngine(t *testing.T) {
	l, _, _ := newLedger(t)
	before := l.clusters()
	ctx, cancel := context.WithCancel(l.ctx)
	cancel()
	l.ctx = ctx
	_, _, err := l.try(clusterType, "late", props{"name": "late"})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, before, l.clusters())
}
