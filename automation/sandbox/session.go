package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc/stats"
)

// defaultRegion is the region of a stack without aws:region. The sandbox reads no AWS variable or profile.
const defaultRegion = "us-east-1"

// session is one connection of an engine. An engine connects once for each provider resource, so a session holds the
// configuration of one provider resource. Two stacks, or two regions in one stack, have different sessions.
type session struct {
	cancelled chan struct{} // closed when the engine cancels
	once      sync.Once

	mu     sync.Mutex
	region string
	tags   map[string]string
	engine string // the engine's address
}

type sessionKey struct{}

// sessionOf returns the session of a request.
func sessionOf(ctx context.Context) *session {
	if s, ok := ctx.Value(sessionKey{}).(*session); ok {
		return s
	}
	return newSession()
}

func newSession() *session { return &session{cancelled: make(chan struct{}), region: defaultRegion} }

func (s *session) cancel() { s.once.Do(func() { close(s.cancelled) }) }

// connections creates a session for each connection. The context of every request holds it.
type connections struct{}

func (connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, sessionKey{}, newSession())
}
func (connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }
func (connections) HandleConn(context.Context, stats.ConnStats)                     {}
func (connections) HandleRPC(context.Context, stats.RPCStats)                       {}

var regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)

// regionIn returns the region in the provider's configuration.
func regionIn(config resource.PropertyMap) string {
	return cmp.Or(text(config, "region"), defaultRegion)
}

// configure takes the region and the default tags from the provider's configuration. It ignores credentials and
// endpoints.
func (s *session) configure(config resource.PropertyMap) error {
	region := regionIn(config)
	if !regionForm.MatchString(region) {
		return fmt.Errorf("aws:region is %q; allowed is an AWS region such as eu-central-1", region)
	}
	tags, err := defaultTags(config)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.region, s.tags = region, tags
	return nil
}

// defaultTags reads {"tags": {…}}, which the engine passes as an object or as JSON.
func defaultTags(config resource.PropertyMap) (map[string]string, error) {
	v, ok := config["defaultTags"]
	if !ok || v.IsNull() || v.IsComputed() {
		return nil, nil
	}
	if v.IsString() {
		var plain map[string]any
		if err := json.Unmarshal([]byte(v.StringValue()), &plain); err != nil {
			return nil, fmt.Errorf(`aws:defaultTags is %s; allowed is {"tags": {"key": "value"}}: %w`, show(v), err)
		}
		v = resource.NewProperty(resource.NewPropertyMapFromMap(plain))
	}
	tags := map[string]string{}
	each(resource.PropertyMap{"defaultTags": v}, "defaultTags.tags", func(_ string, v resource.PropertyValue) {
		if v.IsObject() {
			for key, tag := range v.ObjectValue() {
				if tag.IsString() {
					tags[string(key)] = tag.StringValue()
				}
			}
		}
	})
	return tags, nil
}

func (s *session) account(st *store) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &account{store: st, region: s.region}
}

// tag sets tagsAll, if the type has it, to the default tags, overridden by the resource's own tags.
func (s *session) tag(k *kind, p resource.PropertyMap) {
	if _, ok := k.properties["tagsAll"]; !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := resource.PropertyMap{}
	for key, tag := range s.tags {
		all[resource.PropertyKey(key)] = resource.NewProperty(tag)
	}
	if own := p["tags"]; own.IsComputed() {
		p["tagsAll"] = own
		return
	} else if own.IsObject() {
		for key, tag := range own.ObjectValue() {
			all[key] = tag
		}
	}
	p["tagsAll"] = resource.NewProperty(all)
}
