package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicediscovery"

const namespaceType = "aws:servicediscovery/httpNamespace:HttpNamespace"

var servicediscoveryKinds = []kind{
	{
		new:  servicediscovery.NewHttpNamespace,
		name: named(1024), fixed: "description name", unique: &unique{"name", "NamespaceAlreadyExists"},
		id:  "ns-{ec2}",
		out: outputs{"arn": "arn:{partition}:servicediscovery:{region}:{account}:namespace/{id}", "httpName": "{name}"},
	},
}
