package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// answers is an HTTP transport that responds in place of the service, which does not run in the sandbox.
type answers func(*http.Request) (status int, body string)

func (a answers) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	status, body := a(request)
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: request}, nil
}

// The example brings the stack up, requests the service's commit, and destroys the stack. The destroyed stack leaves no
// service and no ECR repository.
func TestPullRequest(t *testing.T) {
	state := t.TempDir()
	options := stack.Options{Dir: filepath.Join("..", ".."), Stack: "pr-17", Place: stack.Sandbox, StateDir: state}
	var asked string
	client := &http.Client{Transport: answers(func(request *http.Request) (int, string) {
		asked = request.URL.String()
		require.NotEmpty(t, resources(t, state, "aws-ecs-service-Service"), "the stack exists during the test")
		require.Contains(t, resources(t, state, "aws-codepipeline-pipeline-Pipeline")[0], `"feature/login"`)
		return http.StatusOK, `{"commit":"` + commit + `"}`
	})}
	require.NoError(t, testPullRequest(t.Context(), options, client, "feature/login", commit))
	require.Regexp(t, `^http://pr-17-alb.*/version$`, asked)
	require.Empty(t, resources(t, state, "aws-ecs-service-Service"))
	require.Empty(t, resources(t, state, "aws-ecr-repository-Repository"))
	require.NoFileExists(t, filepath.Join(os.TempDir(), "Pulumi.pr-17.yaml"))
}

// resources returns the sandbox's resources of a type, as JSON.
func resources(t *testing.T, state, kind string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "account", kind+".*.json"))
	require.NoError(t, err)
	var all []string
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		all = append(all, string(content))
	}
	return all
}

func TestSmoke(t *testing.T) {
	for name, test := range map[string]struct {
		answers answers
		timeout time.Duration // of the caller's context; 0 for none
		takes   time.Duration
		want    string
	}{
		"the commit": {answers: func(*http.Request) (int, string) { return 200, commit }},
		"an old commit": {
			answers: func(*http.Request) (int, string) { return 200, "first image" },
			takes:   30 * time.Minute, want: "http://pr/version does not answer with commit " + commit,
		},
		"an error with the commit": {
			answers: func(*http.Request) (int, string) { return 500, commit },
			takes:   30 * time.Minute, want: "does not answer with commit",
		},
		"an interrupt": {
			answers: func(*http.Request) (int, string) { return 503, "" },
			timeout: time.Minute, takes: time.Minute, want: "deadline exceeded",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, start := t.Context(), time.Now()
				if test.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.timeout)
					defer cancel()
				}
				err := smoke(ctx, &http.Client{Transport: test.answers}, "http://pr/version", commit)
				require.InDelta(t, test.takes, time.Since(start), float64(5*time.Second), "the pause between two requests")
				if test.want == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, test.want)
			})
		})
	}
}

// The example stays short enough to read in one go.
func TestLength(t *testing.T) {
	content, err := os.ReadFile("main.go")
	require.NoError(t, err)
	require.Less(t, strings.Count(string(content), "\n"), 80)
}
