package stack

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/cli"
	"fargate-cd/automation/sandbox"
)

// Environment variables of a process that TestKilledAndContinued kills.
const (
	victimDir        = "FARGATE_CD_TEST_VICTIM_DIR"
	victimGeneration = "FARGATE_CD_TEST_VICTIM_GENERATION"
)

// TestMain runs up for the fleet instead of the tests if victimDir is set, so that a test can kill such a process.
func TestMain(m *testing.M) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	generation, err := strconv.Atoi(os.Getenv(victimGeneration))
	if err == nil {
		err = upFleet(dir, generation)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// upFleet runs up for a generation of the fleet, with a delay for each operation.
func upFleet(dir string, generation int) error {
	o := ofFleet(dir, generation)
	o.Progress = os.Stdout
	for _, operation := range []string{"create", "update", "delete"} {
		o.Faults = append(o.Faults, sandbox.Fault{Operation: operation, Delay: 100 * time.Millisecond})
	}
	ctx := context.Background()
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	_, err = s.Up(ctx)
	return errors.Join(err, s.Close())
}

// ofFleet returns the options for a generation of the fleet in dir.
func ofFleet(dir string, generation int) Options {
	o := inSandbox(dir)
	o.Program, o.Config = fleet, map[string]any{"generation": generation}
	return o
}

// fleet is a program in which each new generation creates, updates, replaces and deletes clusters.
func fleet(ctx *pulumi.Context) error {
	generation := config.New(ctx, "").RequireInt("generation")
	for i := range 16 {
		args := &ecs.ClusterArgs{Tags: pulumi.StringMap{"generation": pulumi.String(strconv.Itoa(generation))}}
		switch {
		case i%4 == 0: // replaced
			args.Name = pulumi.String(fmt.Sprintf("ship%d-%d", i, generation))
		case i%4 == 1 && generation%2 == 0: // created by the next generation
			continue
		case i%4 == 2 && generation%2 == 1: // deleted by the next generation, with a fixed name
			continue
		default:
			args.Name = pulumi.String(fmt.Sprintf("ship%d", i))
		}
		if _, err := ecs.NewCluster(ctx, fmt.Sprintf("ship%d", i), args); err != nil {
			return err
		}
	}
	return nil
}

// A run can be killed at any time, and the next run completes. The state and the account are consistent before and
// after the next run.
func TestKilledAndContinued(t *testing.T) {
	t.Parallel()
	_, err := cli.Find(t.Context(), io.Discard) // The victim must not spend time on obtaining the CLI.
	require.NoError(t, err)
	dir := newProject(t, "")
	length := killAfter(t, victim(t, dir, 0), math.MaxInt, 0)
	require.Greater(t, length, 16, "a line for each cluster")
	const seed = 1
	points := rand.New(rand.NewPCG(seed, seed))
	for generation := 1; generation <= 10; generation++ {
		lines, delay := points.IntN(length), time.Duration(points.IntN(300))*time.Millisecond
		seen := killAfter(t, victim(t, dir, generation), lines, delay)
		t.Logf("seed %d, generation %d: killed %v after line %d, at line %d", seed, generation, delay, lines, seen)
		requireEngineGone(t, dir)

		var progress strings.Builder
		o := ofFleet(dir, generation)
		o.Progress = &progress
		s := open(t, o)
		require.Equal(t, recordedClusters(t, dir), heldClusters(t, dir), progress.String())
		_, err := s.Up(t.Context())
		require.NoError(t, err, progress.String())
		require.Equal(t, recordedClusters(t, dir), heldClusters(t, dir))
		require.Len(t, heldClusters(t, dir), 12)
		require.NotContains(t, progress.String(), "pending operations")
	}
	requireSettled(t, open(t, ofFleet(dir, 10)))
}

// killAfter runs a process, kills it some time after a number of lines of output, and returns the number of all lines.
func killAfter(t *testing.T, run *exec.Cmd, lines int, delay time.Duration) (seen int) {
	t.Helper()
	output, err := run.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, run.Start())
	for scanner := bufio.NewScanner(output); scanner.Scan(); seen++ {
		if seen == lines {
			time.AfterFunc(delay, func() { _ = run.Process.Kill() }) // The process may have ended already.
		}
	}
	_ = run.Wait() // It was killed.
	return seen
}

// victim returns the command of a process that runs up for a generation of the fleet.
func victim(t *testing.T, dir string, generation int) *exec.Cmd {
	t.Helper()
	run := exec.Command(os.Args[0])
	run.Env = append(os.Environ(), victimDir+"="+dir, victimGeneration+"="+strconv.Itoa(generation))
	return run
}

// requireEngineGone waits for the engine of a killed run to end, which happens at once on Linux.
func requireEngineGone(t *testing.T, dir string) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, file := range locks(t, dir) {
			var lock backendLock
			content, err := os.ReadFile(file)
			if err != nil || json.Unmarshal(content, &lock) != nil || pulumiRuns(lock.Pid) {
				return false
			}
		}
		return true
	}, time.Minute, 50*time.Millisecond)
}

// heldClusters returns the tags of the clusters in the sandbox, by ARN. A tag holds the generation.
func heldClusters(t *testing.T, dir string) map[string]any {
	t.Helper()
	clusters := map[string]any{}
	for _, properties := range held(t, filepath.Join(dir, ".sandbox"), "aws-ecs-cluster-Cluster") {
		clusters[properties["arn"].(string)] = properties["tags"]
	}
	return clusters
}

// recordedClusters returns the tags of the clusters in the engine's state, by ARN.
func recordedClusters(t *testing.T, dir string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, ".sandbox", "state", ".pulumi", "stacks", "clusters", "test.json"))
	require.NoError(t, err)
	var state struct {
		Checkpoint apitype.CheckpointV3 `json:"checkpoint"`
	}
	require.NoError(t, json.Unmarshal(content, &state))
	clusters := map[string]any{}
	if state.Checkpoint.Latest == nil {
		return clusters
	}
	for _, r := range state.Checkpoint.Latest.Resources {
		if r.Type == clusterType {
			clusters[string(r.ID)] = r.Outputs["tags"]
		}
	}
	return clusters
}
