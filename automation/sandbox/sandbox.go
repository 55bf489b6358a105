// Package sandbox is an embedded stand-in for AWS.  It serves Pulumi providers for the packages aws and awsx
// from inside the process, so that the real engine plans and brings up a stack without an AWS account.
//
// The stand-in checks inputs against the types of the SDK and the limits of AWS, gives ids, ARNs and URLs the
// shape that AWS gives them, keeps what it creates in a directory, and refuses what AWS refuses: references to
// things that do not exist, names taken twice, deletion of things in use.  What it knows of each resource type
// is one row of a table (table_*.go); the mechanics are the same for all rows.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// Options say where a sandbox keeps its account and how it misbehaves.
type Options struct {
	// Dir is the directory that holds the account's resources, one file each.  It is created when missing and
	// survives between runs; several processes may use it at one time.  Required.
	Dir string
	// Faults are the operations to delay or to refuse.
	Faults []Fault
}

// Sandbox is a running stand-in for AWS.
type Sandbox struct {
	store   *store
	servers []served
	stop    func() bool
}

// served is one provider that listens.
type served struct {
	pkg  string
	port int
	grpc *grpc.Server
}

// maxMessage is the size in bytes of the largest message the engine may send, as the engine's own limit.
const maxMessage = 400 << 20

// Start serves the providers aws and awsx on loopback until Close is called or the context ends.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	st, err := openStore(o.Dir)
	if err != nil {
		return nil, err
	}
	faults, err := newFaults(o.Faults)
	if err != nil {
		return nil, err
	}
	return start(ctx, &Sandbox{store: st}, map[string]pulumirpc.ResourceProviderServer{
		"aws": &awsServer{store: st, faults: faults}, "awsx": &awsxServer{}})
}

// StartAwsx serves only the provider awsx, for use beside the real provider aws.
func StartAwsx(ctx context.Context) (*Sandbox, error) {
	return start(ctx, &Sandbox{}, map[string]pulumirpc.ResourceProviderServer{"awsx": &awsxServer{}})
}

func start(ctx context.Context, s *Sandbox, providers map[string]pulumirpc.ResourceProviderServer) (*Sandbox, error) {
	for _, pkg := range tokens(providers) {
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

// DebugProviders returns the value that PULUMI_DEBUG_PROVIDERS must have for the engine to use the sandbox,
// e.g. "aws:40001,awsx:40002".
func (s *Sandbox) DebugProviders() string {
	parts := make([]string, len(s.servers))
	for i, server := range s.servers {
		parts[i] = fmt.Sprintf("%s:%d", server.pkg, server.port)
	}
	return strings.Join(parts, ",")
}

// Resources returns what the account holds, each as its type token and id, in a stable order.
func (s *Sandbox) Resources() ([]string, error) {
	if s.store == nil {
		return nil, nil
	}
	var all []string
	for _, token := range tokens(kinds) {
		items, err := s.store.all(token)
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			all = append(all, it.Type+" "+keyOf(it.Type, it.ID, it.Props))
		}
	}
	sort.Strings(all)
	return all, nil
}

// Close stops the providers.  What the account holds stays in its directory.
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
