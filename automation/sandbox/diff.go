package sandbox

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// diff compares two sets of inputs and says which paths changed, whether that replaces the resource, and
// whether the old one must go first because the new one has the same explicit name.
func (k *kind) diff(olds, news resource.PropertyMap) *pulumirpc.DiffResponse {
	changes := olds.Diff(different(resource.NewProperty(news)).ObjectValue(),
		func(key resource.PropertyKey) bool { return key == defaultsKey })
	answer := &pulumirpc.DiffResponse{
		Changes:      pulumirpc.DiffResponse_DIFF_NONE,
		DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	if changes == nil {
		return answer
	}
	for path, change := range plugin.NewDetailedDiffFromObjectDiff(changes, true) {
		if change.Kind == plugin.DiffDelete && slices.Contains(strings.Fields(k.later), path) {
			continue // AWS keeps what it has when a value it can choose itself is no longer asked for
		}
		detail := &pulumirpc.PropertyDiff{Kind: wireKind(change.Kind, k.fixes(path)), InputDiff: true}
		answer.DetailedDiff[path] = detail
		answer.Diffs = append(answer.Diffs, path)
		answer.Changes = pulumirpc.DiffResponse_DIFF_SOME
		if k.fixes(path) {
			answer.Replaces = append(answer.Replaces, path)
		}
	}
	slices.Sort(answer.Diffs)
	slices.Sort(answer.Replaces)
	answer.DeleteBeforeReplace = len(answer.Replaces) > 0 && k.sameName(olds, news)
	return answer
}

// different returns a value with every unknown replaced by a string that no input has: what is not known yet may
// change, so a preview must count it as a change.
func different(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsComputed():
		return resource.NewProperty(plugin.UnknownStringValue)
	case v.IsArray():
		list := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, element := range v.ArrayValue() {
			list[i] = different(element)
		}
		return resource.NewProperty(list)
	case v.IsObject():
		object := resource.PropertyMap{}
		for key, element := range v.ObjectValue() {
			object[key] = different(element)
		}
		return resource.NewProperty(object)
	default:
		return v
	}
}

var indices = regexp.MustCompile(`\[\d+\]`)

// fixes tells whether a change at a path replaces the resource.
func (k *kind) fixes(path string) bool {
	path = indices.ReplaceAllString(path, "[]")
	for _, fixed := range strings.Fields(k.fixed) {
		if path == fixed || strings.HasPrefix(path, fixed+".") || strings.HasPrefix(path, fixed+"[") ||
			strings.HasPrefix(fixed, path+".") {
			return true
		}
	}
	return false
}

// sameName tells whether the program gives the resource a name and has not changed it.
func (k *kind) sameName(olds, news resource.PropertyMap) bool {
	if k.name == nil || chosen(news, k.name.property) {
		return false
	}
	was, is := text(olds, k.name.property), text(news, k.name.property)
	return was != "" && was == is
}

func wireKind(kind plugin.DiffKind, replaces bool) pulumirpc.PropertyDiff_Kind {
	plain := map[plugin.DiffKind]pulumirpc.PropertyDiff_Kind{
		plugin.DiffAdd:    pulumirpc.PropertyDiff_ADD,
		plugin.DiffDelete: pulumirpc.PropertyDiff_DELETE,
		plugin.DiffUpdate: pulumirpc.PropertyDiff_UPDATE,
	}
	replacing := map[plugin.DiffKind]pulumirpc.PropertyDiff_Kind{
		plugin.DiffAdd:    pulumirpc.PropertyDiff_ADD_REPLACE,
		plugin.DiffDelete: pulumirpc.PropertyDiff_DELETE_REPLACE,
		plugin.DiffUpdate: pulumirpc.PropertyDiff_UPDATE_REPLACE,
	}
	if replaces {
		return replacing[kind]
	}
	return plain[kind]
}
