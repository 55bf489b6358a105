package program

import (
	"fmt"
	"strings"

	"fargate-cd/components/buildpipeline"
)

// CheckDestroy reports the other stacks that run images of a stack that is about to be destroyed. It returns an error
// if the repositories are protected for this reason, and a warning if they are deleted nevertheless. Both are empty if
// the repositories are retained, or if no stack receives releases.
//
// The receivers come from the configuration, so the check needs no access to AWS and includes receivers in other
// accounts. Pulumi itself refuses to delete a protected repository in every command, but cannot name the receivers.
func (c *Config) CheckDestroy() (warning string, err error) {
	var receivers []string
	for i := range c.Services {
		service := &c.Services[i]
		if service.Release == nil || service.Source.Provider == buildpipeline.SourceRelease {
			continue
		}
		receiver := fmt.Sprintf("the stack %s runs the images of %s", service.Release.Stack, service.Name)
		if account := service.Release.AccountID; account != "" {
			receiver = fmt.Sprintf("the stack %s in the account %s runs the images of %s", service.Release.Stack, account, service.Name)
		}
		receivers = append(receivers, receiver)
	}
	who := strings.Join(receivers, ", and ")
	switch {
	case len(receivers) == 0 || c.RetainRepositories:
		return "", nil
	case c.ForceDestroy:
		return "destroy deletes images that are in use, because of forceDestroy: " + who, nil
	default:
		return "", fmt.Errorf("destroy would delete images that are in use: %s. To keep the images, set retainRepositories and run up. "+
			"If nobody needs them any more, remove release and run up. Then run destroy again", who)
	}
}
