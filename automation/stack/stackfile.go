package stack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// placeholder replaces a configured secret, which a local place cannot decrypt.
const placeholder = "placeholder-for-a-secret"

// stackFile is the content of a Pulumi.<stack>.yaml that is read and rewritten. It
// consists of YAML nodes instead of Go values, so that values keep their notation: a
// quoted number stays text, and a date stays as written.
type stackFile struct{ root *yaml.Node }

func parseStackFile(content []byte) (stackFile, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return stackFile{}, err
	}
	if document.Kind == 0 { // An empty file.
		return stackFile{root: &yaml.Node{Kind: yaml.MappingNode}}, nil
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" { // Nothing but comments.
		root = &yaml.Node{Kind: yaml.MappingNode}
	}
	if root.Kind != yaml.MappingNode {
		return stackFile{}, errors.New("it is not a mapping with the key config")
	}
	return stackFile{root: root}, nil
}

func (f stackFile) bytes() ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(f.root); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// makeLocal removes the settings that work only with the user's backend: the keys of
// the secrets provider and imported environments. It replaces secrets with a
// placeholder. It returns a note for each change that the user should know.
func (f stackFile) makeLocal() (notes []string) {
	for _, key := range []string{"secretsprovider", "encryptedkey", "encryptionsalt"} {
		remove(f.root, key)
	}
	if remove(f.root, "environment") {
		notes = append(notes, "environment has no effect here, because it needs Pulumi Cloud")
	}
	config := find(f.root, "config")
	if config == nil || config.Kind != yaml.MappingNode {
		return notes
	}
	for i := 0; i+1 < len(config.Content); i += 2 {
		if n := concealSecrets(config.Content[i+1]); n > 0 {
			notes = append(notes, fmt.Sprintf("%s has %d encrypted value(s), which are replaced by a placeholder here",
				config.Content[i].Value, n))
		}
	}
	return notes
}

// hasSecrets reports whether a value is encrypted.
func (f stackFile) hasSecrets() bool { return len(secretsBelow(f.config())) > 0 }

// values returns the configuration as a Pulumi program gets it: keys with their
// namespace, which defaults to the project, and values as text or as JSON.
func (f stackFile) values(project string) (map[string]string, error) {
	values := map[string]string{}
	config := f.config()
	for i := 0; i+1 < len(config.Content); i += 2 {
		key, value := config.Content[i].Value, config.Content[i+1]
		if !strings.Contains(key, ":") {
			key = project + ":" + key
		}
		if value.Kind == yaml.ScalarNode {
			values[key] = value.Value
			continue
		}
		var structured any
		if err := value.Decode(&structured); err != nil {
			return nil, fmt.Errorf("reading the configuration key %s: %w", key, err)
		}
		text, err := json.Marshal(structured)
		if err != nil {
			return nil, fmt.Errorf("reading the configuration key %s: %w", key, err)
		}
		values[key] = string(text)
	}
	return values, nil
}

// concealSecrets replaces the secrets below a node and returns their number.
func concealSecrets(n *yaml.Node) int {
	secrets := secretsBelow(n)
	for _, secret := range secrets {
		*secret = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: placeholder, Anchor: secret.Anchor}
	}
	return len(secrets)
}

// secretsBelow returns the nodes {secure: …} at or below a node.
func secretsBelow(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "secure" &&
		n.Content[1].Kind == yaml.ScalarNode {
		return []*yaml.Node{n}
	}
	var secrets []*yaml.Node
	for _, child := range n.Content {
		secrets = append(secrets, secretsBelow(child)...)
	}
	return secrets
}

// keepSalt copies the salt that Pulumi wrote into the previous copy, so that Pulumi
// can still decrypt the secrets in the state.
func (f stackFile) keepSalt(previous []byte) {
	old, err := parseStackFile(previous)
	if err != nil {
		return // The copy is damaged: Pulumi makes a new salt.
	}
	if salt := find(old.root, "encryptionsalt"); salt != nil {
		set(f.root, "encryptionsalt", salt)
	}
}

// setDefaults adds the configuration keys that the file does not have.
func (f stackFile) setDefaults(values map[string]any) {
	config := f.config()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if find(config, key) == nil {
			var value yaml.Node
			_ = value.Encode(values[key]) // Cannot fail: the values are plain constants of this package.
			set(config, key, &value)
		}
	}
}

// override sets configuration keys. A key without a namespace belongs to the
// project.
func (f stackFile) override(project string, values map[string]any) error {
	config := f.config()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		full := key
		if !strings.Contains(key, ":") {
			full = project + ":" + key
		}
		if values[key] == nil {
			remove(config, full)
			continue
		}
		var value yaml.Node
		if err := value.Encode(values[key]); err != nil {
			return fmt.Errorf("key %s: %w", key, err)
		}
		set(config, full, &value)
	}
	return nil
}

// config returns the mapping of configuration keys. It adds one if there is none.
func (f stackFile) config() *yaml.Node {
	config := find(f.root, "config")
	if config == nil || config.Kind != yaml.MappingNode {
		config = &yaml.Node{Kind: yaml.MappingNode}
		set(f.root, "config", config)
	}
	return config
}

// localProject returns Pulumi.yaml without its backend.
func localProject(content []byte) ([]byte, error) {
	file, err := parseStackFile(content)
	if err != nil {
		return nil, err
	}
	remove(file.root, "backend")
	return file.bytes()
}

// find returns the value of a mapping's key, or nil.
func find(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// set sets the value of a mapping's key.
func set(mapping *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content[i+1] = value
			return
		}
	}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
}

// remove removes a key from a mapping, and reports whether it was there.
func remove(mapping *yaml.Node, key string) bool {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content = slices.Delete(mapping.Content, i, i+2)
			return true
		}
	}
	return false
}
