//go:build acceptance

package lab

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// MakeWebACL creates a web ACL, as a user would, and returns its ARN. The end of the test deletes it.
func (d *Stack) MakeWebACL(name string) (arn string) {
	d.t.Helper()
	acl := Ask(d.t, d.WAF.CreateWebACL, &wafv2.CreateWebACLInput{
		Name: &name, Scope: waftypes.ScopeRegional, DefaultAction: &waftypes.DefaultAction{Allow: &waftypes.AllowAction{}},
		VisibilityConfig: &waftypes.VisibilityConfig{MetricName: aws.String("own")},
	}).Summary
	askAtEnd(d.t, d.WAF.DeleteWebACL, &wafv2.DeleteWebACLInput{Id: acl.Id, Name: acl.Name, LockToken: acl.LockToken, Scope: waftypes.ScopeRegional})
	return *acl.ARN
}

// WebACL returns the web ACL of a load balancer.
func WebACL(t *testing.T, d *Stack, balancer types.LoadBalancer) *waftypes.WebACL {
	t.Helper()
	return Ask(t, d.WAF.GetWebACLForResource, &wafv2.GetWebACLForResourceInput{ResourceArn: balancer.LoadBalancerArn}).WebACL
}
