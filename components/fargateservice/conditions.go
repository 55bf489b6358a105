package fargateservice

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/problems"
)

// ConditionsSpec holds the conditions that a request must meet in addition to pathPatterns, so that the load balancer
// forwards it to the service.
type ConditionsSpec struct {
	// HostHeaders are host names, such as api.example.com or *.example.com; a request must match one of them. All
	// conditions of the rule together, including pathPatterns, have at most five values.
	HostHeaders []string `json:"hostHeaders"`
	// HttpHeaders are conditions on headers; a request must match all of them.
	HttpHeaders []HttpHeaderSpec `json:"httpHeaders"`
	// QueryStrings are conditions on query parameters; a request must match one of them.
	QueryStrings []QueryStringSpec `json:"queryStrings"`
}

// HttpHeaderSpec is a condition on a header of a request.
type HttpHeaderSpec struct {
	// HttpHeaderName is the name of the header, which is not case-sensitive. Required.
	HttpHeaderName string `json:"httpHeaderName"`
	// Values are values of the header; the header must match one of them. * and ? are wildcards. Required.
	Values []string `json:"values"`
}

// QueryStringSpec is a condition on the query of a request.
type QueryStringSpec struct {
	// Key is the name of the parameter; * and ? are wildcards. By default any parameter can have the value.
	Key string `json:"key"`
	// Value is the value of the parameter; * and ? are wildcards. Required.
	Value string `json:"value"`
}

// maxConditionValues is the quota of both "Condition Values per Rule" and "Condition Wildcards per Rule", which AWS does
// not raise ("Quotas for your Application Load Balancers", User Guide for Application Load Balancers).
const maxConditionValues = 5

// Patterns of condition values ("Condition types for listener rules", User Guide for Application Load Balancers). A host
// name has only letters after its last dot (HostHeaderConditionConfig, Elastic Load Balancing API Reference).
var (
	hostPattern        = regexp.MustCompile(`^[A-Za-z0-9.*?-]*\.[A-Za-z]+$`)
	headerNamePattern  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$")
	headerValuePattern = regexp.MustCompile(`^[ -~]{1,128}$`)
	queryPattern       = regexp.MustCompile(`^[!-~]{1,128}$`)
)

// validateConditions checks the conditions of the service's rule, except the syntax of its path patterns.
func (s *Spec) validateConditions(prefix string, found *problems.List) {
	for i, host := range s.HostHeaders {
		if !hostPattern.MatchString(host) || len(host) > maxPatternLength {
			found.Add(prefix+problems.Indexed("hostHeaders", i), host,
				"a host name of up to %d letters, digits, hyphens and dots, such as api.example.com; * and ? are wildcards before the last dot, and only letters follow it", maxPatternLength)
		}
	}
	for i := range s.HttpHeaders {
		s.HttpHeaders[i].validate(prefix+problems.Indexed("httpHeaders", i)+".", found)
	}
	for i, query := range s.QueryStrings {
		key := prefix + problems.Indexed("queryStrings", i) + "."
		if query.Key != "" {
			found.Matches(key+"key", query.Key, queryPattern, "up to 128 ASCII characters without spaces")
		}
		if query.Value == "" {
			found.Missing(key+"value", "the value of the parameter, or * for any value")
			continue
		}
		found.Matches(key+"value", query.Value, queryPattern, "up to 128 ASCII characters without spaces")
	}
	if n := len(s.PathPatterns) + len(s.Texts()); s.HasConditions() && n > maxConditionValues {
		found.Add(prefix+"pathPatterns", s.PathPatterns, "%d values or fewer in pathPatterns, hostHeaders, httpHeaders and queryStrings together, "+
			"not %d: a listener rule allows no more", maxConditionValues, n)
	}
	wildcards := 0
	for _, text := range slices.Concat(s.PathPatterns, s.HostHeaders, s.headerValues(), s.queryTexts()) {
		wildcards += len(text) - len(withoutWildcards(text))
	}
	if wildcards > maxConditionValues {
		found.Add(prefix+"pathPatterns", s.PathPatterns, "%d wildcards (* and ?) or fewer in all conditions of the service together, "+
			"not %d: a listener rule allows no more", maxConditionValues, wildcards)
	}
	if s.Priority == nil && s.HasConditions() && s.literals() > maxLiterals {
		found.Missing(prefix+"priority", fmt.Sprintf("the conditions have %d characters, and a computed priority allows %d: set one from 1 to 50000 "+
			"that no service has, lower than that of services with fewer conditions", s.literals(), maxLiterals))
	}
}

// ValidateHosts reports host names for which the load balancers of an environment have no certificate. The certificate
// that an environment requests is for its domain name only.
func (s *Spec) ValidateHosts(prefix string, env *environment.Spec, found *problems.List) {
	if env.DomainName == "" || problems.Given(env.CertificateArn) {
		return
	}
	validate := func(key string, hosts []string) {
		for i, host := range hosts {
			if !strings.EqualFold(host, env.DomainName) {
				found.Add(problems.Indexed(key, i), host,
					"%s, the only name in the certificate of the stack; for other names set certificateArn", env.DomainName)
			}
		}
	}
	validate(prefix+"hostHeaders", s.HostHeaders)
	for _, route := range s.AdditionalRoutes("") {
		validate(prefix+route.Key+"hostHeaders", route.HostHeaders)
	}
}

func (h *HttpHeaderSpec) validate(prefix string, found *problems.List) {
	switch {
	case h.HttpHeaderName == "":
		found.Missing(prefix+"httpHeaderName", "the name of the header")
	case strings.EqualFold(h.HttpHeaderName, "host"): // AWS refuses this name
		found.Add(prefix+"httpHeaderName", h.HttpHeaderName, "another header; use hostHeaders for the host")
	default:
		found.Matches(prefix+"httpHeaderName", h.HttpHeaderName, headerNamePattern, "the name of a header, of up to 40 characters")
	}
	if len(h.Values) == 0 {
		found.Missing(prefix+"values", "the values of the header, or * for any value")
	}
	for i, value := range h.Values {
		found.Matches(prefix+problems.Indexed("values", i), value, headerValuePattern, "1 to 128 printable ASCII characters")
	}
}

// HasConditions reports whether the service has a condition in addition to its path patterns.
func (s *ConditionsSpec) HasConditions() bool {
	return len(s.HostHeaders)+len(s.HttpHeaders)+len(s.QueryStrings) > 0
}

// Host returns the first host name without wildcards, or "" if there is none.
func (s *ConditionsSpec) Host() string {
	for _, host := range s.HostHeaders {
		if withoutWildcards(host) == host {
			return host
		}
	}
	return ""
}

// Texts returns the conditions as readable texts, one for each value.
func (s *ConditionsSpec) Texts() []string {
	texts := slices.Clone(s.HostHeaders)
	for _, header := range s.HttpHeaders {
		for _, value := range header.Values {
			texts = append(texts, header.HttpHeaderName+": "+value)
		}
	}
	for _, query := range s.QueryStrings {
		texts = append(texts, "?"+query.text())
	}
	return texts
}

func (q QueryStringSpec) text() string {
	if q.Key == "" {
		return q.Value
	}
	return q.Key + "=" + q.Value
}

// Condition returns a canonical text of the rule's conditions. It is the same for two services whose rules match the
// same requests.
func (s *Spec) Condition() string {
	set := func(values []string) []string {
		return slices.Compact(slices.Sorted(slices.Values(values)))
	}
	var headers, queries []string
	for _, header := range s.HttpHeaders {
		headers = append(headers, fmt.Sprintf("%q: %q", strings.ToLower(header.HttpHeaderName), set(lower(header.Values))))
	}
	for _, query := range s.QueryStrings {
		queries = append(queries, strings.ToLower(fmt.Sprintf("%q", query)))
	}
	return fmt.Sprintf("%q %q %q %q", set(s.PathPatterns), set(lower(s.HostHeaders)), set(headers), set(queries))
}

func (s *ConditionsSpec) headerValues() []string {
	var values []string
	for _, header := range s.HttpHeaders {
		values = append(values, header.Values...)
	}
	return values
}

func (s *ConditionsSpec) queryTexts() []string {
	var texts []string
	for _, query := range s.QueryStrings {
		texts = append(texts, query.Key+query.Value)
	}
	return texts
}

// ruleConditions returns the conditions of the service's listener rules.
func (s *Spec) ruleConditions() lb.ListenerRuleConditionArray {
	conditions := lb.ListenerRuleConditionArray{lb.ListenerRuleConditionArgs{
		PathPattern: lb.ListenerRuleConditionPathPatternArgs{Values: pulumi.ToStringArray(s.PathPatterns)},
	}}
	if len(s.HostHeaders) > 0 {
		conditions = append(conditions, lb.ListenerRuleConditionArgs{
			HostHeader: lb.ListenerRuleConditionHostHeaderArgs{Values: pulumi.ToStringArray(s.HostHeaders)},
		})
	}
	for _, header := range s.HttpHeaders {
		conditions = append(conditions, lb.ListenerRuleConditionArgs{
			HttpHeader: lb.ListenerRuleConditionHttpHeaderArgs{
				HttpHeaderName: pulumi.String(header.HttpHeaderName), Values: pulumi.ToStringArray(header.Values),
			},
		})
	}
	var queries lb.ListenerRuleConditionQueryStringArray
	for _, query := range s.QueryStrings {
		each := lb.ListenerRuleConditionQueryStringArgs{Value: pulumi.String(query.Value)}
		if query.Key != "" {
			each.Key = pulumi.String(query.Key)
		}
		queries = append(queries, each)
	}
	if len(queries) > 0 {
		conditions = append(conditions, lb.ListenerRuleConditionArgs{QueryStrings: queries})
	}
	return conditions
}
