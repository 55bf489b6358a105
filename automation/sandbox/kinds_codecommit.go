package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codecommit"

const sourceType = "aws:codecommit/repository:Repository"

var codecommitKinds = []kind{
	{
		new:    codecommit.NewRepository,
		unique: &unique{"repositoryName", "RepositoryNameExistsException"},
		rules: []rule{matches("repositoryName", `[\w.-]{1,100}`, "at most 100 letters, digits, . _ and -"),
			lacks("repositoryName", `\.git$`, "a name that does not end in .git"), longest("description", 1000)},
		id: "{repositoryName}",
		out: outputs{"arn": "arn:{partition}:codecommit:{region}:{account}:{repositoryName}", "repositoryId": "{uuid}",
			"cloneUrlHttp": "https://git-codecommit.{region}.amazonaws.com/v1/repos/{repositoryName}",
			"cloneUrlSsh":  "ssh://git-codecommit.{region}.amazonaws.com/v1/repos/{repositoryName}"},
	},
}
