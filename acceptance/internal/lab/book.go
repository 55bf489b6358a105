//go:build acceptance

package lab

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/stretchr/testify/require"
)

// Book translates the ids that AWS has assigned to a stack into names, so that a
// stack reads the same in every region.
type Book struct {
	VPC string // the id of the VPC of the stack's load balancers

	stack, region string
	names         map[string]string // by id
}

// EmptyBook returns a book that only knows the account, the stack's name and its region.
func EmptyBook(stack, region string) *Book {
	return &Book{stack: stack, region: region, names: map[string]string{Account: "ACCOUNT"}}
}

// NewBook reads the ids of a stack. No other case uses its region, so all load
// balancers in it are the stack's.
func NewBook(t *testing.T, d *Stack) *Book {
	t.Helper()
	b := EmptyBook(d.Name, d.Region)
	balancers := Balancers(t, d)
	b.VPC = VPC(t, d)
	b.Add(t, metricName(balancers[0].LoadBalancerArn), "the balancer")
	counts := map[string]int{}
	for _, s := range Subnets(t, d, b.VPC) {
		counts[s.kind()]++
		b.Add(t, s.ID, fmt.Sprintf("%s-%d", s.kind(), counts[s.kind()]))
	}
	for _, group := range SecurityGroups(t, d, b.VPC) {
		b.Add(t, aws.ToString(group.GroupId), aws.ToString(group.GroupName))
	}
	for _, balancer := range balancers {
		kind := BalancerKind(balancer)
		for _, listener := range Listeners(t, d, balancer) {
			arn, port := aws.ToString(listener.ListenerArn), aws.ToInt32(listener.Port)
			b.Add(t, arn, fmt.Sprintf("%s listener %d", kind, port))
			b.Add(t, strings.Replace(arn, ":listener/", ":listener-rule/", 1), fmt.Sprintf("rules of %s listener %d", kind, port))
		}
	}
	for _, group := range TargetGroups(t, d) {
		b.Add(t, aws.ToString(group.TargetGroupArn), aws.ToString(group.TargetGroupName))
		b.Add(t, metricName(group.TargetGroupArn), "group "+aws.ToString(group.TargetGroupName))
	}
	for _, api := range Ask(t, d.APIGateway.GetApis, &apigatewayv2.GetApisInput{}).Items {
		b.Add(t, aws.ToString(api.ApiId), "the API")
	}
	for _, key := range Keys(t, d) {
		b.Add(t, key.ARN, "key for "+key.Encrypts)
	}
	return b
}

// metricName returns the name of a load balancer or target group in CloudWatch's
// metrics, which is the end of its ARN.
func metricName(arn *string) string {
	if _, name, ok := strings.Cut(aws.ToString(arn), ":loadbalancer/"); ok {
		return name
	}
	return aws.ToString(arn)[strings.LastIndex(aws.ToString(arn), ":")+1:]
}

// Add records the name of an id. Two ids must not have the same name.
func (b *Book) Add(t *testing.T, id, name string) {
	t.Helper()
	name = b.Plain(name)
	for other, taken := range b.names {
		require.False(t, taken == name && other != id, "%s and %s are both %s", other, id, name)
	}
	b.names[id] = name
}

// Plain returns a text with names instead of ids. It replaces longer ids first,
// because an id may be part of another.
func (b *Book) Plain(text string) string {
	ids := make([]string, 0, len(b.names))
	for id := range b.names {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return len(b) - len(a) })
	for _, id := range ids {
		text = strings.ReplaceAll(text, id, b.names[id])
	}
	return strings.NewReplacer(b.stack, "STACK", b.region, "REGION").Replace(WithoutSuffix(text))
}

// Text returns the lines sorted, with names instead of ids. Use it for both sides of a
// comparison: the ARN of an example's connection contains a region, which may be the
// region of the case.
func (b *Book) Text(lines []string) string {
	return strings.Join(b.plainSorted(lines), "\n")
}

// Sorted returns the names of ids, sorted and separated by spaces.
func (b *Book) Sorted(ids []string) string {
	return strings.Join(b.plainSorted(ids), " ")
}

func (b *Book) plainSorted(texts []string) []string {
	var plain []string
	for _, text := range texts {
		plain = append(plain, b.Plain(text))
	}
	slices.Sort(plain)
	return plain
}
