package sandbox

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	poolType           = "aws:cognito/userPool:UserPool"
	poolDomainType     = "aws:cognito/userPoolDomain:UserPoolDomain"
	resourceServerType = "aws:cognito/resourceServer:ResourceServer"
)

var ofPool = ref{path: "userPoolId", to: poolType, by: "id", part: true,
	absent: "ResourceNotFoundException: User pool %s does not exist."}

var cognitoKinds = []kind{
	{
		new: cognito.NewUserPool, name: named(128), fixed: "name usernameAttributes",
		rules: []rule{whole(secondFactor)},
		release: func(_ *account, it item) error {
			if text(it.Props, "deletionProtection") == "ACTIVE" {
				return errors.New("InvalidParameterException: The user pool cannot be deleted because deletion protection " +
					"is activated. Deletion protection must be inactivated first")
			}
			return nil
		},
		id: "{region}_{hex9}",
		out: outputs{"arn": "arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}",
			"endpoint": "cognito-idp.{region}.amazonaws.com/{id}"},
	},
	{
		new: cognito.NewUserPoolClient, name: named(128), fixed: "generateSecret userPoolId", refs: []ref{ofPool},
		rules: []rule{known("allowedOauthFlows[]", "code", "client_credentials"), whole(oauthClient)},
		admit: admitClient,
		id:    "{hex26}",
		mint: func(_ *account, p resource.PropertyMap) outputs {
			if flag(p, "generateSecret") {
				return outputs{"clientSecret": "{hex51}"}
			}
			return nil
		},
	},
	{
		new:   cognito.NewUserPoolDomain,
		fixed: "domain userPoolId", unique: &unique{"domain", "InvalidParameterException: Domain already associated with another user pool"},
		refs: []ref{{path: "userPoolId", to: poolType, by: "id", absent: ofPool.absent,
			holds: "InvalidParameterException: User pool cannot be deleted. It has a domain configured that should be deleted first."}},
		admit: admitDomain, id: "{domain}",
	},
	{
		new: cognito.NewResourceServer, name: named(256), fixed: "identifier name userPoolId",
		unique: &unique{"userPoolId identifier", "InvalidParameterException: A resource server with this identifier"},
		refs:   []ref{ofPool},
		id:     "{userPoolId}|{identifier}",
	},
}

// secondFactor checks that a pool with MFA has a second factor.
func secondFactor(p resource.PropertyMap) []failure {
	mode := text(p, "mfaConfiguration")
	if mode == "" || mode == "OFF" || p.HasValue("softwareTokenMfaConfiguration") {
		return nil
	}
	return []failure{{"mfaConfiguration", fmt.Sprintf("is %q with no second factor: software token MFA configuration is required", mode)}}
}

// oauthClient checks the inputs that OAuth flows require.
func oauthClient(p resource.PropertyMap) []failure {
	var failures []failure
	flows := texts(p, "allowedOauthFlows[]")
	if machine := slices.Contains(flows, "client_credentials"); machine && len(flows) > 1 {
		failures = append(failures, failure{"allowedOauthFlows", "has client_credentials with others: client_credentials flow can " +
			"not be selected along with code flow or implicit flow"})
	} else if machine && !flag(p, "generateSecret") {
		failures = append(failures, failure{"generateSecret", "must be true: client_credentials flow can not be selected if " +
			"client does not have a client secret"})
	}
	if len(flows) > 0 && !p.HasValue("allowedOauthScopes") {
		failures = append(failures, failure{"allowedOauthScopes", "is required with allowedOauthFlows"})
	}
	return failures
}

// admitDomain refuses a second domain for a user pool.
func admitDomain(a *account, p resource.PropertyMap) error {
	other, found, err := a.find(poolDomainType, "userPoolId", text(p, "userPoolId"))
	if err != nil || !found || other.ID == text(p, "domain") {
		return err
	}
	return fmt.Errorf("InvalidParameterException: User pool already has a domain configured: %s", other.ID)
}

// cognitoScopes lists the scopes that need no resource server.
var cognitoScopes = []string{"aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"}

// admitClient refuses scopes that no resource server of the pool defines.
func admitClient(a *account, p resource.PropertyMap) error {
	servers, err := a.all(resourceServerType)
	if err != nil {
		return err
	}
	known := slices.Clone(cognitoScopes)
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
