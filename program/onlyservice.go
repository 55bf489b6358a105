package program

import (
	"path"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

// addOnlyService adds the service that the keys repository and connectionArn describe. `pulumi new` asks only for
// texts, so a stack that it has created has these keys instead of services.
func (c *Config) addOnlyService(prefix string, found *problems.List) {
	if c.Repository == "" && c.ConnectionArn == "" {
		return
	}
	if len(c.Services) > 0 {
		const allowed = "none with services, each of which has its own source"
		if c.Repository != "" {
			found.Add(prefix+"repository", c.Repository, allowed)
		}
		if c.ConnectionArn != "" {
			found.Add(prefix+"connectionArn", c.ConnectionArn, allowed)
		}
		return
	}
	service := Service{
		Name: path.Base(c.Repository),
		Source: buildpipeline.SourceSpec{
			Repository: c.Repository, ConnectionArn: pulumi.String(c.ConnectionArn),
		},
	}
	defaults.Set(&service)
	var ofSource, ofName problems.List
	service.Source.Validate(prefix, &ofSource)
	fargateservice.ValidateName("", service.Name, &ofName)
	switch {
	case ofSource.Err() != nil:
		service.Source.Validate(prefix, found)
	case ofName.Err() != nil:
		found.Add(prefix+"repository", c.Repository, "a repository whose name is also valid for a service, such as acme/web; "+
			"otherwise set services, which name their services")
	default:
		c.Services = []Service{service}
	}
}
