// Package docs holds the documents that the program itself reads.
package docs

import _ "embed"

// Prices is prices.yaml: what AWS charges for the program's resources, by region, and how much a stack is assumed to be
// used.
//
//go:embed prices.yaml
var Prices []byte
