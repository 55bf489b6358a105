package buildpipeline

// Outputs exports outputs for a test.
var Outputs = (*BuildPipeline).outputs
