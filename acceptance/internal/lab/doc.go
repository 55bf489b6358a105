//go:build acceptance

// Package lab operates the emulator for the acceptance suite. It has the clients of
// AWS's API, the emulator's own routes, a stack for each case, and the pushes to the
// repositories of the stack. It finds resources through AWS's API. It does not know
// their expected values: those are in package readback.
package lab
