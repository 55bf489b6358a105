package program

import (
	"maps"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tag gives every resource that takes tags the names of its project and stack,
// so that a bill or a search in the console can tell stacks apart. A resource's
// own tags come first, and aws:defaultTags in a stack file adds more.
func tag(ctx *pulumi.Context) error {
	tags := map[string]string{"pulumi:project": ctx.Project(), "pulumi:stack": ctx.Stack()}
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		field := tagsOf(args.Props)
		if !field.IsValid() {
			return nil
		}
		own, _ := field.Interface().(pulumi.StringMapInput)
		field.Set(reflect.ValueOf(withTags(tags, own)))
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
	})
}

// withTags adds a resource's own tags, which win, to the stack's. Own tags that
// are an Output are merged once they are known.
func withTags(tags map[string]string, own pulumi.StringMapInput) pulumi.StringMapInput {
	merged := pulumi.ToStringMap(tags)
	switch own := own.(type) {
	case nil:
	case pulumi.StringMap:
		maps.Copy(merged, own)
	default:
		return own.ToStringMapOutput().ApplyT(func(known map[string]string) map[string]string {
			all := maps.Clone(tags)
			maps.Copy(all, known)
			return all
		}).(pulumi.StringMapOutput)
	}
	return merged
}

// tagsOf is the field of a resource's arguments that holds its tags; the zero
// Value for a resource without such a field.
func tagsOf(props pulumi.Input) reflect.Value {
	value := reflect.ValueOf(props)
	if value.Kind() != reflect.Pointer || value.IsNil() || value.Elem().Kind() != reflect.Struct {
		return reflect.Value{}
	}
	field := value.Elem().FieldByName("Tags")
	if !field.IsValid() || field.Type() != reflect.TypeFor[pulumi.StringMapInput]() {
		return reflect.Value{}
	}
	return field
}
