package sandbox

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codestarconnections"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const connectionType = "aws:codestarconnections/connection:Connection"

var codestarconnectionsKinds = []kind{
	{
		new:  codestarconnections.NewConnection,
		name: named(32), fixed: "name providerType", unique: &unique{"name", "ResourceAlreadyExistsException"},
		id: "{arn}",
		// In AWS, a person must authorize the connection. In the sandbox, it stays pending.
		out: outputs{"arn": "arn:{partition}:codestar-connections:{region}:{account}:connection/{uuid}", "connectionStatus": "PENDING"},
	},
}

// connectionByArn returns a connection of the account.
func connectionByArn(a *account, p resource.PropertyMap) (outputs, error) {
	arn := text(p, "arn")
	it, found, err := a.find(connectionType, "arn", arn)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("ResourceNotFoundException: Connection not found: %s", arn)
	}
	out := outputs{"id": it.ID, "tags": map[string]any{}}
	for _, name := range []string{"arn", "connectionStatus", "hostArn", "name", "providerType"} {
		out[name] = text(it.Props, name)
	}
	return out, nil
}
