package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicediscovery"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Namespace returns the ARN of the namespace in which services reach each other by Service Connect; nil for none.
func (e *Environment) Namespace() pulumi.StringInput { return e.namespace }

// newNamespace creates the namespace of Service Connect. Of all kinds of namespaces the HTTP namespace makes the fewest
// resources, and is free: the proxies ask ECS for the addresses of tasks, and not DNS ("Amazon ECS Service Connect
// components", Amazon ECS Developer Guide).
func (e *Environment) newNamespace(ctx *pulumi.Context, name string) error {
	namespace, err := servicediscovery.NewHttpNamespace(ctx, name+"-connect", &servicediscovery.HttpNamespaceArgs{
		Description: pulumi.String("Services of " + name + " that reach each other"),
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the namespace of Service Connect: %w", err)
	}
	e.namespace = namespace.Arn
	return nil
}
