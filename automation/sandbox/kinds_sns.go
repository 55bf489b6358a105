package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"

const topicType = "aws:sns/topic:Topic"

// ofTopic returns a reference to a topic. AWS deletes the subscriptions and the policy of a topic with it ("DeleteTopic",
// Amazon SNS API Reference).
func ofTopic(path string) ref {
	return ref{path: path, to: topicType, by: "arn", part: true, absent: "NotFound: Topic does not exist: %s"}
}

var snsKinds = []kind{
	{
		new: sns.NewTopic, name: named(256), fixed: "name",
		refs: []ref{withKey("kmsMasterKeyId")},
		id:   "arn:{partition}:sns:{region}:{account}:{name}", out: outputs{"arn": "arn:{partition}:sns:{region}:{account}:{name}", "owner": "{account}"},
	},
	{
		new:   sns.NewTopicPolicy,
		fixed: "arn", rules: []rule{document("policy")}, refs: []ref{ofTopic("arn")}, id: "{arn}", out: outputs{"owner": "{account}"},
	},
	{
		new: sns.NewTopicSubscription, fixed: "endpoint protocol topic",
		refs: []ref{ofTopic("topic")},
		id:   "{arn}", out: outputs{"arn": "arn:{partition}:sns:{region}:{account}:subscription:{uuid}", "ownerId": "{account}"},
	},
}
