package program_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/program"
)

func TestCheckDestroy(t *testing.T) {
	service := func(name, to, account string) program.Service {
		return program.Service{Name: name, Release: &buildpipeline.ReleaseSpec{Stack: to, AccountID: account}}
	}
	const both = "the stack prod runs the images of web, and the stack eu in the account 111122223333 runs the images of hello"
	released := []program.Service{service("web", "prod", ""), service("hello", "eu", "111122223333"), {Name: "admin"}}
	passed := service("web", "prod", "")
	passed.Source.Provider = buildpipeline.SourceRelease // another stack has the repository
	for name, test := range map[string]struct {
		config       program.Config
		warning, err string
	}{
		"releases":          {program.Config{Services: released}, "", "destroy would delete images that are in use: " + both + ". To keep the images,"},
		"a demonstration":   {program.Config{Services: released, ForceDestroy: true}, "destroy deletes images that are in use, because of forceDestroy: " + both, ""},
		"retained":          {program.Config{Services: released, RetainRepositories: true, ForceDestroy: true}, "", ""},
		"no receiver":       {program.Config{Services: released[2:]}, "", ""},
		"a release of ours": {program.Config{Services: []program.Service{passed}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			warning, err := test.config.CheckDestroy()
			require.Equal(t, test.warning, warning)
			if test.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.err)
			}
		})
	}
}
