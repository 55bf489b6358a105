package awsapi

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// settings holds the keys of the namespace aws that determine the account and region of
// the default provider ("Configuration options", Pulumi AWS provider).
type settings struct {
	Region, Profile, AccessKey, SecretKey, Token string
	SharedConfigFiles, SharedCredentialsFiles    []string
	AssumeRole                                   *assumedRole
	AssumeRoleWithWebIdentity                    webIdentity
	Endpoints                                    []map[string]string // maps a service's signing name to its URL
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

// GetIdentityToken returns the token, or reads it from the token file.
func (w webIdentity) GetIdentityToken() ([]byte, error) {
	if w.Token != "" {
		return []byte(w.Token), nil
	}
	return os.ReadFile(w.TokenFile)
}

// readSettings reads the settings from the stack's configuration. It does not use
// config.Get, which warns about secret values.
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

// endpoint returns the configured URL of a service, or the given default.
func (s *settings) endpoint(service string, fallback *string) *string {
	for _, endpoints := range s.Endpoints {
		if url := endpoints[service]; url != "" {
			return aws.String(url)
		}
	}
	return fallback
}
