package summary

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Texts that stand for values that cannot be shown.
const (
	secret  = "[secret]"
	unknown = "(known after the update)"
	// recorded stands for the old content of a document whose new content is not known yet.
	recorded = "(as before the update)"
)

// unknowns are the engine's placeholders for values that are known only after the update.
var unknowns = []string{
	plugin.UnknownStringValue, plugin.UnknownBoolValue, plugin.UnknownNumberValue, plugin.UnknownArrayValue,
	plugin.UnknownObjectValue, plugin.UnknownAssetValue, plugin.UnknownArchiveValue,
}

// values maps the path of a property of a resource to its value. JSON documents in properties, and the files of zip
// archives in Base64, are split into paths too.
type values map[string]string

// flattener splits properties into values by path, and conceals secrets.
type flattener struct{ secrets []string }

func (f flattener) flatten(properties map[string]any) values {
	out := values{}
	for key, value := range properties {
		if key != "__defaults" { // the engine's own
			f.add(out, key, value)
		}
	}
	return out
}

func (f flattener) add(out values, path string, value any) {
	switch v := value.(type) {
	case nil:
	case map[string]any:
		f.addObject(out, path, v)
	case []any:
		f.addList(out, path, v)
	case string:
		f.addText(out, path, v)
	case bool:
		out[path] = strconv.FormatBool(v)
	case float64:
		out[path] = f.conceal(strconv.FormatFloat(v, 'f', -1, 64))
	case json.Number:
		out[path] = f.conceal(v.String())
	default:
		out[path] = secret // A type that JSON does not have is not shown.
	}
}

func (f flattener) addObject(out values, path string, object map[string]any) {
	switch signature, _ := object[resource.SigKey].(string); {
	case signature == resource.SecretSig:
		out[path] = secret
		return
	case signature != "": // an asset, an archive or a reference to a resource
		hash, _ := object["hash"].(string)
		out[path] = "(file " + hash[:min(len(hash), 12)] + ")"
		return
	case len(object) == 0:
		out[path] = "{}"
	}
	for key, value := range object {
		f.add(out, path+"."+key, value)
	}
}

// addList identifies the elements of a list by their name or statement id if each has a unique one, as containers,
// environment variables and the statements of a policy do. Otherwise it identifies them by their index.
func (f flattener) addList(out values, path string, list []any) {
	if len(list) == 0 {
		out[path] = "[]"
		return
	}
	key, names := elementNames(list)
	for i, element := range list {
		if names == nil {
			f.add(out, path+"["+strconv.Itoa(i)+"]", element)
			continue
		}
		object := maps.Clone(element.(map[string]any))
		delete(object, key)
		if value, pair := object["value"]; pair && len(object) == 1 {
			f.add(out, path+"."+names[i], value)
			continue
		}
		f.add(out, path+"."+names[i], object)
	}
}

// elementNames returns the property that names each element of a list, and the names. It returns none if an element has
// no unique name, or no other property.
func elementNames(list []any) (key string, names []string) {
	for _, key := range []string{"name", "Sid"} {
		names = nil
		for _, element := range list {
			object, _ := element.(map[string]any)
			name, _ := object[key].(string)
			if name == "" || len(object) == 1 || slices.Contains(unknowns, name) || slices.Contains(names, name) {
				break
			}
			names = append(names, name)
		}
		if len(names) == len(list) {
			return key, names
		}
	}
	return "", nil
}

func (f flattener) addText(out values, path, text string) {
	switch {
	case slices.Contains(unknowns, text):
		out[path] = unknown
	case topLevel(path) == "contentBase64":
		f.addArchive(out, text)
	case !f.addDocument(out, path, text):
		out[path] = f.conceal(text)
	}
}

// addDocument adds the values of a JSON document, and reports whether the text is one.
func (f flattener) addDocument(out values, path, text string) bool {
	if trimmed := strings.TrimSpace(text); !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		return false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil || decoder.More() {
		return false
	}
	f.add(out, path, document)
	return true
}

// addArchive adds the values of the files in a zip archive: taskdef.json, and appspec.yaml, which contains JSON too.
func (f flattener) addArchive(out values, encoded string) {
	content, err := base64.StdEncoding.DecodeString(encoded)
	if err == nil {
		var archive *zip.Reader
		if archive, err = zip.NewReader(bytes.NewReader(content), int64(len(content))); err == nil {
			err = f.addFiles(out, archive)
		}
	}
	if err != nil { // Other content is not readable.
		out["contentBase64"] = "(" + strconv.Itoa(len(encoded)) + " characters)"
	}
}

func (f flattener) addFiles(out values, archive *zip.Reader) error {
	for _, file := range archive.File {
		reader, err := file.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(io.LimitReader(reader, 1<<20))
		if err != nil {
			return err
		}
		f.addText(out, file.Name, string(content))
	}
	return nil
}

// conceal replaces the secrets of the configuration in a text. It replaces a short one only if it is the whole text,
// because a short secret also occurs in other texts by chance.
func (f flattener) conceal(text string) string {
	for _, each := range f.secrets {
		switch {
		case text == each:
			return secret
		case len(each) >= minPartLength:
			text = strings.ReplaceAll(text, each, secret)
		}
	}
	return text
}

// minPartLength is the minimum length of a secret that is also replaced inside a longer text.
const minPartLength = 6

// sub returns the values below a path.
func (v values) sub(path string) values {
	out := values{}
	for key, value := range v {
		if rest, below := strings.CutPrefix(key, path+"."); below {
			out[rest] = value
		}
	}
	return out
}

// list returns the elements of a list of texts.
func (v values) list(path string) []string {
	var out []string
	for i := 0; ; i++ {
		value, exists := v[path+"["+strconv.Itoa(i)+"]"]
		if !exists {
			return out
		}
		out = append(out, value)
	}
}

// Difference is one property that changes.
type Difference struct {
	// Path is the path of the property.
	Path string
	// Old and New are its values as text; "" if the property is missing. A secret is concealed.
	Old, New string
}

// differences compares the inputs of a resource before and after. If the engine says that a property changes but the
// inputs are equal, the resource has drifted, or the value is a secret.
func (f flattener) differences(c *change) []Difference {
	if c.old == nil || c.new == nil {
		return nil
	}
	before, after := f.flatten(c.old.Inputs), f.flatten(c.new.Inputs)
	foldUnknown(before, after, c.old.Inputs)
	var found []Difference
	seen := map[string]bool{}
	add := func(path, before, after string) {
		seen[topLevel(path)] = true
		generated := path == "name" && c.op == opReplace && !slices.Contains(c.causes, path)
		if !generated && !strings.Contains(path, ".dockerLabels.fargate-cd.") { // labels that the program sets for itself
			found = append(found, Difference{Path: path, Old: before, New: after})
		}
	}
	paths := sortedKeys(before, after)
	for _, path := range paths {
		if before[path] != after[path] {
			add(path, before[path], after[path])
		}
	}
	drifted := f.flatten(c.old.Outputs)
	for _, property := range c.changed {
		if seen[property] || property == "contentBase64" && len(found) > 0 {
			continue
		}
		for _, path := range paths {
			if topLevel(path) != property {
				continue
			}
			switch is, exists := drifted[path]; {
			case after[path] == secret:
				add(path, secret, secret)
			case exists && is != after[path]:
				add(path, is, after[path])
			}
		}
	}
	return found
}

// foldUnknown replaces the old values of a document by the text recorded if its new content is not known yet. The paths
// of the files in an archive do not begin with the property that holds the archive, so they are found by their absence
// from the inputs.
func foldUnknown(before, after values, inputs map[string]any) {
	for path, value := range after {
		if value != unknown {
			continue
		}
		for old := range before {
			_, property := inputs[topLevel(old)]
			below := strings.HasPrefix(old, path+".") || strings.HasPrefix(old, path+"[")
			if below || path == "contentBase64" && !property {
				delete(before, old)
				before[path] = recorded
			}
		}
	}
}

// sortedKeys returns the sorted keys of both.
func sortedKeys(a, b values) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}
