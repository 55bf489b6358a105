package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicediscovery"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Namespace returns the ARN of the Service Connect namespace; nil for none.
func (e *Environment) Namespace() pulumi.StringInput { return e.namespace }

// newNamespace creates the Service Connect namespace. An HTTP namespace creates the fewest resources of all kinds of
// namespaces, and is free: the proxies get the addresses of tasks from ECS, not from DNS ("Amazon ECS Service Connect
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
