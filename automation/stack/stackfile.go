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

// placeholder stands for a configured secret where it cannot be decrypted.
const placeholder = "placeholder-for-a-secret"

// stackFile is a Pulumi.<stack>.yaml being rewritten. It keeps YAML nodes, not Go
// values, so that every value that is not touched stays what it was: a quoted
// number stays text, a date stays as written.
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

// makeLocal removes what belongs to the user's backend: the secrets provider's
// keys, imported environments, and secrets, which get a placeholder. It returns a
// note on each change that the user should know of.
func (f stackFile) makeLocal() (notes []string) {
	for _, key := range []string{"secretsprovider", "encryptedkey", "encryptionsalt"} {
		remove(f.root, key)
	}
	if remove(f.root, "environment") {
		notes = append(notes, "environment is left out here: it needs Pulumi Cloud")
	}
	config := find(f.root, "config")
	if config == nil || config.Kind != yaml.MappingNode {
		return notes
	}
	for i := 0; i+1 < len(config.Content); i += 2 {
		if n := concealSecrets(config.Content[i+1]); n > 0 {
			notes = append(notes, fmt.Sprintf("%s has %d encrypted value(s); here a placeholder stands for each",
				config.Content[i].Value, n))
		}
	}
	return notes
}

// hasSecrets tells whether a value is encrypted.
func (f stackFile) hasSecrets() bool { return len(secretsBelow(f.config())) > 0 }

// values is the configuration as Pulumi hands it to a program: every key with
// its namespace, those without one in the project's, and every value as text or
// as JSON.
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

// concealSecrets replaces every secret below a node and returns their number.
func concealSecrets(n *yaml.Node) int {
	secrets := secretsBelow(n)
	for _, secret := range secrets {
		*secret = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: placeholder, Anchor: secret.Anchor}
	}
	return len(secrets)
}

// secretsBelow are the nodes {secure: …}.
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

// keepSalt takes over the salt that Pulumi put into the previous copy, so that
// the passphrase goes on to open what it sealed.
func (f stackFile) keepSalt(previous []byte) {
	old, err := parseStackFile(previous)
	if err != nil {
		return // A copy spoiled by hand: Pulumi makes a new salt.
	}
	if salt := find(old.root, "encryptionsalt"); salt != nil {
		set(f.root, "encryptionsalt", salt)
	}
}

// setDefaults sets configuration keys that the file does not have.
func (f stackFile) setDefaults(values map[string]any) {
	config := f.config()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if find(config, key) == nil {
			var value yaml.Node
			_ = value.Encode(values[key]) // Plain values of this package's own.
			set(config, key, &value)
		}
	}
}

// override sets configuration keys, those without a namespace in the project's.
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

// config is the mapping of configuration keys, made where there is none.
func (f stackFile) config() *yaml.Node {
	config := find(f.root, "config")
	if config == nil || config.Kind != yaml.MappingNode {
		config = &yaml.Node{Kind: yaml.MappingNode}
		set(f.root, "config", config)
	}
	return config
}

// localProject is Pulumi.yaml without the backend it may name.
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

// set gives a mapping's key a value.
func set(mapping *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content[i+1] = value
			return
		}
	}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
}

// remove takes a key out of a mapping and tells whether it was there.
func remove(mapping *yaml.Node, key string) bool {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content = slices.Delete(mapping.Content, i, i+2)
			return true
		}
	}
	return false
}
