// Package contract checks a sample application from outside: it starts the application
// as a process and sends it HTTP requests and signals. The documentation of package
// examples describes the contract.
package contract

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// timeout limits each wait for the application. It is long enough for a busy machine.
const timeout = 30 * time.Second

// Env lists the environment variables with which the checked application must run.
var Env = []string{"PORT=0", "ALLOW_HEALTH_CHANGE=true"}

// Application is a running sample.
type Application struct {
	cmd     *exec.Cmd
	address string
	client  *http.Client
	ended   chan struct{} // closed when cmd has ended
}

// Start runs cmd, whose environment must include Env. It returns once the application
// logs that it listens. When the test ends, Start stops the application.
func Start(t *testing.T, cmd *exec.Cmd) *Application {
	t.Helper()
	out := &output{port: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = timeout
	require.NoError(t, cmd.Start())
	a := &Application{
		cmd: cmd, ended: make(chan struct{}),
		// Each request uses a new connection, so that the client keeps no connection open.
		client: &http.Client{Timeout: timeout, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	go func() {
		_ = cmd.Wait() // the exit code is in cmd.ProcessState
		close(a.ended)
	}()
	t.Cleanup(func() {
		a.stop()
		if t.Failed() {
			t.Logf("output of %s:\n%s", cmd, out)
		}
	})
	select {
	case port := <-out.port:
		a.address = net.JoinHostPort("127.0.0.1", port)
	case <-a.ended:
		require.FailNow(t, "the application ended before it listened", "%s", cmd.ProcessState)
	case <-time.After(timeout):
		require.FailNow(t, "the application does not log that it listens")
	}
	return a
}

// stop ends the application if it still runs. It sends SIGTERM first, because a killed
// buildah would leave the application running.
func (a *Application) stop() {
	_ = a.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-a.ended:
	case <-time.After(timeout):
		_ = a.cmd.Process.Kill()
	}
}

// RequireAnswers requires the responses of the contract on every path. /version must
// return commit.
func (a *Application) RequireAnswers(t *testing.T, commit string) {
	t.Helper()
	for _, step := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"GET", "/", "", 200, "ok\n"},
		{"GET", "/version", "", 200, fmt.Sprintf("{%q:%q}\n", "commit", commit)},
		{"GET", "/nothing/here", "", 404, ""},
		{"POST", "/health", `{"status":500}`, 204, ""},
		{"GET", "/", "", 500, ""},
		{"POST", "/health", `{"status":200}`, 204, ""},
		{"GET", "/", "", 200, "ok\n"},
	} {
		status, answer, err := a.send(step.method, step.path, step.body)
		require.NoError(t, err, "%s %s", step.method, step.path)
		require.Equal(t, step.status, status, "%s %s", step.method, step.path)
		if step.answer != "" {
			require.Equal(t, step.answer, answer, "%s %s", step.method, step.path)
		}
	}
}

// BasePath is the prefix under which an application also serves its paths if it runs
// with the environment variable BasePathEnv.
const (
	BasePath    = "/based"
	BasePathEnv = "BASE_PATH=" + BasePath
)

// RequireBasePath requires the responses of the contract under BasePath.
func (a *Application) RequireBasePath(t *testing.T, commit string) {
	t.Helper()
	for path, want := range map[string]struct {
		status int
		answer string
	}{
		BasePath:              {200, "ok\n"},
		BasePath + "/":        {200, "ok\n"},
		BasePath + "/version": {200, fmt.Sprintf("{%q:%q}\n", "commit", commit)},
		BasePath + "s":        {404, ""},
	} {
		status, answer, err := a.send("GET", path, "")
		require.NoError(t, err, path)
		require.Equal(t, want.status, status, path)
		if want.answer != "" {
			require.Equal(t, want.answer, answer, path)
		}
	}
}

// send sends a request and returns the status code and the body of the response.
func (a *Application) send(method, path, body string) (int, string, error) {
	request, err := http.NewRequest(method, "http://"+a.address+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	response, err := a.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

// RequireGracefulEnd sends SIGTERM while a request is open. The application must accept
// no new requests, finish the open request, and end with exitCode.
func (a *Application) RequireGracefulEnd(t *testing.T, exitCode int) {
	t.Helper()
	const body = `{"status":200}`
	conn, err := net.Dial("tcp", a.address)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(timeout)))

	// The response 100 Continue shows that the application has begun to handle the request.
	_, err = fmt.Fprintf(conn, "POST /health HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		a.address, len(body))
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusContinue, response.StatusCode)

	require.NoError(t, a.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool {
		_, _, err := a.send("GET", "/", "")
		return err != nil
	}, timeout, 20*time.Millisecond, "new requests must be refused after SIGTERM")

	_, err = io.WriteString(conn, body)
	require.NoError(t, err)
	response, err = http.ReadResponse(reader, nil)
	require.NoError(t, err, "the open request must be finished after SIGTERM")
	defer response.Body.Close()
	require.Equal(t, http.StatusNoContent, response.StatusCode)

	select {
	case <-a.ended:
		require.Equal(t, exitCode, a.cmd.ProcessState.ExitCode())
	case <-time.After(timeout):
		require.FailNow(t, "the application does not end after its last request")
	}
}

// listening matches the line that every sample logs once it listens, and captures the port.
var listening = regexp.MustCompile(`"msg":"listening".*"port":(\d+)`)

// output records the output of an application, and sends the port once it is logged.
type output struct {
	mutex sync.Mutex
	text  strings.Builder
	found bool
	port  chan string
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.text.Write(p)
	if match := listening.FindStringSubmatch(o.text.String()); match != nil && !o.found {
		o.found = true
		o.port <- match[1]
	}
	return len(p), nil
}

// String returns the output so far.
func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}
