package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// AccountID is the number of the AWS account that the sandbox plays.
const AccountID = "123456789012"

// Mark begins the hexadecimal part of every VPC, subnet, security group, connection and key that the sandbox
// creates.  An id that carries it must exist; one that does not is the user's own network or connection,
// which the sandbox cannot know and takes on trust.
const Mark = "5a9db0"

// randomHex returns n hexadecimal digits.
func randomHex(n int) string {
	b := make([]byte, (n+1)/2)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)[:n]
}

// ec2ID returns an id as EC2 gives it, e.g. vpc-05a9db0c0ffee1234.
func ec2ID(prefix string) string { return prefix + "-0" + Mark + randomHex(10) }

// uuid returns a UUID that begins with the sandbox's mark.
func uuid() string {
	h := Mark + randomHex(26)
	return strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:32]}, "-")
}

// shortID returns ten characters as API Gateway's ids have them.
func shortID() string { return randomHex(10) }

// partition returns the AWS partition that a region belongs to.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// arn returns the ARN of a regional resource.
func (a *account) arn(service, rest string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partition(a.region), service, a.region, AccountID, rest)
}

// globalArn returns the ARN of a resource whose ARN has no region, such as a role.
func (a *account) globalArn(service, rest string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", partition(a.region), service, AccountID, rest)
}

// foreign tells whether an id or ARN belongs to something the sandbox did not create: an ARN of another
// account, or an id without the mark.  A name is never foreign: what has no id is looked up.
func foreign(given string) bool {
	if strings.Contains(given, Mark) {
		return false
	}
	if parts := strings.SplitN(given, ":", 6); len(parts) == 6 {
		return parts[4] != AccountID || markedServices[parts[2]]
	}
	return idForm.MatchString(given)
}

// idForm is an id of EC2, such as subnet-0123456789abcdef0, or a UUID.
var idForm = regexp.MustCompile(`^[a-z]+-[0-9a-f]{8,17}$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// markedServices are the services whose ARNs end in an id that carries the mark when it is the sandbox's.
var markedServices = map[string]bool{"codestar-connections": true, "codeconnections": true, "kms": true}

// upper returns n characters as IAM's unique ids have them.
func upper(n int) string { return strings.ToUpper(randomHex(n)) }

// tenDigits returns a number as load balancers have it in their DNS names.
func tenDigits() int64 {
	n, err := strconv.ParseInt(randomHex(8), 16, 64)
	if err != nil {
		return 1_000_000_000 // cannot happen: the digits are hexadecimal
	}
	return 1_000_000_000 + n%9_000_000_000
}

// childArn returns the ARN of a listener or rule, made from its parent's as ELB does.
func childArn(a *account, p resource.PropertyMap, parent, class string) string {
	above := text(p, parent)
	if i := strings.Index(above, "/"); i >= 0 {
		above = above[i+1:]
	}
	return a.arn("elasticloadbalancing", class+"/"+above+"/"+Mark+randomHex(10))
}
