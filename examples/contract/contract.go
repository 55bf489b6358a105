// Package contract checks a sample application as the world sees it: a process
// that answers HTTP and gets signals. The contract is in package examples.
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

// patience bounds each wait for the application; a busy machine needs some.
const patience = 30 * time.Second

// Env are the environment variables that the checked application must run with.
var Env = []string{"PORT=0", "ALLOW_HEALTH_CHANGE=true"}

// Application is a sample that runs.
type Application struct {
	cmd     *exec.Cmd
	address string
	client  *http.Client
	ended   chan struct{} // closed when cmd has ended
}

// Start runs cmd, whose environment holds Env, and returns once the application
// says that it listens. The test's end kills what is left of it.
func Start(t *testing.T, cmd *exec.Cmd) *Application {
	t.Helper()
	out := &output{port: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = patience
	require.NoError(t, cmd.Start())
	a := &Application{
		cmd: cmd, ended: make(chan struct{}),
		// Every request on a connection of its own: none is held open by the client.
		client: &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}},
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
	case <-time.After(patience):
		require.FailNow(t, "the application does not say that it listens")
	}
	return a
}

// stop ends what still runs. It asks first: buildah, if killed, would leave the
// application behind.
func (a *Application) stop() {
	_ = a.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-a.ended:
	case <-time.After(patience):
		_ = a.cmd.Process.Kill()
	}
}

// RequireAnswers asks every path of the contract; /version must tell commit.
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
		status, answer, err := a.ask(step.method, step.path, step.body)
		require.NoError(t, err, "%s %s", step.method, step.path)
		require.Equal(t, step.status, status, "%s %s", step.method, step.path)
		if step.answer != "" {
			require.Equal(t, step.answer, answer, "%s %s", step.method, step.path)
		}
	}
}

// BasePath is the prefix under which an application with the variable BasePathEnv
// answers as well.
const (
	BasePath    = "/based"
	BasePathEnv = "BASE_PATH=" + BasePath
)

// RequireBasePath asks under BasePath.
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
		status, answer, err := a.ask("GET", path, "")
		require.NoError(t, err, path)
		require.Equal(t, want.status, status, path)
		if want.answer != "" {
			require.Equal(t, want.answer, answer, path)
		}
	}
}

// ask sends one request and returns the answer's status and body.
func (a *Application) ask(method, path, body string) (int, string, error) {
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

// RequireGracefulEnd sends SIGTERM while a request is open. The application must
// take no new ones, finish the open one, and end with exitCode.
func (a *Application) RequireGracefulEnd(t *testing.T, exitCode int) {
	t.Helper()
	const body = `{"status":200}`
	conn, err := net.Dial("tcp", a.address)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))

	// The answer 100 shows that the application has begun to handle the request.
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
		_, _, err := a.ask("GET", "/", "")
		return err != nil
	}, patience, 20*time.Millisecond, "new requests must be turned away after SIGTERM")

	_, err = io.WriteString(conn, body)
	require.NoError(t, err)
	response, err = http.ReadResponse(reader, nil)
	require.NoError(t, err, "the open request must be finished after SIGTERM")
	defer response.Body.Close()
	require.Equal(t, http.StatusNoContent, response.StatusCode)

	select {
	case <-a.ended:
		require.Equal(t, exitCode, a.cmd.ProcessState.ExitCode())
	case <-time.After(patience):
		require.FailNow(t, "the application does not end after its last request")
	}
}

// listening finds the port in the line that every sample logs once it listens.
var listening = regexp.MustCompile(`"msg":"listening".*"port":(\d+)`)

// output keeps what an application prints, and reports the port once it is there.
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

// String returns everything printed so far.
func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}
