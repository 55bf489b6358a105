package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// send sends a request to handler and returns the status code and the body of the response.
func send(handler http.Handler, method, path, body string) (int, string) {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	return recorder.Code, recorder.Body.String()
}

func TestHandler(t *testing.T) {
	healthy := config{healthStatus: 200}
	unhealthy := config{healthStatus: 500}
	based := config{healthStatus: 200, basePath: "/welcomer"}
	tests := map[string]struct {
		cfg          config
		method, path string
		status       int
		body         string
	}{
		"health":                    {healthy, "GET", "/", 200, "ok\n"},
		"health by HEAD":            {healthy, "HEAD", "/", 200, "ok\n"}, // a real server omits the body
		"unhealthy":                 {unhealthy, "GET", "/", 500, "unhealthy\n"},
		"hello":                     {healthy, "GET", "/hello", 200, "Hello from commit c0ffee.\n"},
		"hello follows the health":  {unhealthy, "GET", "/hello", 500, "unhealthy\n"},
		"version":                   {healthy, "GET", "/version", 200, `{"commit":"c0ffee"}` + "\n"},
		"version while unhealthy":   {unhealthy, "GET", "/version", 200, `{"commit":"c0ffee"}` + "\n"},
		"another path":              {healthy, "GET", "/nothing", 404, "404 page not found\n"},
		"another method":            {healthy, "DELETE", "/version", 405, "Method Not Allowed\n"},
		"no base path":              {healthy, "GET", "/welcomer/hello", 404, "404 page not found\n"},
		"base path, hello":          {based, "GET", "/welcomer/hello", 200, "Hello from commit c0ffee.\n"},
		"base path, version":        {based, "GET", "/welcomer/version", 200, `{"commit":"c0ffee"}` + "\n"},
		"base path itself":          {based, "GET", "/welcomer", 200, "ok\n"},
		"base path with slash":      {based, "GET", "/welcomer/", 200, "ok\n"},
		"base path, another path":   {based, "GET", "/welcomer/nothing", 404, "404 page not found\n"},
		"base path is no substring": {based, "GET", "/welcomers/hello", 404, "404 page not found\n"},
		"root beside the base path": {based, "GET", "/", 200, "ok\n"},
		"base path named as a route": {config{healthStatus: 200, basePath: "/hello"},
			"GET", "/hello/version", 200, `{"commit":"c0ffee"}` + "\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, body := send(newHandler(test.cfg, "c0ffee", slog.New(slog.DiscardHandler)), test.method, test.path, "")
			require.Equal(t, test.status, status)
			require.Equal(t, test.body, body)
		})
	}
}

func TestHealthChanges(t *testing.T) {
	handler := newHandler(config{healthStatus: 200, allowHealthChange: true}, "c0ffee", slog.New(slog.DiscardHandler))
	for _, step := range []struct {
		name, body       string
		status, healthIs int
	}{
		{"down", `{"status":500}`, 204, 500},
		{"a status outside the contract", `{"status":302}`, 400, 500},
		{"a wrong type", `{"status":"200"}`, 400, 500},
		{"no body", ``, 400, 500},
		{"too long", strings.Repeat(" ", maxBody) + `{"status":200}`, 400, 500},
		{"and back", `{"status":200}`, 204, 200},
	} {
		status, _ := send(handler, "POST", "/health", step.body)
		require.Equal(t, step.status, status, step.name)
		health, _ := send(handler, "GET", "/", "")
		require.Equal(t, step.healthIs, health, step.name)
	}
}

// Strangers who reach the load balancer must not be able to make the service unhealthy.
func TestHealthChangeIsOffByDefault(t *testing.T) {
	cfg, err := loadConfig(func(string) string { return "" })
	require.NoError(t, err)
	handler := newHandler(cfg, "c0ffee", slog.New(slog.DiscardHandler))

	status, body := send(handler, "POST", "/health", `{"status":500}`)
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, body, "ALLOW_HEALTH_CHANGE=true")
	health, _ := send(handler, "GET", "/", "")
	require.Equal(t, http.StatusOK, health)
}

func TestRequestLog(t *testing.T) {
	var out bytes.Buffer
	handler := newHandler(config{healthStatus: 500, basePath: "/web"}, "c0ffee", slog.New(slog.NewJSONHandler(&out, nil)))
	send(handler, "GET", "/web/hello", "")

	decoder := json.NewDecoder(&out)
	var line map[string]any
	require.NoError(t, decoder.Decode(&line))
	require.Equal(t, "GET", line["method"])
	require.Equal(t, "/web/hello", line["path"], "the log shows the requested path")
	require.EqualValues(t, 500, line["status"])
	require.ErrorIs(t, decoder.Decode(&line), io.EOF, "one line per request")
}

func TestLoadConfig(t *testing.T) {
	tests := map[string]struct {
		env    map[string]string
		want   config
		faults []string
	}{
		"defaults": {want: config{port: 8080, healthStatus: 200}},
		"all set": {
			env:  map[string]string{"PORT": "5000", "BASE_PATH": "/a/b", "HEALTH_STATUS": "500", "ALLOW_HEALTH_CHANGE": "true"},
			want: config{port: 5000, basePath: "/a/b", healthStatus: 500, allowHealthChange: true},
		},
		"base path is the root": {env: map[string]string{"BASE_PATH": "/"}, want: config{port: 8080, healthStatus: 200}},
		"all wrong": {
			env:    map[string]string{"PORT": "65536", "BASE_PATH": "/web/", "HEALTH_STATUS": "404", "ALLOW_HEALTH_CHANGE": "maybe"},
			faults: []string{`PORT is "65536"`, `BASE_PATH is "/web/"`, `HEALTH_STATUS is "404"`, `ALLOW_HEALTH_CHANGE is "maybe"`},
		},
		"no slash in front": {env: map[string]string{"BASE_PATH": "web"}, faults: []string{`BASE_PATH is "web"`}},
		"a way up":          {env: map[string]string{"BASE_PATH": "/web/.."}, faults: []string{`BASE_PATH is "/web/.."`}},
		"a pattern":         {env: map[string]string{"BASE_PATH": "/{x}"}, faults: []string{`BASE_PATH is "/{x}"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := loadConfig(func(key string) string { return test.env[key] })
			if len(test.faults) == 0 {
				require.NoError(t, err)
				require.Equal(t, test.want, got)
			}
			for _, fault := range test.faults {
				require.ErrorContains(t, err, fault)
			}
		})
	}
}
