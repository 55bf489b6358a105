//go:build acceptance

package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// secondsPerMinute is how long a minute of AWS's own waiting lasts: short, but
// long enough for a person's part in a deployment (60 minutes) to be played.
const secondsPerMinute = 0.4

// emulator is the emulator's own interface, beside AWS's API: POST requests
// under /lab by which tests play the world around AWS.
//
//	/lab/play       from now on what AWS does by itself happens, at a given speed
//	/lab/push       someone pushes to a repository
//	/lab/unhealthy  tasks of certain revisions fail from now on
//	/lab/fail       calls of certain operations fail from now on
var emulator routes

type routes struct{}

// play makes the emulator act by itself, as AWS does.
func (routes) play() error {
	err := emulator.post("play", map[string]any{"mode": "run", "secondsPerMinute": secondsPerMinute}, nil)
	if err != nil {
		return fmt.Errorf("the emulator at %s does not play what AWS does by itself: %w; "+
			"the suite needs one with the routes that acceptance/emulator_test.go names", endpoint, err)
	}
	return nil
}

// post sends a request to one of the emulator's own routes; answer, unless nil, gets what it says.
func (routes) post(route string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("asking for /lab/%s: %w", route, err)
	}
	client := http.Client{Timeout: time.Minute}
	response, err := client.Post(endpoint+"/lab/"+route, "application/json", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("asking for /lab/%s: %w", route, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("reading the answer of /lab/%s: %w", route, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("/lab/%s answered %s: %s", route, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("reading the answer of /lab/%s, %s: %w", route, text, err)
	}
	return nil
}

// push is a push to the branch main of a repository.
type push struct {
	Region     string            `json:"region"`
	Repository string            `json:"repository"`
	Files      map[string]string `json:"files"` // path to content: all that the branch has then
}

// pushed is what came of a push.
type pushed struct {
	Commit    string
	Pipelines []struct {
		Pipeline            string
		PipelineExecutionID string `json:"pipelineExecutionId"`
		Why                 string // it did not start
	}
}

// push pushes, which must be possible, whether or not a pipeline takes notice.
func (routes) push(t *testing.T, p push) pushed {
	t.Helper()
	var answer pushed
	require.NoError(t, emulator.post("push", p, &answer))
	return answer
}

// unhealthy makes the tasks of a revision, such as family:2, fail their health checks.
func (routes) unhealthy(t *testing.T, revision string) {
	t.Helper()
	require.NoError(t, emulator.post("unhealthy", map[string]string{"taskDefinition": revision}, nil))
}

// unhealthyImage makes the tasks of an image fail their health checks.
func (routes) unhealthyImage(t *testing.T, image string) {
	t.Helper()
	require.NoError(t, emulator.post("unhealthy", map[string]string{"image": "^" + regexp.QuoteMeta(image) + "$"}, nil))
}

// delay makes calls of an operation, such as ec2:AuthorizeSecurityGroupEgress, take so many seconds longer.
func (routes) delay(t *testing.T, operation string, seconds float64) {
	t.Helper()
	require.NoError(t, emulator.post("latency", map[string]float64{operation: seconds}, nil))
}

// fail makes the next call of an operation, such as codedeploy:CreateApplication, fail
// with an error of AWS, whoever makes it.
func (routes) fail(t *testing.T, operation, code string, status int) {
	t.Helper()
	fault := map[string]any{operation: map[string]any{"count": 1, "code": code, "status": status}}
	require.NoError(t, emulator.post("fail", fault, nil))
}
