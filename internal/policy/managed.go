package policy

import (
	"regexp"

	"fargate-cd/internal/problems"
)

var managedPattern = regexp.MustCompile(`^arn:aws[\w-]*:iam::(\d{12}|aws):policy/([\w+=,.@/-]*/)?[\w+=,.@-]{1,128}$`)

// ValidateManaged checks that arn is the ARN of an AWS managed policy or of a customer managed policy.
func ValidateManaged(key, arn string, found *problems.List) {
	found.Matches(key, arn, managedPattern, "the ARN of a managed policy, such as arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
}
