//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/stretchr/testify/require"
)

// stackTag is the tag that tells whose a resource is.
const stackTag = "pulumi:stack"

// seenRoles tells every right of every role of the stack, one action on one
// resource a line, and who may take the role.
func seenRoles(t *testing.T, d *deployed, _ *book) []string {
	var lines []string
	for _, role := range roles(t, d) {
		name := aws.ToString(role.RoleName)
		for _, s := range statements(t, aws.ToString(role.AssumeRolePolicyDocument)) {
			for _, who := range slices.Sorted(maps.Keys(s.principals())) {
				lines = append(lines, fmt.Sprintf("%s is taken by %s%s", name, who, s.when()))
			}
		}
		attached := ask(t, d.iam.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: role.RoleName})
		for _, policy := range attached.AttachedPolicies {
			lines = append(lines, fmt.Sprintf("%s has the policy %s", name, aws.ToString(policy.PolicyArn)))
		}
		inline := ask(t, d.iam.ListRolePolicies, &iam.ListRolePoliciesInput{RoleName: role.RoleName})
		for _, policy := range inline.PolicyNames {
			document := ask(t, d.iam.GetRolePolicy, &iam.GetRolePolicyInput{RoleName: role.RoleName, PolicyName: &policy}).PolicyDocument
			for _, s := range statements(t, aws.ToString(document)) {
				lines = append(lines, s.rights(name)...)
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines) // the same right given twice is the same right
}

// roles are the stack's, by their tag: IAM's roles belong to no region. One call
// tells of all with their tags; asking for each role's would be most of what a
// case asks for.
func roles(t *testing.T, d *deployed) []types.RoleDetail {
	t.Helper()
	var found []types.RoleDetail
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(d.iam, &iam.GetAccountAuthorizationDetailsInput{
		Filter: []types.EntityType{types.EntityTypeRole},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, role := range page.RoleDetailList {
			for _, tag := range role.Tags {
				if *tag.Key == stackTag && *tag.Value == d.name {
					found = append(found, role)
				}
			}
		}
	}
	return found
}

// statement is one of an IAM policy, whose lists may be single texts.
type statement struct {
	Effect    string
	Principal any
	Action    any
	NotAction any
	Resource  any
	Condition map[string]map[string]any
}

// statements of a policy document, which IAM gives percent-encoded.
func statements(t *testing.T, document string) []statement {
	t.Helper()
	text, err := url.QueryUnescape(strings.ReplaceAll(document, "+", "%2B"))
	require.NoError(t, err)
	var policy struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(text), &policy), "policy %s", text)
	return policy.Statement
}

// rights of a role by a statement. A statement of another form than the program
// has use for is told as it is, and so differs from what is expected.
func (s statement) rights(role string) []string {
	if s.Effect != "Allow" || s.NotAction != nil {
		return []string{fmt.Sprintf("%s has the statement %+v", role, s)}
	}
	var lines []string
	for _, action := range list(s.Action) {
		for _, resource := range list(s.Resource) {
			lines = append(lines, fmt.Sprintf("%s may %s on %s%s", role, action, resource, s.when()))
		}
	}
	return lines
}

// principals are those that a trust policy names.
func (s statement) principals() map[string]bool {
	found := map[string]bool{}
	kinds, ok := s.Principal.(map[string]any)
	if !ok {
		return map[string]bool{fmt.Sprint(s.Principal): true}
	}
	for _, names := range kinds {
		for _, name := range list(names) {
			found[name] = true
		}
	}
	return found
}

// when is the condition of a statement, with a word before it.
func (s statement) when() string {
	var tests []string
	for operator, keys := range s.Condition {
		for key, values := range keys {
			tests = append(tests, fmt.Sprintf("%s %s %s", key, operator, strings.Join(list(values), " or ")))
		}
	}
	if len(tests) == 0 {
		return ""
	}
	slices.Sort(tests)
	return " when " + strings.Join(tests, " and ")
}

// list is a text or a list of texts.
func list(value any) []string {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		var texts []string
		for _, each := range value {
			texts = append(texts, fmt.Sprint(each))
		}
		return texts
	default:
		return []string{fmt.Sprint(value)}
	}
}
