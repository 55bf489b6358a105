// Command app is the sample web server of the stacks test, prod, S0, S1 and S4.
//
// The documentation of package examples describes the contract that all samples share.
// This sample also returns a greeting on /hello. It serves all paths under the prefix
// BASE_PATH too, because a load balancer's rule for /web/* forwards the path unchanged.
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
	// shutdownTimeout is five seconds less than the 30 seconds that ECS waits by
	// default between SIGTERM and SIGKILL.
	shutdownTimeout = 25 * time.Second

	// idleTimeout is longer than the load balancer's 60 seconds. If the server closed
	// an idle connection first, the load balancer could still send a request on it and
	// return 502.
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
	// After the first signal, a second one ends the process immediately.
	context.AfterFunc(ctx, stop)
	return serve(ctx, cfg, log)
}

// serve handles requests until ctx ends, then finishes the open requests.
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

// config holds the settings from the environment variables.
type config struct {
	port              int    // PORT; with 0 the operating system chooses a port
	basePath          string // BASE_PATH; empty or like /web
	healthStatus      int    // HEALTH_STATUS; 200 or 500
	allowHealthChange bool   // ALLOW_HEALTH_CHANGE
}

// basePathPattern matches paths of characters that need no escaping in a URL.
var basePathPattern = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// loadConfig reads the settings with getenv. The error lists all problems.
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
