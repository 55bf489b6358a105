// Command app is the sample web server of the stacks test, prod, S0, S1 and S4.
//
// Its contract, shared with the other samples, is in the documentation of
// package examples. It also answers everything under the path prefix BASE_PATH,
// because a balancer's rule for /web/* forwards the path unchanged, and it
// greets on /hello.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

const (
	// shutdownTimeout leaves five of the 30 seconds that ECS waits by default
	// between SIGTERM and SIGKILL.
	shutdownTimeout = 25 * time.Second

	// idleTimeout is longer than the balancer's 60 seconds: if the server closed
	// an idle connection first, the balancer could send a request into it and
	// answer 502.
	idleTimeout = 75 * time.Second
)

// commit is set by the linker: -ldflags "-X main.commit=...".
var commit = "unknown"

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	if err := run(log); err != nil {
		log.Error("stopped", "error", err.Error())
		os.Exit(1)
	}
}

// run serves until SIGTERM or SIGINT arrives.
func run(log *slog.Logger) error {
	cfg, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// With the handler gone, a second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	return serve(ctx, cfg, log)
}

// serve answers requests until ctx ends, then finishes those that are open.
func serve(ctx context.Context, cfg config, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", ":"+strconv.Itoa(cfg.port))
	if err != nil {
		return fmt.Errorf("listening on port %d: %w", cfg.port, err)
	}
	server := &http.Server{
		Handler:           newHandler(cfg, commit, log),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("listening", "port", listener.Addr().(*net.TCPAddr).Port, "commit", commit)

	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping", "timeout", shutdownTimeout.String())
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return fmt.Errorf("requests still open %s after the signal: %w", shutdownTimeout, err)
	}
	return nil
}

// config is what the environment variables say.
type config struct {
	port              int    // PORT; 0 lets the system choose
	basePath          string // BASE_PATH; empty or like /web
	healthStatus      int    // HEALTH_STATUS; 200 or 500
	allowHealthChange bool   // ALLOW_HEALTH_CHANGE
}

// basePathPattern admits only what needs no escaping in a URL.
var basePathPattern = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// loadConfig reads the environment through getenv and reports all faults at once.
func loadConfig(getenv func(string) string) (config, error) {
	cfg := config{port: 8080, healthStatus: http.StatusOK}
	var faults []error
	if value := getenv("PORT"); value != "" {
		port, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			faults = append(faults, fmt.Errorf("PORT is %q: set a number from 0 to 65535", value))
		}
		cfg.port = int(port)
	}
	if value := getenv("BASE_PATH"); value != "" && value != "/" {
		if !basePathPattern.MatchString(value) || path.Clean(value) != value {
			faults = append(faults, fmt.Errorf("BASE_PATH is %q: set a path such as /web, without a slash at its end", value))
		}
		cfg.basePath = value
	}
	if value := getenv("HEALTH_STATUS"); value != "" {
		status, err := strconv.Atoi(value)
		if err != nil || !validHealth(status) {
			faults = append(faults, fmt.Errorf("HEALTH_STATUS is %q: set 200 or 500", value))
		}
		cfg.healthStatus = status
	}
	if value := getenv("ALLOW_HEALTH_CHANGE"); value != "" {
		allow, err := strconv.ParseBool(value)
		if err != nil {
			faults = append(faults, fmt.Errorf("ALLOW_HEALTH_CHANGE is %q: set true or false", value))
		}
		cfg.allowHealthChange = allow
	}
	return cfg, errors.Join(faults...)
}
