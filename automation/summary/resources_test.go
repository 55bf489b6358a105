package summary

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"
)

const (
	webACLKind      = "aws:wafv2/webAcl:WebAcl"
	associationKind = "aws:wafv2/webAclAssociation:WebAclAssociation"
)

// ingress returns the inputs of an ingress rule for one TCP port.
func ingress(network string, port int) inputs {
	return inputs{"cidrIpv4": network, "fromPort": float64(port), "toPort": float64(port), "ipProtocol": "tcp", "securityGroupId": "sg-1"}
}

// A reviewer must see which resources come and go, not only how many.
func TestCreatedAndDeletedResources(t *testing.T) {
	kept := step("aws:s3/bucketV2:BucketV2", "kept", inputs{}, nil)
	kept.Old.RetainOnDelete = true
	for want, given := range map[string]apitype.StepEventMetadata{
		"created: ingress rule `x`: TCP port 8080 from `10.0.0.0/8`":                        step(ingressKind, "x", nil, ingress("10.0.0.0/8", 8080)),
		"deleted: ingress rule `x`: TCP port 8080 from `0.0.0.0/0`":                         step(ingressKind, "x", ingress("0.0.0.0/0", 8080), nil),
		"created: ingress rule `x`: TCP port 8080 from `0.0.0.0/0`, **every IPv4 address**": step(ingressKind, "x", nil, ingress("0.0.0.0/0", 8080)),
		"created: ingress rule `x`: every port from `::/0`, **every IPv6 address**":         step(ingressKind, "x", nil, inputs{"cidrIpv6": "::/0", "ipProtocol": "-1"}),
		"created: ingress rule `x`: UDP ports 1–2 from `sg-2`":                              step(ingressKind, "x", nil, inputs{"referencedSecurityGroupId": "sg-2", "fromPort": 1.0, "toPort": 2.0, "ipProtocol": "udp"}),
		"created: egress rule `x`: TCP port 443":                                            step(egressKind, "x", nil, inputs{"referencedSecurityGroupId": plugin.UnknownStringValue, "fromPort": 443.0, "toPort": 443.0, "ipProtocol": "tcp"}),
		"created: listener rule `x`: `/a/* example.com`":                                    step(ruleKind, "x", nil, inputs{"conditions": []any{inputs{"pathPattern": inputs{"values": []any{"/a/*"}}}, inputs{"hostHeader": inputs{"values": []any{"example.com"}}}}}),
		"created: listener `x`: port 8080":                                                  step(listenerKind, "x", nil, inputs{"port": 8080.0}),
		"deleted: schedule `x`: `rate(1 hour)`":                                             step(scheduleKind, "x", inputs{"scheduleExpression": "rate(1 hour)"}, nil),
		"created: scaling `x`: 1 to 4 tasks":                                                step(scalingKind, "x", nil, inputs{"minCapacity": 1.0, "maxCapacity": 4.0}),
		"created: capacity providers `x`: `FARGATE FARGATE_SPOT`":                           step("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "x", nil, inputs{"capacityProviders": []any{"FARGATE", "FARGATE_SPOT"}}),
		"deleted: web ACL `x`":                                                              step(webACLKind, "x", inputs{}, nil),
		"created: s3.BucketPolicy `x`":                                                      step("aws:s3/bucketPolicy:BucketPolicy", "x", nil, inputs{}),
		"no longer managed: S3 bucket `kept`":                                               kept,
	} {
		t.Run(want, func(t *testing.T) {
			s := summaryOf(t, nil, given)
			require.Equal(t, want, s.Components[0].Resources[0].Text)
			require.Contains(t, s.Markdown(CommentLimit), "**FargateService `web`**: 1 ")
			require.Contains(t, s.Markdown(CommentLimit), "\n  - "+want+"\n")
		})
	}
}

// The list is cut, so what opens a port or inspects traffic comes first.
func TestOrderOfCreatedAndDeletedResources(t *testing.T) {
	steps := []apitype.StepEventMetadata{
		created("aws:a/a:A", "1", inputs{}), created("aws:iam/role:Role", "2", inputs{}), step(webACLKind, "3", inputs{}, nil),
		created(ingressKind, "4", ingress("0.0.0.0/0", 80)),
	}
	text := summaryOf(t, nil, steps...).Markdown(CommentLimit)
	var places []int
	for _, name := range []string{"ingress rule `4`: TCP", "web ACL `3`\n", "role `2`", "a.A `1`"} {
		places = append(places, strings.LastIndex(text, name))
	}
	require.IsIncreasing(t, places)
	require.Positive(t, places[0])
}

// The properties of a component that is new or removed as a whole would be many, but its open ports matter.
func TestNewComponent(t *testing.T) {
	steps := []apitype.StepEventMetadata{
		created(ingressKind, "open", ingress("0.0.0.0/0", 80)), created(webACLKind, "web", inputs{}),
		{Op: apitype.OpCreate, URN: webURN, New: &apitype.StepEventStateMetadata{}},
	}
	prices, err := LoadPrices()
	require.NoError(t, err)
	s := Summarize(Plan{Stack: "test", Steps: steps}, prices)
	require.Empty(t, s.Openings)
	require.Contains(t, s.Markdown(CommentLimit), "\n- **FargateService `web`**, new: 2 created\n"+
		"  - created: ingress rule `open`: TCP port 80 from `0.0.0.0/0`, **every IPv4 address**\n\n")
}

// A port that opens to the internet must stand out, and only if it was not open before.
func TestOpenings(t *testing.T) {
	other := ingress("0.0.0.0/0", 80)
	other["securityGroupId"] = "sg-2"
	replaced := step(ingressKind, "a", ingress("0.0.0.0/0", 80), inputs{
		"cidrIpv4": "0.0.0.0/0", "fromPort": 80.0, "toPort": 80.0, "ipProtocol": "tcp", "securityGroupId": plugin.UnknownStringValue})
	replaced.Op = apitype.OpReplace
	const http = "**Opens TCP port 80 to every IPv4 address** (`0.0.0.0/0`): ingress rule `a`."
	for name, test := range map[string]struct {
		steps []apitype.StepEventMetadata
		want  []string
	}{
		"a new rule":         {[]apitype.StepEventMetadata{created(ingressKind, "a", ingress("0.0.0.0/0", 80))}, []string{http}},
		"a wider rule":       {[]apitype.StepEventMetadata{step(ingressKind, "a", ingress("10.0.0.0/8", 80), ingress("0.0.0.0/0", 80))}, []string{http}},
		"another port":       {[]apitype.StepEventMetadata{step(ingressKind, "a", ingress("0.0.0.0/0", 8080), ingress("0.0.0.0/0", 80))}, []string{http}},
		"another group":      {[]apitype.StepEventMetadata{created(ingressKind, "a", ingress("0.0.0.0/0", 80)), step(ingressKind, "b", other, other)}, []string{http}},
		"IPv6":               {[]apitype.StepEventMetadata{created(ingressKind, "a", inputs{"cidrIpv6": "::/0", "fromPort": 1.0, "toPort": 2.0, "ipProtocol": "tcp"})}, []string{"**Opens TCP ports 1–2 to every IPv6 address** (`::/0`): ingress rule `a`."}},
		"a known network":    {steps: []apitype.StepEventMetadata{created(ingressKind, "a", ingress("10.0.0.0/8", 80))}},
		"a rule that stays":  {steps: []apitype.StepEventMetadata{step(ingressKind, "a", ingress("0.0.0.0/0", 80), ingress("0.0.0.0/0", 80))}},
		"a deleted rule":     {steps: []apitype.StepEventMetadata{step(ingressKind, "a", ingress("0.0.0.0/0", 80), nil)}},
		"an egress rule":     {steps: []apitype.StepEventMetadata{created(egressKind, "a", ingress("0.0.0.0/0", 80))}},
		"open before":        {steps: []apitype.StepEventMetadata{created(ingressKind, "a", ingress("0.0.0.0/0", 80)), step(ingressKind, "b", ingress("0.0.0.0/0", 80), nil)}},
		"in a group that is": {steps: []apitype.StepEventMetadata{replaced}},
	} {
		t.Run(name, func(t *testing.T) {
			s := summaryOf(t, nil, test.steps...)
			require.Equal(t, test.want, s.Openings)
			if len(test.want) > 0 {
				require.Contains(t, s.Markdown(CommentLimit), "> [!CAUTION]\n> - "+test.want[0]+"\n")
				require.Contains(t, s.Headline, "; **read the warnings below**")
			}
		})
	}
}
