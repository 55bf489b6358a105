package sandbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/rogpeppe/go-internal/lockedfile"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// item is one resource of the account.
type item struct {
	Type   string               `json:"type"`
	ID     string               `json:"id"`
	Region string               `json:"region"`
	URN    string               `json:"urn"` // of the resource in the stack; "" if a pipeline created it
	Props  resource.PropertyMap `json:"-"`   // the live inputs and outputs
}

// stored is an item on disk. The properties are in the engine's wire format, which keeps assets.
type stored struct {
	item
	Properties json.RawMessage `json:"properties"`
}

// lockFile is the lock that prevents two processes from using a directory at the same time. Its content changes with
// every change of the account.
const lockFile = ".lock"

// store keeps the account's resources in a directory, one file each, so that a later process finds them. It reads the
// files of a type once, and again only after another process has changed the account.
type store struct {
	dir     string
	journal *journal // nil: changes are not recorded

	mu        sync.Mutex
	shelves   map[string]*shelf // by type; loaded on demand
	version   string            // the content of the lock file to which the shelves belong
	recording bool              // true during a change by the engine
}

// openStore creates the directory if it does not exist.
func openStore(dir string) (*store, error) {
	if dir == "" {
		return nil, errors.New("sandbox: Options.Dir is empty; give the directory that holds the account's resources")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("sandbox: creating the account's directory: %w", err)
	}
	return &store{dir: dir, shelves: map[string]*shelf{}}, nil
}

// view runs work, which must not change anything, while no other goroutine or process uses the store.
func (s *store) view(work func() error) error {
	return s.locked(func(*lockedfile.File) error { return work() })
}

// exclusive runs change while no other goroutine or process uses the store.
func (s *store) exclusive(change func() error) error {
	return s.locked(func(lock *lockedfile.File) error {
		s.version = randomHex(16)
		if _, err := lock.WriteAt([]byte(s.version), 0); err != nil {
			return fmt.Errorf("sandbox: marking the account as changed: %w", err)
		}
		return change()
	})
}

// provision is exclusive for a change by the engine. The journal records the change, so that Settle and Recover can
// undo it. provision refuses a request whose engine has ended.
func (s *store) provision(ctx context.Context, change func() error) error {
	return s.exclusive(func() error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("the engine has gone: %w", err)
		}
		s.recording = true
		defer func() { s.recording = false }()
		return change()
	})
}

// locked runs work while the directory is locked. It discards the shelves if another process has changed the account.
func (s *store) locked(work func(lock *lockedfile.File) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	lock, err := lockedfile.Edit(filepath.Join(s.dir, lockFile))
	if err != nil {
		return fmt.Errorf("sandbox: locking the account's directory: %w", err)
	}
	defer func() { _ = lock.Close() }() // the work is done
	version, err := io.ReadAll(lock)
	if err != nil {
		return fmt.Errorf("sandbox: locking the account's directory: %w", err)
	}
	if string(version) != s.version {
		s.version, s.shelves = string(version), map[string]*shelf{}
	}
	return work(lock)
}

// path returns the path of a resource's file. The file name consists of the type and a hash of the key, because ARNs
// contain characters that are not allowed in file names.
func (s *store) path(token, key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.dir, stem(token)+hex.EncodeToString(sum[:8])+".json")
}

func stem(token string) string { return strings.NewReplacer(":", "-", "/", "-").Replace(token) + "." }

// keyOf returns the key of a resource, which is unique among the resources of its type in all regions.
func keyOf(token, region, id string, p resource.PropertyMap) string {
	return keyBy(token, region, id, func(output string) string { return text(p, output) })
}

// keyBy is like keyOf, but reads the outputs with a function.
func keyBy(token, region, id string, output func(name string) string) string {
	k := kinds[token]
	if k != nil && k.key != "" {
		id = cmp.Or(output(k.key), id)
	}
	if k != nil && k.global {
		return id
	}
	return region + " " + id
}

func (it item) key() string { return keyOf(it.Type, it.Region, it.ID, it.Props) }

// get returns a resource, and reports whether it exists.
func (s *store) get(token, key string) (item, bool, error) {
	sh, err := s.shelf(token)
	if err != nil {
		return item{}, false, err
	}
	it, ok := sh.items[key]
	return it, ok, nil
}

// all returns every resource of a type, in a stable order. The caller must not change their properties.
func (s *store) all(token string) ([]item, error) {
	sh, err := s.shelf(token)
	if err != nil {
		return nil, err
	}
	return sh.pick(sorted(sh.items)), nil
}

// mentioning returns the resources of a type that have a text among their values, in a stable order. The caller must not
// change their properties.
func (s *store) mentioning(token, text string) ([]item, error) {
	sh, err := s.shelf(token)
	if err != nil {
		return nil, err
	}
	return sh.pick(slices.Sorted(slices.Values(sh.index[text]))), nil
}

// shelf returns the resources of a type. It reads their files the first time.
func (s *store) shelf(token string) (*shelf, error) {
	if sh, ok := s.shelves[token]; ok {
		return sh, nil
	}
	paths, err := filepath.Glob(filepath.Join(s.dir, stem(token)+"*.json"))
	if err != nil {
		return nil, fmt.Errorf("sandbox: listing %s: %w", token, err)
	}
	sh := newShelf()
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("sandbox: reading a resource: %w", err)
		}
		it, err := unmarshal(data)
		if err != nil {
			return nil, damaged(path, err)
		}
		// Earlier versions named the files after keys without a region.
		if now := s.path(token, it.key()); now != path {
			if err := os.Rename(path, now); err != nil {
				return nil, fmt.Errorf("sandbox: renaming a resource's file: %w", err)
			}
		}
		sh.put(it)
	}
	s.shelves[token] = sh
	return sh, nil
}

// unmarshal reads the content of a resource's file.
func unmarshal(data []byte) (item, error) {
	var on stored
	if err := json.Unmarshal(data, &on); err != nil {
		return item{}, err
	}
	var wire structpb.Struct
	if err := protojson.Unmarshal(on.Properties, &wire); err != nil {
		return item{}, err
	}
	var err error
	on.Props, err = decode(&wire)
	return on.item, err
}

// marshal returns the content of a resource's file.
func marshal(it item) ([]byte, error) {
	wire, err := encode(it.Props)
	if err != nil {
		return nil, err
	}
	on := stored{item: it}
	if on.Properties, err = protojson.Marshal(wire); err != nil {
		return nil, err
	}
	return json.MarshalIndent(on, "", "  ")
}

func damaged(path string, err error) error {
	return fmt.Errorf("sandbox: %s is damaged; delete it and run refresh: %w", path, err)
}

// put writes a resource to a temporary file and renames it, so that a killed process leaves no incomplete file.
func (s *store) put(it item) error {
	if err := s.replace(it); err != nil {
		return fmt.Errorf("sandbox: storing %s: %w", it.ID, err)
	}
	return nil
}

func (s *store) replace(it item) error {
	sh, err := s.shelf(it.Type)
	if err != nil {
		return err
	}
	data, err := marshal(it)
	if err != nil {
		return err
	}
	if err := s.record(it.Type, it.key()); err != nil {
		return err
	}
	path := s.path(it.Type, it.key())
	if err := os.WriteFile(path+".part", data, 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	sh.put(it)
	return nil
}

// drop deletes a resource. A resource that does not exist is no error.
func (s *store) drop(token, key string) error {
	sh, err := s.shelf(token)
	if err != nil {
		return err
	}
	if err := s.record(token, key); err != nil {
		return err
	}
	if err := os.Remove(s.path(token, key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sandbox: deleting %s: %w", key, err)
	}
	sh.drop(key)
	return nil
}

// record saves a resource in the journal before a change by the engine.
func (s *store) record(token, key string) error {
	if s.journal == nil || !s.recording {
		return nil
	}
	return s.journal.record(s, token, key)
}

// wire holds the options of the engine's wire format. It keeps unknown values. It drops the marks of secrets: the
// engine restores them for a provider that does not accept secrets.
var wire = plugin.MarshalOptions{KeepUnknowns: true, SkipNulls: true}

func decode(s *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(s, wire)
}

// decodeAll reads several property maps.
func decodeAll(wires ...*structpb.Struct) ([]resource.PropertyMap, error) {
	all := make([]resource.PropertyMap, len(wires))
	for i, w := range wires {
		p, err := decode(w)
		if err != nil {
			return nil, fmt.Errorf("sandbox: reading properties from the engine: %w", err)
		}
		all[i] = p
	}
	return all, nil
}

func encode(p resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(p, wire)
}
