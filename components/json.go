package components

import (
	"encoding/json"
	"strings"
)

// jsonText is JSON on one line. Structs keep the order of their fields and maps
// are sorted, so that the same value always gives the same text.
func jsonText(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

// document is JSON to be read by people as well: indented, and with < and >
// as they are, because CodePipeline looks for them in its placeholders.
func document(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return text.String(), err
}
