package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"

const repositoryType = "aws:ecr/repository:Repository"

// ofRepository is the reference of a policy to its repository, which AWS deletes with it.
var ofRepository = ref{path: "repository", to: repositoryType, by: "name", part: true,
	absent: "RepositoryNotFoundException: The repository with name '%s' does not exist"}

var ecrKinds = []kind{
	{
		new:  ecr.NewRepository,
		name: &naming{property: "name", max: 256, lower: true}, fixed: "name",
		unique: &unique{"name", "RepositoryAlreadyExistsException"},
		id:     "{name}",
		out: outputs{"arn": "arn:{partition}:ecr:{region}:{account}:repository/{name}", "registryId": "{account}",
			"repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}"},
	},
	{
		new: ecr.NewLifecyclePolicy, fixed: "policy repository", rules: []rule{document("policy")},
		refs: []ref{ofRepository},
		id:   "{repository}", out: outputs{"registryId": "{account}"},
	},
	{
		new: ecr.NewRepositoryPolicy, fixed: "repository", rules: []rule{document("policy")},
		refs: []ref{ofRepository},
		id:   "{repository}", out: outputs{"registryId": "{account}"},
	},
	{
		new: ecr.NewPullThroughCacheRule, fixed: "ecrRepositoryPrefix upstreamRegistryUrl",
		unique: &unique{"ecrRepositoryPrefix", "PullThroughCacheRuleAlreadyExistsException"},
		id:     "{ecrRepositoryPrefix}", out: outputs{"registryId": "{account}"},
	},
}
