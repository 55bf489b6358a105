package ecsapi

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// settings are the keys of the namespace aws that decide which account the
// default provider works in ("Configuration options", Pulumi AWS provider).
type settings struct {
	Region, Profile, AccessKey, SecretKey, Token string
	SharedConfigFiles, SharedCredentialsFiles    []string
	AssumeRole                                   *assumedRole
	AssumeRoleWithWebIdentity                    webIdentity
	Endpoints                                    []map[string]string // a service's signing name to its URL
}

type assumedRole struct {
	RoleArn     string `json:"roleArn"`
	ExternalID  string `json:"externalId"`
	SessionName string `json:"sessionName"`
}

type webIdentity struct {
	RoleArn     string `json:"roleArn"`
	SessionName string `json:"sessionName"`
	Token       string `json:"webIdentityToken"`
	TokenFile   string `json:"webIdentityTokenFile"`
}

// GetIdentityToken returns the token, which may be in a file.
func (w webIdentity) GetIdentityToken() ([]byte, error) {
	if w.Token != "" {
		return []byte(w.Token), nil
	}
	return os.ReadFile(w.TokenFile)
}

// readSettings reads the values themselves: config.Get warns of a value that is
// a secret, which these may well be.
func readSettings(ctx *pulumi.Context) (*settings, error) {
	s := &settings{}
	for key, value := range map[string]*string{
		"region": &s.Region, "profile": &s.Profile, "accessKey": &s.AccessKey, "secretKey": &s.SecretKey, "token": &s.Token,
	} {
		*value, _ = ctx.GetConfig("aws:" + key)
	}
	for key, value := range map[string]any{
		"sharedConfigFiles": &s.SharedConfigFiles, "sharedCredentialsFiles": &s.SharedCredentialsFiles,
		"assumeRole": &s.AssumeRole, "assumeRoleWithWebIdentity": &s.AssumeRoleWithWebIdentity, "endpoints": &s.Endpoints,
	} {
		text, given := ctx.GetConfig("aws:" + key)
		if !given {
			continue
		}
		if err := json.Unmarshal([]byte(text), value); err != nil {
			return nil, fmt.Errorf("reading the configuration aws:%s: %w", key, err)
		}
	}
	return s, nil
}

// endpoint is the configured URL of a service, or the one that it has anyway.
func (s *settings) endpoint(service string, otherwise *string) *string {
	for _, endpoints := range s.Endpoints {
		if url := endpoints[service]; url != "" {
			return aws.String(url)
		}
	}
	return otherwise
}
