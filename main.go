// Command fargate-cd is the program that the Pulumi CLI runs. It creates continuous
// delivery for containers on AWS Fargate from the stack's configuration.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/program"
)

func main() {
	pulumi.Run(program.Run)
}
