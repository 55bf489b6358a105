package apigateway

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// ValidateHost reports host names of a service behind the API that all have wildcards. The API can set only a name
// without wildcards as the host of a request.
func ValidateHost(key string, hostHeaders []string, found *problems.List) {
	literal := func(host string) bool { return !strings.ContainsAny(host, "*?") }
	if len(hostHeaders) > 0 && !slices.ContainsFunc(hostHeaders, literal) {
		found.Add(key, hostHeaders, "a list that has a name without wildcards, which the API sets in the requests that it forwards")
	}
}

// setHost makes an integration set the host of the requests, because the listener rule of the service has a condition
// on it. A parameter mapping can set the Host header: it is not among the headers that a mapping cannot set ("Transform
// API requests and responses for HTTP APIs in API Gateway", API Gateway Developer Guide). Other headers and the query
// string are forwarded unchanged.
func setHost(args *apigatewayv2.IntegrationArgs, host string) {
	if host != "" {
		args.RequestParameters = pulumi.StringMap{"overwrite:header.Host": pulumi.String(host)}
	}
}
