package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// accountID is the number of the sandbox's AWS account.
const accountID = "123456789012"

// mark is part of every EC2 id and UUID that the sandbox generates. The sandbox requires that an id with the mark
// exists. It accepts without a check an EC2 id or UUID without the mark, alone or at the end of an ARN, and an ARN of
// another account: such an id names an existing resource of the user, such as a VPC.
const mark = "5a9db0"

var placeholder = regexp.MustCompile(`\{(\w+?)(\d*)\}`)

// expand replaces the placeholders of a template:
//
//	{region} {account} {partition}  the values of the account
//	{ec2}                           the random part of an EC2 id, with the mark
//	{uuid}                          a UUID with the mark
//	{hex10}                         ten random hexadecimal digits; any other number is allowed
//	{name}                          the value of the input or output name
//
// An output that another template uses is set immediately, so that all uses have the same value.
func (a *account) expand(template string, p resource.PropertyMap, out outputs) string {
	return placeholder.ReplaceAllStringFunc(template, func(found string) string {
		name := found[1 : len(found)-1]
		switch parts := placeholder.FindStringSubmatch(found); {
		case name == "region":
			return a.region
		case name == "account":
			return accountID
		case name == "partition":
			return partition(a.region)
		case name == "ec2":
			return "0" + mark + randomHex(10)
		case name == "uuid":
			h := mark + randomHex(26)
			return strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:32]}, "-")
		case parts[1] == "hex":
			n, _ := strconv.Atoi(parts[2]) // the pattern allows only digits
			return randomHex(n)
		}
		if given := text(p, name); given != "" {
			return given
		}
		template, _ := out[name].(string)
		value := a.expand(template, p, out)
		p[resource.PropertyKey(name)] = resource.NewProperty(value)
		return value
	})
}

// randomHex returns n hexadecimal digits.
func randomHex(n int) string {
	b := make([]byte, (n+1)/2)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)[:n]
}

// partition returns the AWS partition of a region.
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

// idForm matches an EC2 id, such as subnet-0123456789abcdef0, or a UUID.
var idForm = regexp.MustCompile(`^[a-z]+-[0-9a-f]{8,17}$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// foreign reports whether an id or ARN names an existing resource of the user, which the sandbox did not create. A name
// is never foreign.
func foreign(given string) bool {
	if strings.Contains(given, mark) {
		return false
	}
	if parts := strings.SplitN(given, ":", 6); len(parts) == 6 {
		return parts[4] != accountID || idForm.MatchString(lastPart(given))
	}
	return idForm.MatchString(given)
}

// lastPart returns the text after the last slash, such as the name in a cluster's ARN.
func lastPart(s string) string { return s[strings.LastIndex(s, "/")+1:] }

// serviceOf returns the service in an ARN, or "".
func serviceOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 4); len(parts) == 4 {
		return parts[2]
	}
	return ""
}
