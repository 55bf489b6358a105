//go:build acceptance

package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// EndpointVariable is the environment variable with the emulator's URL.
const EndpointVariable = "AWS_ENDPOINT_URL"

// Endpoint is the emulator's URL. All cases use the same emulator.
var Endpoint = os.Getenv(EndpointVariable)

// secondsPerMinute is the duration of a simulated minute of AWS's waiting times, in
// seconds. It is short. If a person must act in time, the configured wait is two days.
const secondsPerMinute = 0.4

// Play makes the emulator simulate what AWS does after a call, such as builds,
// pipelines and deployments.
//
// Play and the functions below use the emulator's own routes. They accept POST requests
// and are not part of AWS's API:
//
//	/lab/play                starts to simulate what AWS does after a call, at a given speed
//	/lab/push                pushes to a repository
//	/lab/failed-invocations  returns the events that were not allowed to start a pipeline
//	/lab/connection-state    sets the status of a connection
//	/lab/scan-findings       sets the findings of ECR in the images of a repository from now on
//	/lab/unhealthy           makes the tasks of a revision or of an image unhealthy from now on
//	/lab/fail                makes calls of an operation fail from now on
//	/lab/latency             makes calls of an operation slow from now on
func Play() error {
	err := post("play", map[string]any{"mode": "run", "secondsPerMinute": secondsPerMinute}, nil)
	if err != nil {
		return fmt.Errorf("the emulator at %s does not simulate what AWS does after a call: %w; "+
			"the suite needs an emulator with the routes in acceptance/internal/lab/emulator.go", Endpoint, err)
	}
	return nil
}

// post sends a request to one of the emulator's own routes, and decodes the response into answer unless answer is nil.
func post(route string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("calling /lab/%s: %w", route, err)
	}
	client := http.Client{Timeout: time.Minute}
	response, err := client.Post(Endpoint+"/lab/"+route, "application/json", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("calling /lab/%s: %w", route, err)
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

// Pushed is the result of a push.
type Pushed struct {
	Commit    string
	Pipelines []struct {
		Pipeline            string
		PipelineExecutionID string `json:"pipelineExecutionId"` // "" if the push did not start the pipeline
		Why                 string // the reason if the push did not start the pipeline
	}
}

// MakeUnhealthy makes the tasks of a revision, such as family:2, fail their health checks.
func MakeUnhealthy(t *testing.T, revision string) {
	t.Helper()
	require.NoError(t, post("unhealthy", map[string]string{"taskDefinition": revision}, nil))
}

// MakeImageUnhealthy makes the tasks of an image fail their health checks.
func MakeImageUnhealthy(t *testing.T, image string) {
	t.Helper()
	require.NoError(t, post("unhealthy", map[string]string{"image": "^" + regexp.QuoteMeta(image) + "$"}, nil))
}

// Delay makes calls of an operation, such as ec2:AuthorizeSecurityGroupEgress, slower
// by a number of seconds. It applies to every caller until it is set to 0.
func Delay(t *testing.T, operation string, seconds float64) {
	t.Helper()
	require.NoError(t, post("latency", map[string]float64{operation: seconds}, nil))
}

// FailNext makes the next call of an operation, such as codedeploy:CreateApplication,
// fail with an AWS error code and an HTTP status, whichever case makes the call.
func FailNext(t *testing.T, operation, code string, status int) {
	t.Helper()
	fault := map[string]any{operation: map[string]any{"count": 1, "code": code, "status": status}}
	require.NoError(t, post("fail", fault, nil))
}
