//go:build acceptance

// Package lab lets the acceptance suite act on the emulator: the clients of AWS's
// API, the emulator's own routes, a stack for each case, and the pushes to it. It
// finds resources through AWS's API and knows nothing of what they should be.
package lab
