//go:build acceptance

package lab

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// MakeSecret creates a secret in AWS Secrets Manager, as a user would, and returns its ARN.
// The end of the test deletes it.
func (d *Stack) MakeSecret(name, value string) (arn string) {
	d.t.Helper()
	secret := Ask(d.t, d.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value}).ARN
	askAtEnd(d.t, d.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: secret, ForceDeleteWithoutRecovery: aws.Bool(true)})
	return *secret
}
