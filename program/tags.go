package program

import (
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
		merged := pulumi.ToStringMap(tags)
		if own, ok := field.Interface().(pulumi.StringMap); ok {
			for key, value := range own {
				merged[key] = value
			}
		}
		field.Set(reflect.ValueOf(merged))
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
	})
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
