package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// recover releases the locks of a killed run in a local place, undoes its changes in
// the sandbox, and drops its pending operations, so that the next run can continue.
// In AWS, the backend belongs to the user, and Pulumi itself prints instructions.
func (s *Stack) recover(ctx context.Context) error {
	if s.site.stateDir == "" {
		return nil
	}
	inUse, err := s.releaseStaleLocks(ctx)
	if err != nil {
		return fmt.Errorf("releasing the locks on stack %q: %w", s.name, err)
	}
	if inUse {
		return nil
	}
	if s.site.sandbox != nil {
		undone, err := s.site.sandbox.Recover()
		if err != nil {
			return fmt.Errorf("undoing what a killed run of stack %q did: %w", s.name, err)
		}
		if undone > 0 {
			fmt.Fprintf(s.progress, "Undid %d change(s) of a run that was killed.\n", undone)
		}
	}
	if err := s.dropPendingOperations(ctx); err != nil {
		return fmt.Errorf("dropping the interrupted operations of stack %q: %w", s.name, err)
	}
	return nil
}

// backendLock is the content of a lock file of Pulumi's local backend.
type backendLock struct {
	Pid      int    `json:"pid"`
	Hostname string `json:"hostname"`
}

// releaseStaleLocks removes the stack's locks if their processes have all ended. If
// one of the processes is running or is on another machine, the stack is in use: the
// locks stay, and a command that needs a lock fails with Pulumi's message about the
// owner. The process may be another program that got the same id, so releaseStaleLocks
// prints the file.
func (s *Stack) releaseStaleLocks(ctx context.Context) (inUse bool, err error) {
	files, err := filepath.Glob(s.site.backendFile("locks", "organization", s.project, s.name, "*.json"))
	if err != nil || len(files) == 0 {
		return false, err
	}
	host, err := os.Hostname()
	if err != nil {
		return false, fmt.Errorf("finding this machine's name, to recognize its locks: %w", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			return true, nil // The run has just released it.
		}
		if err != nil {
			return false, err
		}
		var lock backendLock
		if err := json.Unmarshal(content, &lock); err != nil {
			return false, fmt.Errorf("reading %s: %w; delete it if nothing runs on the stack", file, err)
		}
		if lock.Hostname != host || pulumiRuns(lock.Pid) {
			fmt.Fprintf(s.progress, "The stack is locked by process %d on %s. The lock is %s.\n", lock.Pid, lock.Hostname, file)
			return true, nil
		}
	}
	fmt.Fprintln(s.progress, "Releasing the lock of a run that was killed.")
	if err := s.auto.Cancel(ctx); err != nil {
		return false, brief(err)
	}
	return false, nil
}

// pulumiRuns reports whether the process with the given id is a running Pulumi CLI. It
// returns true if the process runs, but its program is unknown, as on systems without /proc.
func pulumiRuns(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false // There is no such process. Only Windows reports this here.
	}
	err = process.Signal(syscall.Signal(0))
	if errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH) {
		return false
	}
	// On Linux, stat is like "28410 (pulumi) S …". The id may belong to another
	// program by now. A killed process for which its parent has not waited has the
	// state Z.
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	name, state, found := strings.Cut(string(stat), ") ")
	return !found || strings.HasSuffix(name, "(pulumi") && !strings.HasPrefix(state, "Z")
}

// readCheckpoint decodes the content of a stack's file in Pulumi's local backend.
func readCheckpoint(content []byte) (apitype.CheckpointV3, error) {
	var state struct {
		Checkpoint apitype.CheckpointV3 `json:"checkpoint"`
	}
	if err := json.Unmarshal(content, &state); err != nil {
		return apitype.CheckpointV3{}, fmt.Errorf("reading the state: %w", err)
	}
	return state.Checkpoint, nil
}

// dropPendingOperations removes the record of operations that were running when a run
// was killed. Otherwise Pulumi warns of them in every run. The next run repeats
// updates and deletions. A creation may have left a resource that the state does not
// contain, so dropPendingOperations prints the operations.
func (s *Stack) dropPendingOperations(ctx context.Context) error {
	content, err := os.ReadFile(s.site.stateFile(s.project, s.name))
	if err != nil {
		return fmt.Errorf("reading the state: %w", err)
	}
	if !bytes.Contains(content, []byte(`"pending_operations"`)) {
		return nil // The usual case; decoding a large state would take time.
	}
	checkpoint, err := readCheckpoint(content)
	if err != nil {
		return err
	}
	if checkpoint.Latest == nil || len(checkpoint.Latest.PendingOperations) == 0 {
		return nil
	}
	for _, operation := range checkpoint.Latest.PendingOperations {
		urn := operation.Resource.URN
		fmt.Fprintf(s.progress, "A run was killed while %s %s %s.\n", operation.Type, urn.Type(), urn.Name())
	}
	exported, err := s.auto.Export(ctx)
	if err != nil {
		return brief(err)
	}
	var deployment map[string]json.RawMessage
	if err := json.Unmarshal(exported.Deployment, &deployment); err != nil {
		return fmt.Errorf("reading the state: %w", err)
	}
	delete(deployment, "pending_operations")
	if exported.Deployment, err = json.Marshal(deployment); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	if err := s.auto.Import(ctx, exported); err != nil {
		return brief(err)
	}
	return nil
}
