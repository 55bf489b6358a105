package sandbox

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnotherProcessFindsTheAccount(t *testing.T) {
	d := newDesk(t)
	id, state := d.create(clusterType, "main", nil)
	again, err := openStore(d.server.store.dir)
	require.NoError(t, err)
	d.server = &awsServer{store: again, faults: d.server.faults}
	require.Equal(t, id, d.read(clusterType, "main", id, state, nil).GetId())
}

// A process sees the changes that another process has made since it read the account.
func TestTwoProcessesAtATime(t *testing.T) {
	one := newDesk(t)
	two := newDesk(t)
	var err error
	two.server.store, err = openStore(one.server.store.dir)
	require.NoError(t, err)
	_, _, err = two.try(clusterType, "main", props{"name": "two"})
	require.NoError(t, err)
	id, state := one.create(clusterType, "main", props{"name": "main"})

	_, _, err = two.try(clusterType, "main", props{"name": "main"})
	require.ErrorContains(t, err, "ClusterAlreadyExists")
	require.NoError(t, two.delete(clusterType, "main", id, state))
	require.Empty(t, one.read(clusterType, "main", id, state, nil).GetId())
}

// The file names of an existing account did not contain the region of the resource. Such a file is renamed. A second
// file for the same resource would bring it back after its deletion.
func TestFileNameWithoutRegion(t *testing.T) {
	d := newDesk(t)
	inputs := props{"name": "logs", "retentionInDays": 7}
	id, state := d.create(logGroupType, "logs", inputs)
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(d.server.store.dir, "aws-cloudwatch-*"))
		require.NoError(t, err)
		return found
	}
	const older = "aws-cloudwatch-logGroup-LogGroup.4d6d7d7b6b3b1a5c.json"
	require.NoError(t, os.Rename(files()[0], filepath.Join(d.server.store.dir, older)))
	again, err := openStore(d.server.store.dir)
	require.NoError(t, err)
	d.server = &awsServer{store: again, faults: d.server.faults}

	require.Equal(t, state, d.plain(d.read(logGroupType, "logs", id, state, inputs).GetProperties()))
	_, err = d.update(logGroupType, "logs", id, state, inputs, props{"name": "logs", "retentionInDays": 30})
	require.NoError(t, err)
	require.Len(t, files(), 1)
	require.NoError(t, d.delete(logGroupType, "logs", id, state))
	require.Empty(t, files())
}
