package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Create creates a resource. In a preview it returns the properties that are known before creation.
func (s *awsServer) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	urn := resource.URN(req.GetUrn())
	k, err := kindOf(string(urn.Type()))
	if err != nil {
		return nil, err
	}
	p, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	delete(p, defaultsKey)
	in := sessionOf(ctx)
	in.tag(k, p)
	var id string
	if req.GetPreview() {
		k.pending(p)
	} else if id, err = s.create(ctx, in, k, urn, p); err != nil {
		return nil, fmt.Errorf("creating %s (%s): %w", urn.Name(), k.token, err)
	}
	props, err := encode(p)
	return &pulumirpc.CreateResponse{Id: id, Properties: props}, err
}

func (s *awsServer) create(ctx context.Context, in *session, k *kind, urn resource.URN, p resource.PropertyMap,
) (id string, err error) {
	if err := s.faults.strike(ctx, in.cancelled, "create", k.token, urn.Name()); err != nil {
		return "", err
	}
	a := in.account(s.store)
	err = s.store.provision(ctx, func() error {
		if err := a.permit(k, "", p, p); err != nil {
			return err
		}
		id = k.complete(a, p)
		return s.store.put(item{Type: k.token, ID: id, Region: a.region, URN: string(urn), Props: p})
	})
	if err == nil && k.token == serviceType {
		s.latency.startTasks(id)
	}
	return id, err
}

// Read returns the current properties of a resource and the current values of the program's inputs, so that a refresh
// shows changes made outside of the program. For a resource that no longer exists, it returns no id.
func (s *awsServer) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	urn := resource.URN(req.GetUrn())
	k, err := kindOf(string(urn.Type()))
	if err != nil {
		return nil, err
	}
	wires, err := decodeAll(req.GetProperties(), req.GetInputs())
	if err != nil {
		return nil, err
	}
	state, inputs := wires[0], wires[1]
	if err := s.faults.strike(ctx, sessionOf(ctx).cancelled, "read", k.token, urn.Name()); err != nil {
		return nil, fmt.Errorf("reading %s (%s): %w", urn.Name(), k.token, err)
	}
	var it item
	var ok bool
	err = s.store.view(func() (err error) {
		it, ok, err = sessionOf(ctx).account(s.store).get(k.token, req.GetId(), state)
		return err
	})
	if err != nil || !ok {
		return &pulumirpc.ReadResponse{}, err
	}
	answer := &pulumirpc.ReadResponse{Id: it.ID}
	if answer.Properties, err = encode(it.Props); err != nil {
		return nil, err
	}
	answer.Inputs, err = encode(k.inputsNow(inputs, it.Props))
	return answer, err
}

// inputsNow returns the live values of the inputs. Without inputs, as in an import, it returns all live properties that
// can be inputs.
func (k *kind) inputsNow(inputs, live resource.PropertyMap) resource.PropertyMap {
	now := resource.PropertyMap{}
	if len(inputs) == 0 {
		for name := range fieldsOf(k.inputs) {
			if v, ok := live[resource.PropertyKey(name)]; ok {
				now[resource.PropertyKey(name)] = v
			}
		}
		return now
	}
	for key := range inputs {
		if v, ok := live[key]; ok {
			now[key] = v
		} else if key == defaultsKey {
			now[key] = inputs[key]
		}
	}
	return now
}

// Update applies the changed inputs to the live resource.
func (s *awsServer) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	urn := resource.URN(req.GetUrn())
	k, err := kindOf(string(urn.Type()))
	if err != nil {
		return nil, err
	}
	wires, err := decodeAll(req.GetOlds(), req.GetOldInputs(), req.GetNews())
	if err != nil {
		return nil, err
	}
	state, olds, news := wires[0], wires[1], wires[2]
	in := sessionOf(ctx)
	var p resource.PropertyMap
	if req.GetPreview() {
		p = k.overlay(state, olds, news)
		in.tag(k, p)
	} else if p, err = s.update(ctx, in, k, urn, req.GetId(), state, olds, news); err != nil {
		return nil, fmt.Errorf("updating %s (%s): %w", urn.Name(), k.token, err)
	}
	props, err := encode(p)
	return &pulumirpc.UpdateResponse{Properties: props}, err
}

func (s *awsServer) update(ctx context.Context, in *session, k *kind, urn resource.URN, id string,
	state, olds, news resource.PropertyMap,
) (p resource.PropertyMap, err error) {
	if err := s.faults.strike(ctx, in.cancelled, "update", k.token, urn.Name()); err != nil {
		return nil, err
	}
	a := in.account(s.store)
	err = s.store.provision(ctx, func() error {
		it, ok, err := a.get(k.token, id, state)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("NotFound: %s does not exist any more; run refresh, then up", id)
		}
		live := it.Props
		p = k.overlay(live, olds, news)
		in.tag(k, p)
		if err := a.permit(k, it.ID, p, changed(olds, news)); err != nil {
			return err
		}
		if k.alter != nil {
			if err := k.alter(live, p); err != nil {
				return err
			}
		}
		it.Props, it.URN = p, string(urn)
		if _, moves := changed(olds, news)["taskDefinition"]; moves && k.token == serviceType {
			s.latency.startTasks(it.ID)
		}
		return s.store.put(it)
	})
	return p, err
}

// overlay applies the changed inputs to the state. The real provider sends AWS only the changes, so properties that a
// pipeline has changed and that the program ignores keep their values.
func (k *kind) overlay(state, olds, news resource.PropertyMap) resource.PropertyMap {
	p := maps.Clone(state)
	for key := range olds {
		if _, ok := news[key]; !ok && !k.fillsIn(string(key)) {
			delete(p, key)
		}
	}
	maps.Copy(p, changed(olds, news))
	delete(p, defaultsKey)
	return p
}

// changed returns the new inputs that differ from the old ones; an unknown input may differ.
func changed(olds, news resource.PropertyMap) resource.PropertyMap {
	all := resource.PropertyMap{}
	for key, v := range news {
		if old, ok := olds[key]; !ok || v.ContainsUnknowns() || !old.DeepEquals(v) {
			all[key] = v
		}
	}
	return all
}

// Delete deletes a resource. It refuses to delete a resource that another one uses, and keeps a resource with
// skipDestroy. It returns no error for a resource that no longer exists.
func (s *awsServer) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	urn := resource.URN(req.GetUrn())
	k, err := kindOf(string(urn.Type()))
	if err != nil {
		return nil, err
	}
	state, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	in := sessionOf(ctx)
	if err := s.faults.strike(ctx, in.cancelled, "delete", k.token, urn.Name()); err != nil {
		return nil, fmt.Errorf("deleting %s (%s): %w", urn.Name(), k.token, err)
	}
	if flag(state, "skipDestroy") {
		return &emptypb.Empty{}, nil
	}
	a := in.account(s.store)
	err = s.store.provision(ctx, func() error {
		it, ok, err := a.get(k.token, req.GetId(), state)
		if err != nil || !ok {
			return err
		}
		refusal := a.free(it)
		if k.release != nil {
			refusal = errors.Join(refusal, k.release(a, it))
		}
		if refusal != nil {
			return refusal
		}
		return a.drop(it)
	})
	if err != nil {
		return nil, fmt.Errorf("deleting %s (%s): %w", urn.Name(), k.token, err)
	}
	return &emptypb.Empty{}, nil
}
