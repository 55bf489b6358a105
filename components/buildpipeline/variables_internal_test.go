package buildpipeline

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParameterNames(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:ssm:r:1:parameter/url": "url", "arn:aws:ssm:r:1:parameter/ci/url": "/ci/url", "arn:aws:secretsmanager:r:1:secret:x-AbCdEf": "",
	} {
		name, ok := parameterName(arn)
		require.Equal(t, want != "", ok)
		if ok {
			require.Equal(t, want, name)
		}
	}
}
