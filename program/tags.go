package program

import (
	"maps"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tag adds the names of project and stack as tags to every resource that supports tags,
// so that bills and searches in the console can distinguish stacks. Tags that a
// resource already has take precedence. aws:defaultTags in a stack file adds more tags.
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

// withTags returns the stack's tags merged with a resource's own tags, which take
// precedence. If the own tags are an Output, the result is an Output too.
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

// tagsOf returns the field of a resource's arguments that holds its tags. It returns the
// zero Value for a resource without tags.
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
