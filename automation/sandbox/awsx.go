package sandbox

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"fargate-cd/internal/providers"
)

// awsxVpc is the only component that the sandbox builds.
const awsxVpc = "awsx:ec2:Vpc"

// awsxServer is the stand-in for the provider awsx. It creates the component's children through the SDK of package aws,
// so they work with the sandbox's provider aws and with the real one.
type awsxServer struct {
	pulumirpc.UnimplementedResourceProviderServer
}

// Handshake takes the engine's address and declares the provider's features.
func (s *awsxServer) Handshake(ctx context.Context, req *pulumirpc.ProviderHandshakeRequest,
) (*pulumirpc.ProviderHandshakeResponse, error) {
	sessionOf(ctx).attach(req.GetEngineAddress())
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true}, nil
}

// Attach takes the engine's address.
func (s *awsxServer) Attach(ctx context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	sessionOf(ctx).attach(req.GetAddress())
	return &emptypb.Empty{}, nil
}

// GetPluginInfo returns the version of awsx whose component the sandbox builds.
func (s *awsxServer) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: providers.AWSX}, nil
}

// CheckConfig accepts everything, because the provider has no configuration.
func (s *awsxServer) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig never replaces the provider.
func (s *awsxServer) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure declares the provider's features.
func (s *awsxServer) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true,
		SupportsPreview: true}, nil
}

// Cancel does nothing, because the engine creates the children.
func (s *awsxServer) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Construct builds a component.
func (s *awsxServer) Construct(ctx context.Context, req *pulumirpc.ConstructRequest,
) (*pulumirpc.ConstructResponse, error) {
	if req.GetType() != awsxVpc {
		return nil, status.Errorf(codes.Unimplemented, "the sandbox does not know the component %s; it builds %s. "+
			"Put a pulumi-resource-awsx plugin on PATH and run with --endpoint, or build the component from package aws",
			req.GetType(), awsxVpc)
	}
	engine, err := sessionOf(ctx).dial()
	if err != nil {
		return nil, err
	}
	defer func() { _ = engine.Close() }() // the work is done
	return provider.Construct(ctx, req, engine, func(pctx *pulumi.Context, _, name string,
		inputs provider.ConstructInputs, options pulumi.ResourceOption,
	) (*provider.ConstructResult, error) {
		args, err := readVpcInputs(req, inputs)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", awsxVpc, name, err)
		}
		network, err := newVpc(pctx, name, args, options)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", awsxVpc, name, err)
		}
		return provider.NewConstructResult(network)
	})
}

// attach sets the engine's address.
func (s *session) attach(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine = address
}

// dial connects to the engine.
func (s *session) dial() (*grpc.ClientConn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.engine == "" {
		return nil, status.Error(codes.FailedPrecondition, "the engine has not attached; it must be version 3.200 or newer")
	}
	conn, err := grpc.NewClient(s.engine, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("connecting to the engine at %s: %w", s.engine, err)
	}
	return conn, nil
}
