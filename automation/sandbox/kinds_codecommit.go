package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codecommit"

var codecommitKinds = []kind{
	{
		new: codecommit.NewRepository, unique: &unique{"repositoryName", "RepositoryNameExistsException"},
		id: "{repositoryName}",
		out: outputs{"arn": "arn:{partition}:codecommit:{region}:{account}:{repositoryName}", "repositoryId": "{uuid}",
			"cloneUrlHttp": "https://git-codecommit.{region}.amazonaws.com/v1/repos/{repositoryName}",
			"cloneUrlSsh":  "ssh://git-codecommit.{region}.amazonaws.com/v1/repos/{repositoryName}"},
	},
}
