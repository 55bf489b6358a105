package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody is the maximum length of a request body, in bytes. {"status":500} needs far less.
const maxBody = 1 << 10

// app holds the state that the handlers share.
type app struct {
	commit            string
	allowHealthChange bool
	health            atomic.Int32 // the status code of the response to a health check
}

// validHealth reports whether the health can be set to status.
func validHealth(status int) bool {
	return status == http.StatusOK || status == http.StatusInternalServerError
}

// newHandler returns a handler with the routes at the root and under cfg.basePath. The
// root is needed even with a base path, for the load balancer's health check.
func newHandler(cfg config, commit string, log *slog.Logger) http.Handler {
	a := &app{commit: commit, allowHealthChange: cfg.allowHealthChange}
	a.health.Store(int32(cfg.healthStatus))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.answerHealth)
	mux.HandleFunc("GET /hello", a.hello)
	mux.HandleFunc("GET /version", a.version)
	mux.HandleFunc("POST /health", a.changeHealth)
	return logRequests(withoutBasePath(mux, cfg.basePath), log)
}

// withoutBasePath removes the prefix base from paths before it calls next: /web/hello
// becomes /hello. Unlike http.StripPrefix it also accepts other paths, and it handles
// /web as / without a redirect, because a health check treats a redirect as unhealthy.
func withoutBasePath(next http.Handler, base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, found := strings.CutPrefix(r.URL.Path, base)
		if base != "" && found && (rest == "" || rest[0] == '/') {
			r = r.Clone(r.Context())
			r.URL.Path, r.URL.RawPath = "/"+strings.TrimPrefix(rest, "/"), ""
		}
		next.ServeHTTP(w, r)
	})
}

// answerHealth responds to the load balancer's health check.
func (a *app) answerHealth(w http.ResponseWriter, _ *http.Request) {
	a.writeHealth(w, "ok\n")
}

// hello returns a greeting while the app is healthy, and otherwise the health's status
// code, because the load balancer of S1 checks this path.
func (a *app) hello(w http.ResponseWriter, _ *http.Request) {
	a.writeHealth(w, fmt.Sprintf("Hello from commit %s.\n", a.commit))
}

// writeHealth responds with body, or with the health's status code if it is not 200.
func (a *app) writeHealth(w http.ResponseWriter, body string) {
	status := int(a.health.Load())
	if status != http.StatusOK {
		http.Error(w, "unhealthy", status)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, body) // an error means that the client has disconnected
}

// version returns the running commit.
func (a *app) version(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"commit": a.commit})
}

// changeHealth sets the status code of the health check, for this task only.
func (a *app) changeHealth(w http.ResponseWriter, r *http.Request) {
	if !a.allowHealthChange {
		http.Error(w, "changing the health is off: start the app with ALLOW_HEALTH_CHANGE=true", http.StatusForbidden)
		return
	}
	var wanted struct {
		Status int `json:"status"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&wanted)
	if err != nil || !validHealth(wanted.Status) {
		http.Error(w, `send {"status":200} or {"status":500}`, http.StatusBadRequest)
		return
	}
	a.health.Store(int32(wanted.Status))
	w.WriteHeader(http.StatusNoContent)
}

// logRequests logs one line per request.
func logRequests(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		log.Info("request", "method", r.Method, "path", r.URL.Path,
			"status", recorder.status, "milliseconds", time.Since(start).Milliseconds())
	})
}

// statusRecorder records the status code that a handler sends.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}
