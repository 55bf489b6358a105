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

// maxBody is far more than {"status":500} needs, in bytes.
const maxBody = 1 << 10

// app holds what the handlers share.
type app struct {
	commit            string
	allowHealthChange bool
	health            atomic.Int32 // the status that health checks get
}

// validHealth reports whether the health can be set to status.
func validHealth(status int) bool {
	return status == http.StatusOK || status == http.StatusInternalServerError
}

// newHandler returns the routes, at the root and once more under cfg.basePath.
// The root stays because the balancer's health check asks the task directly.
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

// withoutBasePath hides the prefix base from next: /web/hello arrives as /hello.
// Unlike http.StripPrefix it passes other paths on, and /web itself arrives as /
// without a redirect, which a health check would not take for healthy.
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

// answerHealth is for the balancer's health check.
func (a *app) answerHealth(w http.ResponseWriter, _ *http.Request) {
	a.writeHealth(w, "ok\n")
}

// hello greets while the app is healthy. It follows the health because S1's
// balancer checks this path.
func (a *app) hello(w http.ResponseWriter, _ *http.Request) {
	a.writeHealth(w, fmt.Sprintf("Hello from commit %s.\n", a.commit))
}

// writeHealth answers with body, or with the status the app was told to have.
func (a *app) writeHealth(w http.ResponseWriter, body string) {
	status := int(a.health.Load())
	if status != http.StatusOK {
		http.Error(w, "unhealthy, as told", status)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, body) // an error means that the client has gone
}

// version tells which commit is running.
func (a *app) version(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"commit": a.commit})
}

// changeHealth sets what health checks get from this one task.
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

// logRequests writes one line per request.
func logRequests(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		log.Info("request", "method", r.Method, "path", r.URL.Path,
			"status", recorder.status, "milliseconds", time.Since(start).Milliseconds())
	})
}

// statusRecorder remembers the status that a handler sent.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}
