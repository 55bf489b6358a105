// Command automation tests a pull request in a temporary stack: it brings the stack up, waits until the
// service runs the commit, and destroys the stack.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fargate-cd/automation/stack"
	"fargate-cd/program"
)

//go:embed pull-request.yaml
var stackFile string

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: go run ./examples/automation PULL-REQUEST BRANCH COMMIT")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := stack.Options{Place: stack.AWS, Stack: "pr-" + os.Args[1], Progress: os.Stdout}
	if err := testPullRequest(ctx, o, http.DefaultClient, os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

// testPullRequest tests the commit in a stack that exists only during the test.
func testPullRequest(ctx context.Context, o stack.Options, client *http.Client, branch, commit string) (err error) {
	config := strings.Replace(stackFile, "branch: BRANCH", "branch: "+strconv.Quote(branch), 1)
	o.ConfigFile = filepath.Join(os.TempDir(), "Pulumi."+o.Stack+".yaml")
	if err := os.WriteFile(o.ConfigFile, []byte(config), 0o600); err != nil {
		return err
	}
	defer os.Remove(o.ConfigFile)
	o.Program, o.Validate = program.Run, program.Validate
	s, err := stack.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { // also after an error or an interrupt; the empty stack remains until `pulumi stack rm`
		_, failed := s.Destroy(context.WithoutCancel(ctx))
		err = errors.Join(err, failed, s.Close())
	}()
	up, err := s.Up(ctx) // ends when the first image runs; the pipeline already builds the branch
	if err != nil {
		return err
	}
	urls, _ := up.Outputs["serviceUrls"].(map[string]any)
	return smoke(ctx, client, fmt.Sprint(urls["web"], "version"), commit)
}

// smoke waits until the response of the URL contains the commit, for at most half an hour.
func smoke(ctx context.Context, client *http.Client, url, commit string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Minute, fmt.Errorf("%s does not answer with commit %s", url, commit))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	for ; err == nil && ctx.Err() == nil; time.Sleep(5 * time.Second) {
		if response, failed := client.Do(request); failed == nil {
			body, _ := io.ReadAll(response.Body) // after an error, the part that was read counts
			response.Body.Close()
			if response.StatusCode == http.StatusOK && strings.Contains(string(body), commit) {
				return nil
			}
		}
	}
	return errors.Join(err, context.Cause(ctx))
}
