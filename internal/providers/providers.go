// Package providers holds the versions of the Pulumi providers.
package providers

// AWS is the version of the provider aws, and AWSX that of the provider awsx. Both are the versions of the SDKs in
// go.mod. The build information has them too, but not that of a test.
const (
	AWS  = "6.83.2"
	AWSX = "2.22.0"
)
