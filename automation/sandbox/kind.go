package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// outputs are properties that AWS adds to a resource's inputs.
type outputs = map[string]any

// kind describes one resource type. It is one row of the table kinds. The rows of aws:ecs/… are in kinds_ecs.go, and so
// on. Only new and id are required.
type kind struct {
	new    any // the SDK's constructor of the type, such as ecs.NewCluster
	schema     // of the constructor

	name   *naming // the input that gets a generated name when the program gives none
	fixed  string  // paths of inputs whose change replaces the resource
	unique *unique // inputs that no two resources share
	refs   []ref   // inputs that name other resources
	rules  []rule  // checks that AWS or the provider makes on input values

	global bool   // all regions share the resource's names
	id     string // template of the id, see expand
	key    string // output that distinguishes resources with the same id; "" if the id is unique
	// out holds the outputs after creation, and the inputs that AWS fills in when they are omitted; a string is a
	// template. An output that is missing here is empty.
	out outputs

	// The hooks are optional.

	// mint returns outputs that no template can express; they take precedence over out.
	mint func(a *account, p resource.PropertyMap) outputs
	// admit refuses a creation or update that AWS refuses because of other resources.
	admit func(a *account, p resource.PropertyMap) error
	// alter refuses an update that AWS refuses.
	alter func(old, p resource.PropertyMap) error
	// release refuses a deletion that AWS refuses.
	release func(a *account, it item) error
}

// unique holds the paths of inputs that must be unique among the resources of a kind, and the start of AWS's error.
type unique struct{ paths, code string }

// kinds holds the rows by type token. init fills it, because a literal would be an initialization cycle: the hooks in
// the rows use kinds.
var kinds = map[string]*kind{}

func init() {
	for _, rows := range [][]kind{
		acmKinds, apigatewayv2Kinds, appautoscalingKinds, cloudwatchKinds, codebuildKinds, codecommitKinds, codedeployKinds,
		codepipelineKinds, codestarconnectionsKinds, cognitoKinds, ec2Kinds, ecrKinds, ecsKinds, iamKinds, kmsKinds, lbKinds, route53Kinds,
		s3Kinds, schedulerKinds, servicediscoveryKinds, snsKinds, vpcKinds, wafv2Kinds,
	} {
		for i := range rows {
			rows[i].schema = schemaOf(rows[i].new)
			kinds[rows[i].token] = &rows[i]
		}
	}
}

// kindOf returns the row of a type.
func kindOf(token string) (*kind, error) {
	if k, ok := kinds[token]; ok {
		return k, nil
	}
	return nil, fmt.Errorf("the sandbox does not know %s yet; it knows %s. Add a row to the table in "+
		"automation/sandbox, or run against an emulator with --endpoint", token, strings.Join(sorted(kinds), ", "))
}

// check returns the failures of the inputs.
func (k *kind) check(p resource.PropertyMap) []failure {
	failures := conform(p, k.inputs)
	if len(failures) > 0 {
		return failures // the rules rely on the types
	}
	for _, r := range k.rules {
		failures = append(failures, r.apply(p)...)
	}
	return failures
}

// fillsIn reports whether AWS gives an input a value when the program omits it. Such an input is unknown in a
// preview, and its removal is no change.
func (k *kind) fillsIn(input string) bool { _, ok := k.out[input]; return ok }

// onlyOutputs returns the names of the properties that are outputs only.
func (k *kind) onlyOutputs() []string {
	inputs := fieldsOf(k.inputs)
	return slices.DeleteFunc(sorted(k.properties), func(name string) bool { _, ok := inputs[name]; return ok })
}

// complete adds the outputs to a created resource's properties, and returns the id.
func (k *kind) complete(a *account, p resource.PropertyMap) string {
	out := outputs{}
	maps.Copy(out, k.out)
	if k.mint != nil {
		maps.Copy(out, k.mint(a, p))
	}
	id := a.expand(k.id, p, out)
	p["id"] = resource.NewProperty(id) // for the templates
	for _, name := range k.onlyOutputs() {
		if name == "ownerId" {
			out[name] = accountID
		} else if _, ok := out[name]; !ok {
			out[name] = empty(k.properties[name])
		}
	}
	for _, name := range sorted(out) {
		v := out[name]
		if template, ok := v.(string); ok {
			v = a.expand(template, p, out)
		}
		if _, given := p[resource.PropertyKey(name)]; !given {
			p[resource.PropertyKey(name)] = resource.NewPropertyValue(v)
		}
	}
	delete(p, "id")
	return id
}

// pending marks the outputs of a previewed creation as unknown.
func (k *kind) pending(p resource.PropertyMap) {
	for _, name := range append(k.onlyOutputs(), sorted(k.out)...) {
		if _, given := p[resource.PropertyKey(name)]; !given {
			p[resource.PropertyKey(name)] = resource.MakeComputed(resource.NewProperty(""))
		}
	}
}
