package summary

import (
	"fmt"
	"strings"
)

// mostConditions is the maximum number of a rule's conditions: each has at least one of its five values ("Quotas for your
// Application Load Balancers", User Guide for Application Load Balancers).
const mostConditions = 5

// conditions are the conditions of a listener rule apart from its path patterns, in the words of the stack file.
func conditions(rule values) string {
	var out []string
	for i := range mostConditions {
		at := fmt.Sprintf("conditions[%d].", i)
		out = append(out, rule.list(at+"hostHeader.values")...)
		for _, value := range rule.list(at + "httpHeader.values") {
			out = append(out, rule[at+"httpHeader.httpHeaderName"]+": "+value)
		}
		for j := range mostConditions {
			query := fmt.Sprintf("%squeryStrings[%d].", at, j)
			if value := rule[query+"value"]; value != "" {
				out = append(out, "?"+strings.TrimPrefix(rule[query+"key"]+"="+value, "="))
			}
		}
	}
	return strings.Join(out, " ")
}
