package sandbox

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"fargate-cd/internal/providers"
)

// awsServer is the stand-in for the provider aws.
type awsServer struct {
	pulumirpc.UnimplementedResourceProviderServer
	store   *store
	faults  *faults
	latency *latency
}

// Handshake declares no features. Without support for secrets, the engine passes plain values, and it marks results as
// secret if their inputs are secret.
func (s *awsServer) Handshake(context.Context, *pulumirpc.ProviderHandshakeRequest,
) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{}, nil
}

// Attach accepts an engine that did not start the provider itself.
func (s *awsServer) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// GetPluginInfo returns the version of the SDK whose types the rows use.
func (s *awsServer) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: providers.AWS}, nil
}

// Cancel ends the delays of faults, so that an interrupted run stops at once.
func (s *awsServer) Cancel(ctx context.Context, _ *emptypb.Empty) (*emptypb.Empty, error) {
	sessionOf(ctx).cancel()
	return &emptypb.Empty{}, nil
}

// CheckConfig checks the provider's configuration.
func (s *awsServer) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	config, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	answer := &pulumirpc.CheckResponse{Inputs: req.GetNews()}
	if err := newSession().configure(config); err != nil {
		answer.Failures = []*pulumirpc.CheckFailure{{Reason: err.Error()}}
	}
	return answer, nil
}

// DiffConfig replaces the provider, and with it all resources, if the region changes, like the real provider
// (pulumi/pulumi-aws#4000).
func (s *awsServer) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	maps, err := decodeAll(req.GetOldInputs(), req.GetNews())
	if err != nil {
		return nil, err
	}
	if regionIn(maps[0]) == regionIn(maps[1]) {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME, Replaces: []string{"region"}}, nil
}

// Configure sets the region and the default tags.
func (s *awsServer) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	config, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if err := sessionOf(ctx).configure(config); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &pulumirpc.ConfigureResponse{SupportsPreview: true}, nil
}

// Check generates a name if the program gives none, and reports the failures of the inputs.
func (s *awsServer) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(req.GetUrn())
	k, err := kindOf(string(urn.Type()))
	if err != nil {
		return nil, status.Error(codes.Unimplemented, err.Error())
	}
	maps, err := decodeAll(req.GetOlds(), req.GetNews())
	if err != nil {
		return nil, err
	}
	olds, news := maps[0], maps[1]
	delete(news, defaultsKey)
	var failures []failure
	if k.name != nil {
		if err := k.name.fill(urn.Name(), req.GetRandomSeed(), olds, news); err != nil {
			failures = append(failures, failure{k.name.property, err.Error()})
		}
	}
	answer := &pulumirpc.CheckResponse{Failures: wireFailures(append(failures, k.check(news)...))}
	answer.Inputs, err = encode(news)
	return answer, err
}

// wireFailures returns failures in the form in which the engine prints them. The engine quotes only the values of
// top-level properties, so the reason contains both the path and the value.
func wireFailures(failures []failure) []*pulumirpc.CheckFailure {
	var all []*pulumirpc.CheckFailure
	for _, f := range failures {
		all = append(all, &pulumirpc.CheckFailure{Reason: f.path + " " + f.reason})
	}
	return all
}

// Diff compares old and new inputs.
func (s *awsServer) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	k, err := kindOf(string(resource.URN(req.GetUrn()).Type()))
	if err != nil {
		return nil, err
	}
	maps, err := decodeAll(req.GetOldInputs(), req.GetNews())
	if err != nil {
		return nil, err
	}
	return k.diff(maps[0], maps[1]), nil
}
