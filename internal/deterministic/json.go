// Package deterministic writes texts and files that are the same, byte by byte,
// for the same values: on every run, on every machine and with every Go. An
// update must not find a change where there is none.
package deterministic

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// JSON returns a value as JSON on one line. Structs keep the order of their
// fields and maps are sorted.
func JSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

// IndentedJSON returns a value as JSON that people read too: indented, and with
// < and > as they are, because CodePipeline looks for them in its placeholders.
func IndentedJSON(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return text.String(), err
}

// Fingerprint returns a short hash of values that have a JSON form, 16
// hexadecimal digits. It panics when one has none: that is a mistake in this
// program and not in its input.
func Fingerprint(values ...any) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
