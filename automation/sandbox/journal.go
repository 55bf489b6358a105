package sandbox

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// journal keeps the account consistent with the engine's state. The account changes with every operation, but the
// engine writes its state only when a command ends, so a killed command never writes it. Before the first change of
// each resource, record saves the resource in the journal. undo then undoes the changes that the engine's state does
// not contain.
//
// The journal is a file of JSON lines: a header, then an entry for each changed resource. It exists while a command
// changes the account, and remains after a command was killed.
type journal struct {
	path  string          // path of the journal
	state string          // path of the file with the engine's state
	file  *os.File        // nil: the command has changed nothing yet
	run   string          // header.Run of this command
	seen  map[string]bool // the resources with an entry
}

type header struct {
	Run   string `json:"run"`   // a random id of the command
	State string `json:"state"` // the hash of the engine's state before the command
}

type entry struct {
	Type   string          `json:"type"`
	Key    string          `json:"key"`
	Before json.RawMessage `json:"before,omitempty"` // the content of the resource's file; nil if it did not exist
}

// record writes the current content of the resource to the journal, unless the journal already has an entry for it.
func (j *journal) record(s *store, token, key string) error {
	if j.file == nil {
		if err := j.begin(s); err != nil {
			return err
		}
	}
	if j.seen[token+" "+key] {
		return nil
	}
	before, err := os.ReadFile(s.path(token, key))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sandbox: recording a change: %w", err)
	}
	if err := j.write(entry{Type: token, Key: key, Before: before}); err != nil {
		return err
	}
	j.seen[token+" "+key] = true
	return nil
}

// begin starts the journal of a command. The engine locks the stack, so only one command at a time changes it. An
// existing journal therefore belongs to a command that has ended; begin undoes that one first.
func (j *journal) begin(s *store) error {
	if _, err := j.undo(s); err != nil {
		return err
	}
	state, err := j.readState()
	if err != nil {
		return err
	}
	if j.file, err = os.OpenFile(j.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		return fmt.Errorf("sandbox: beginning the journal: %w", err)
	}
	j.run, j.seen = randomHex(16), map[string]bool{}
	return j.write(header{Run: j.run, State: hash(state)})
}

func (j *journal) write(line any) error {
	data, err := json.Marshal(line)
	if err == nil {
		_, err = j.file.Write(append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("sandbox: writing the journal: %w", err)
	}
	return nil
}

// end closes the journal of this process's command and undoes it. If a later command has already undone and replaced
// the journal, end leaves the new one alone.
func (j *journal) end(s *store) error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	if err != nil {
		return fmt.Errorf("sandbox: closing the journal: %w", err)
	}
	head, _, err := j.read()
	if err != nil || head.Run != j.run {
		return err
	}
	_, err = j.undo(s)
	return err
}

// undo undoes the changes in the journal that the engine's state does not contain, and removes the journal. It returns
// the number of resources that it changed. A killed undo can be repeated.
func (j *journal) undo(s *store) (int, error) {
	head, entries, err := j.read()
	if err != nil || head.Run == "" {
		return 0, err
	}
	state, err := j.readState()
	if err != nil {
		return 0, err
	}
	known, err := resourcesIn(state)
	if err != nil {
		return 0, fmt.Errorf("sandbox: reading the state %s: %w", j.state, err)
	}
	unchanged := head.State == hash(state) // the engine has written nothing since, so everything is undone
	recording := s.recording
	s.recording = false // the changes below need no journal
	defer func() { s.recording = recording }()
	undone := 0
	for _, e := range entries {
		_, exists, err := s.get(e.Type, e.Key)
		if err != nil {
			return undone, err
		}
		recorded := known[e.Type+" "+e.Key]
		switch {
		case unchanged:
		case exists && !recorded: // a creation that the engine did not record
			e.Before = nil
		case !exists && recorded && e.Before != nil: // a deletion that the engine did not record
		default:
			continue
		}
		if err := e.restore(s); err != nil {
			return undone, err
		}
		undone++
	}
	if err := os.Remove(j.path); err != nil {
		return undone, fmt.Errorf("sandbox: removing the journal: %w", err)
	}
	return undone, nil
}

// restore restores the resource as it was before the command.
func (e entry) restore(s *store) error {
	if e.Before == nil {
		return s.drop(e.Type, e.Key)
	}
	it, err := unmarshal(e.Before)
	if err != nil {
		return fmt.Errorf("sandbox: restoring %s: %w", e.Key, err)
	}
	return s.put(it)
}

// read returns the journal on disk, or an empty header if there is none. The last line of a killed process may be
// incomplete; the change that it announces was not made.
func (j *journal) read() (header, []entry, error) {
	data, err := os.ReadFile(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return header{}, nil, nil
	}
	if err != nil {
		return header{}, nil, fmt.Errorf("sandbox: reading the journal: %w", err)
	}
	var head header
	var entries []entry
	lines := json.NewDecoder(bytes.NewReader(data[:bytes.LastIndexByte(data, '\n')+1]))
	err = lines.Decode(&head)
	for err == nil {
		var e entry
		if err = lines.Decode(&e); err == nil {
			entries = append(entries, e)
		}
	}
	if !errors.Is(err, io.EOF) {
		return header{}, nil, fmt.Errorf("sandbox: reading the journal %s: %w", j.path, err)
	}
	return head, entries, nil
}

// readState returns the engine's state, or nil if the stack has none.
func (j *journal) readState() ([]byte, error) {
	state, err := os.ReadFile(j.state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sandbox: reading the engine's state: %w", err)
	}
	return state, nil
}

func hash(state []byte) string {
	sum := sha256.Sum256(state)
	return hex.EncodeToString(sum[:])
}

// resourcesIn returns the set of resources in the engine's state, each as "type key".
func resourcesIn(state []byte) (map[string]bool, error) {
	var file struct {
		Checkpoint struct {
			Latest struct {
				Resources []struct {
					Custom   bool           `json:"custom"`
					Type     string         `json:"type"`
					URN      string         `json:"urn"`
					ID       string         `json:"id"`
					Provider string         `json:"provider"` // the URN and the id of the provider
					Inputs   map[string]any `json:"inputs"`
					Outputs  map[string]any `json:"outputs"`
				} `json:"resources"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	known := map[string]bool{}
	if len(state) == 0 {
		return known, nil
	}
	if err := json.Unmarshal(state, &file); err != nil {
		return nil, err
	}
	regions := map[string]string{} // by provider, which the state lists before its resources
	for _, r := range file.Checkpoint.Latest.Resources {
		if !r.Custom {
			continue
		}
		if region, _ := r.Inputs["region"].(string); r.Type == "pulumi:providers:aws" {
			regions[r.URN+"::"+r.ID] = cmp.Or(region, defaultRegion)
			continue
		}
		key := keyBy(r.Type, regions[r.Provider], r.ID, func(output string) string {
			given, _ := r.Outputs[output].(string)
			return given
		})
		known[r.Type+" "+key] = true
	}
	return known, nil
}
