// Package docs embeds the documents that the command `automation` reads.
package docs

import _ "embed"

// Prices holds prices.yaml: AWS's prices of the program's resources by region, and the assumed usage of a stack.
//
//go:embed prices.yaml
var Prices []byte
