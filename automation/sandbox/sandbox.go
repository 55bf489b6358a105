// Package sandbox is an embedded stand-in for AWS. It serves the Pulumi providers aws and awsx from inside the process,
// so that the real engine previews and updates a stack without an AWS account.
//
// The stand-in checks inputs against the types of the SDK. Its ids, ARNs and URLs have the same form as AWS's. It keeps
// the resources in a directory. Like AWS, it refuses references to resources that do not exist, duplicate names, and the
// deletion of resources in use. It knows only the types and values that the program registers.
//
// Each resource type is described by one row, of type kind. The rows of aws:ecs/… are in kinds_ecs.go, and so on. To
// add a row, copy one whose id and references are similar; for another service, add its rows to init in kind.go. The
// tests check that the paths in a row exist in the SDK.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// Options configure a sandbox.
type Options struct {
	// Dir is the directory that holds the account's resources, one file each. Start creates it. It survives between
	// runs, and several processes may use it at the same time. Required.
	Dir string
	// State is the path of the engine's state of the stack that uses the sandbox. Recover and Settle make the account
	// consistent with this state. By default, they do nothing.
	State string
	// Faults lists delays and errors of operations.
	Faults []Fault
	// LatencyScale delays the creation of resources and the start of tasks by the time that AWS takes, multiplied by
	// this factor. 0 is no latency.
	LatencyScale float64
}

// Sandbox is a running stand-in for AWS.
type Sandbox struct {
	store   *store
	latency *latency
	servers []served
	stop    func() bool
}

// served is a running provider with its port.
type served struct {
	pkg  string
	port int
	grpc *grpc.Server
}

// maxMessage is the engine's limit for the size of a message, in bytes.
const maxMessage = 400 << 20

// Start serves the providers aws and awsx on the loopback interface until Close or the end of the context. It returns an
// error when Dir cannot be created, or a fault or the latency scale is invalid.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	st, err := openStore(o.Dir)
	if err != nil {
		return nil, err
	}
	latency, err := newLatency(o.LatencyScale)
	if err != nil {
		return nil, err
	}
	if o.State != "" {
		stack := strings.TrimSuffix(filepath.Base(o.State), filepath.Ext(o.State))
		st.journal = &journal{path: filepath.Join(o.Dir, "."+stack+".journal"), state: o.State}
	}
	faults, err := newFaults(append(latency.faults(), o.Faults...))
	if err != nil {
		return nil, err
	}
	return start(ctx, &Sandbox{store: st, latency: latency}, map[string]pulumirpc.ResourceProviderServer{
		"aws": &awsServer{store: st, faults: faults, latency: latency}, "awsx": &awsxServer{}})
}

// StartAwsx serves only the provider awsx, for use with the real provider aws.
func StartAwsx(ctx context.Context) (*Sandbox, error) {
	return start(ctx, &Sandbox{}, map[string]pulumirpc.ResourceProviderServer{"awsx": &awsxServer{}})
}

func start(ctx context.Context, s *Sandbox, providers map[string]pulumirpc.ResourceProviderServer) (*Sandbox, error) {
	for _, pkg := range sorted(providers) {
		var listen net.ListenConfig
		listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("sandbox: listening for provider %s: %w", pkg, err), s.Close())
		}
		server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.StatsHandler(connections{}))
		pulumirpc.RegisterResourceProviderServer(server, providers[pkg])
		s.servers = append(s.servers, served{pkg, listener.Addr().(*net.TCPAddr).Port, server})
		go func() { _ = server.Serve(listener) }() // ends when Close stops the server
	}
	s.stop = context.AfterFunc(ctx, s.halt)
	return s, nil
}

// DebugProviders returns the value of PULUMI_DEBUG_PROVIDERS that makes the engine use the sandbox, e.g.
// "aws:40001,awsx:40002".
func (s *Sandbox) DebugProviders() string {
	parts := make([]string, len(s.servers))
	for i, server := range s.servers {
		parts[i] = fmt.Sprintf("%s:%d", server.pkg, server.port)
	}
	return strings.Join(parts, ",")
}

// Settle ends a command of the engine. It undoes the changes that a killed engine did not record, so that the account
// is consistent with the state. It returns an error when the account or the state cannot be read or written.
func (s *Sandbox) Settle() error {
	if s.store == nil || s.store.journal == nil {
		return nil
	}
	return s.store.exclusive(func() error { return s.store.journal.end(s.store) })
}

// Recover does the same as Settle for a killed command of another process, and returns the number of resources that it
// changed. The engine must not be running on the stack.
func (s *Sandbox) Recover() (undone int, err error) {
	if s.store == nil || s.store.journal == nil {
		return 0, nil
	}
	err = s.store.exclusive(func() error {
		undone, err = s.store.journal.undo(s.store)
		return err
	})
	return undone, err
}

// Close stops the providers. The account's resources stay in its directory.
func (s *Sandbox) Close() error {
	if s.stop != nil {
		s.stop()
	}
	s.halt()
	return nil
}

func (s *Sandbox) halt() {
	for _, server := range s.servers {
		server.grpc.Stop()
	}
}
