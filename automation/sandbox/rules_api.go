package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// secondFactor checks that MFA has a way to ask for the second factor.
func secondFactor(p resource.PropertyMap) []failure {
	mode := text(p, "mfaConfiguration")
	if mode == "" || mode == "OFF" || flag(p, "softwareTokenMfaConfiguration.enabled") ||
		p.HasValue("smsConfiguration") || p.HasValue("emailMfaConfiguration") {
		return nil
	}
	return []failure{{"mfaConfiguration", fmt.Sprintf("is %q with no second factor: SMS configuration, e-mail "+
		"configuration or software token MFA configuration is required", mode)}}
}

// oauthClient checks what OAuth flows need.
func oauthClient(p resource.PropertyMap) []failure {
	var faults []failure
	flows := texts(p, "allowedOauthFlows[]")
	for _, flow := range flows {
		if flow == "client_credentials" && len(flows) > 1 {
			faults = append(faults, failure{"allowedOauthFlows", "has client_credentials with others: client_credentials flow can " +
				"not be selected along with code flow or implicit flow"})
		}
		if flow == "client_credentials" && !flag(p, "generateSecret") {
			faults = append(faults, failure{"generateSecret", "must be true: client_credentials flow can not be selected if " +
				"client does not have a client secret"})
		}
		if flow != "client_credentials" && flag(p, "allowedOauthFlowsUserPoolClient") && !p.HasValue("callbackUrls") {
			faults = append(faults, failure{"callbackUrls", fmt.Sprintf("is required with the flow %q", flow)})
		}
	}
	if len(flows) > 0 && flag(p, "allowedOauthFlowsUserPoolClient") && !p.HasValue("allowedOauthScopes") {
		faults = append(faults, failure{"allowedOauthScopes", "is required with allowedOauthFlows"})
	}
	return faults
}

var domainForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// domainPrefix checks a domain that Cognito hosts.
func domainPrefix(p resource.PropertyMap) []failure {
	domain := text(p, "domain")
	if domain == "" || p.HasValue("certificateArn") {
		return nil
	}
	if !domainForm.MatchString(domain) {
		return []failure{{"domain", fmt.Sprintf("is %q; allowed is at most 63 lower-case letters, digits and hyphens, "+
			"with no hyphen at either end", domain)}}
	}
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(domain, word) {
			return []failure{{"domain", fmt.Sprintf("is %q; allowed is a prefix that does not contain %q", domain, word)}}
		}
	}
	return nil
}

// admitDomain refuses a second domain for a user pool.
func admitDomain(a *account, p resource.PropertyMap) error {
	domains, err := a.all(poolDomainType)
	if err != nil {
		return err
	}
	for _, it := range domains {
		if text(it.Props, "userPoolId") == text(p, "userPoolId") && text(it.Props, "domain") != text(p, "domain") {
			return fmt.Errorf("InvalidParameterException: User pool already has a domain configured: %s", text(it.Props, "domain"))
		}
	}
	return nil
}

// ownScopes are Cognito's own, which need no resource server.
var ownScopes = []string{"aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"}

// admitClient refuses scopes that no resource server of the pool has.
func admitClient(a *account, p resource.PropertyMap) error {
	servers, err := a.all(resourceServerType)
	if err != nil {
		return err
	}
	known := slices.Clone(ownScopes)
	for _, it := range servers {
		if text(it.Props, "userPoolId") == text(p, "userPoolId") {
			for _, scope := range texts(it.Props, "scopes[].scopeName") {
				known = append(known, text(it.Props, "identifier")+"/"+scope)
			}
		}
	}
	for _, scope := range texts(p, "allowedOauthScopes[]") {
		if !slices.Contains(known, scope) {
			return fmt.Errorf("ScopeDoesNotExistException: Custom scope %s does not exist", scope)
		}
	}
	return nil
}

// jwtAuthorizer checks what API Gateway needs to verify a token.
func jwtAuthorizer(p resource.PropertyMap) []failure {
	if text(p, "authorizerType") != "JWT" {
		return nil
	}
	var faults []failure
	for _, path := range []string{"identitySources", "jwtConfiguration"} {
		if !p.HasValue(resource.PropertyKey(path)) {
			faults = append(faults, failure{path, "is required for a JWT authorizer"})
		}
	}
	if v, ok := p["jwtConfiguration"]; ok && v.IsObject() {
		for _, name := range []string{"issuer", "audiences"} {
			if !v.ObjectValue().HasValue(resource.PropertyKey(name)) {
				faults = append(faults, failure{"jwtConfiguration." + name, "is required for a JWT authorizer"})
			}
		}
	}
	return append(faults, matches("jwtConfiguration.issuer", `https://\S+`, "an https URL").apply(p)...)
}

// jwtRoute checks that a protected route says who protects it.
func jwtRoute(p resource.PropertyMap) []failure {
	kind := text(p, "authorizationType")
	if (kind == "JWT" || kind == "CUSTOM") && !p.HasValue("authorizerId") {
		return []failure{{"authorizerId", fmt.Sprintf("is required with authorizationType %q", kind)}}
	}
	return nil
}

// privateIntegration checks that a private integration goes through a VPC link to a listener, and a public one
// to a URL.
func privateIntegration(p resource.PropertyMap) []failure {
	var faults []failure
	uri := text(p, "integrationUri")
	private := text(p, "connectionType") == "VPC_LINK"
	if private && !p.HasValue("connectionId") {
		faults = append(faults, failure{"connectionId", "is required with connectionType VPC_LINK"})
	}
	if private && uri != "" && !strings.HasPrefix(uri, "arn:") {
		faults = append(faults, failure{"integrationUri", fmt.Sprintf("is %q; allowed with VPC_LINK is the ARN of a listener "+
			"or of a Cloud Map service", uri)})
	}
	if !private && text(p, "integrationType") == "HTTP_PROXY" && uri != "" && !strings.HasPrefix(uri, "http") {
		faults = append(faults, failure{"integrationUri", fmt.Sprintf("is %q; allowed for HTTP_PROXY without a VPC link is a URL", uri)})
	}
	if text(p, "integrationType") == "HTTP_PROXY" && !p.HasValue("integrationMethod") {
		faults = append(faults, failure{"integrationMethod", "is required for HTTP_PROXY"})
	}
	return faults
}

// serviceOf returns the service of an ARN.
func serviceOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 4); len(parts) == 4 {
		return parts[2]
	}
	return ""
}

// admitIntegration refuses a private integration with a listener that does not exist.
func admitIntegration(a *account, p resource.PropertyMap) error {
	uri, ok := value(p, "integrationUri")
	if !ok || serviceOf(text(p, "integrationUri")) != "elasticloadbalancing" {
		return nil
	}
	return a.follow(ref{to: listenerType, by: "arn", absent: "BadRequestException: Invalid listener ARN: %s"}, uri)
}
