package monitoring

// Outputs exports outputs for a test.
var Outputs = (*Monitoring).outputs
