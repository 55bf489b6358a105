// Package deterministic encodes values as JSON and files as zip archives. The same values
// give the same bytes on every run, on every machine and with every version of Go, so
// that an update without a change has no diff.
package deterministic

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// JSON returns a value as JSON on one line. Struct fields keep their order. Map keys are
// sorted.
func JSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

// IndentedJSON returns a value as indented JSON for people. It does not escape < and >,
// because CodePipeline searches for placeholders in angle brackets.
func IndentedJSON(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return text.String(), err
}

// Fingerprint returns a short hash of the values, 16 hexadecimal digits. It panics if a
// value has no JSON form, because that is a mistake in the program.
func Fingerprint(values ...any) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
