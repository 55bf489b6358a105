package summary

import (
	"fmt"
	"strings"
)

// maxConditions is the maximum number of conditions of a rule. A rule has at most five condition values, and each
// condition has at least one of them ("Quotas for your Application Load Balancers", User Guide for Application Load
// Balancers).
const maxConditions = 5

// conditions returns the conditions of a listener rule except its path patterns, in the format of
// fargateservice.ConditionsSpec.Texts.
func conditions(rule values) string {
	var out []string
	for i := range maxConditions {
		at := fmt.Sprintf("conditions[%d].", i)
		out = append(out, rule.list(at+"hostHeader.values")...)
		for _, value := range rule.list(at + "httpHeader.values") {
			out = append(out, rule[at+"httpHeader.httpHeaderName"]+": "+value)
		}
		for j := range maxConditions {
			query := fmt.Sprintf("%squeryStrings[%d].", at, j)
			if value := rule[query+"value"]; value != "" {
				out = append(out, "?"+strings.TrimPrefix(rule[query+"key"]+"="+value, "="))
			}
		}
	}
	return strings.Join(out, " ")
}
