package sandbox

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAttachedPolicies(t *testing.T) {
	d := newDesk(t)
	attached := props{"role": "web", "policyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
	_, _, err := d.try(attachmentType, "web", attached)
	require.ErrorContains(t, err, "NoSuchEntity: The role with name web cannot be found.")
	id, state := d.create(roleType, "web", props{"name": "web", "assumeRolePolicy": trust})
	d.create(attachmentType, "web", attached)
	require.ErrorContains(t, d.delete(roleType, "web", id, state), "DeleteConflict: Cannot delete entity, must detach all policies first.")
}
