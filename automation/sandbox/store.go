package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
	URN    string               `json:"urn"` // of the stack's resource; "" for one that a pipeline created
	Props  resource.PropertyMap `json:"-"`   // the live inputs and outputs
}

// stored is an item on disk. The properties are in the engine's wire format, which keeps assets.
type stored struct {
	item
	Properties json.RawMessage `json:"properties"`
}

// lockFile keeps two processes from changing a directory at the same time.
const lockFile = ".lock"

// store keeps the account's resources, one file each, so that a later process finds them.
type store struct{ dir string }

// openStore creates the directory if it does not exist.
func openStore(dir string) (*store, error) {
	if dir == "" {
		return nil, errors.New("sandbox: Options.Dir is empty; give the directory that holds the account's resources")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("sandbox: creating the account's directory: %w", err)
	}
	return &store{dir: dir}, nil
}

// exclusive runs change while no other goroutine or process changes the store.
func (s *store) exclusive(change func() error) error {
	unlock, err := lockedfile.MutexAt(filepath.Join(s.dir, lockFile)).Lock()
	if err != nil {
		return fmt.Errorf("sandbox: locking the account's directory: %w", err)
	}
	defer unlock()
	return change()
}

// path returns the file of a resource. The name has the type, and a hash of the key, because ARNs have characters that
// file names must not have.
func (s *store) path(token, key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.dir, stem(token)+hex.EncodeToString(sum[:8])+".json")
}

func stem(token string) string { return strings.NewReplacer(":", "-", "/", "-").Replace(token) + "." }

// keyOf returns what distinguishes a resource from others of its type.
func keyOf(token, id string, p resource.PropertyMap) string {
	if k := kinds[token]; k != nil && k.key != "" {
		if key := text(p, k.key); key != "" {
			return key
		}
	}
	return id
}

// get returns a resource, and reports whether it exists.
func (s *store) get(token, key string) (item, bool, error) {
	it, err := s.load(s.path(token, key))
	if errors.Is(err, fs.ErrNotExist) {
		return item{}, false, nil
	}
	return it, err == nil, err
}

// all returns every resource of a type, in a stable order.
func (s *store) all(token string) ([]item, error) {
	paths, err := filepath.Glob(filepath.Join(s.dir, stem(token)+"*.json"))
	if err != nil {
		return nil, fmt.Errorf("sandbox: listing %s: %w", token, err)
	}
	var items []item
	for _, path := range paths {
		it, err := s.load(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process deleted it after the listing
		}
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, nil
}

func (s *store) load(path string) (item, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return item{}, fmt.Errorf("sandbox: reading a resource: %w", err)
	}
	var on stored
	if err := json.Unmarshal(data, &on); err != nil {
		return item{}, damaged(path, err)
	}
	var wire structpb.Struct
	if err := protojson.Unmarshal(on.Properties, &wire); err != nil {
		return item{}, damaged(path, err)
	}
	if on.Props, err = decode(&wire); err != nil {
		return item{}, damaged(path, err)
	}
	return on.item, nil
}

func damaged(path string, err error) error {
	return fmt.Errorf("sandbox: %s is damaged; delete it and run refresh: %w", path, err)
}

// put writes a resource to a temporary file and renames it, so that no reader sees half a resource.
func (s *store) put(it item) error {
	wire, err := encode(it.Props)
	if err != nil {
		return fmt.Errorf("sandbox: storing %s: %w", it.ID, err)
	}
	on := stored{item: it}
	if on.Properties, err = protojson.Marshal(wire); err != nil {
		return fmt.Errorf("sandbox: storing %s: %w", it.ID, err)
	}
	data, err := json.MarshalIndent(on, "", "  ")
	if err != nil {
		return fmt.Errorf("sandbox: storing %s: %w", it.ID, err)
	}
	path := s.path(it.Type, keyOf(it.Type, it.ID, it.Props))
	half := path + ".part"
	if err := os.WriteFile(half, data, 0o600); err != nil {
		return fmt.Errorf("sandbox: storing %s: %w", it.ID, err)
	}
	if err := os.Rename(half, path); err != nil {
		return fmt.Errorf("sandbox: storing %s: %w", it.ID, err)
	}
	return nil
}

// drop deletes a resource. A resource that does not exist is no error.
func (s *store) drop(it item) error {
	err := os.Remove(s.path(it.Type, keyOf(it.Type, it.ID, it.Props)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sandbox: deleting %s: %w", it.ID, err)
	}
	return nil
}

// wire keeps unknown values. It leaves secrets to the engine, which marks them again after a provider that does not
// accept them.
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
