package apigateway

// Outputs exports outputs for a test.
var Outputs = (*ApiGateway).outputs
