package sandbox

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// diff compares old and new inputs. It returns the changed paths, whether they replace the resource, and whether the old
// resource is deleted first because the new one has the same explicit name.
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
		if change.Kind == plugin.DiffDelete && k.fillsIn(path) {
			continue // AWS keeps the value that it filled in
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

// different replaces every unknown value with a string that no input has, so that a preview counts it as a change.
func different(v resource.PropertyValue) resource.PropertyValue {
	return transform(v, func(v resource.PropertyValue) resource.PropertyValue {
		if v.IsComputed() {
			return resource.NewProperty(plugin.UnknownStringValue)
		}
		return v
	})
}

var indices = regexp.MustCompile(`\[\d+\]`)

// fixes reports whether a change at a path replaces the resource.
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

// sameName reports whether the program gives the resource a name and did not change it.
func (k *kind) sameName(olds, news resource.PropertyMap) bool {
	if k.name == nil || generated(news) {
		return false
	}
	was, is := text(olds, k.name.property), text(news, k.name.property)
	return was != "" && was == is
}

func wireKind(kind plugin.DiffKind, replaces bool) pulumirpc.PropertyDiff_Kind {
	wire := map[plugin.DiffKind][2]pulumirpc.PropertyDiff_Kind{
		plugin.DiffAdd:    {pulumirpc.PropertyDiff_ADD, pulumirpc.PropertyDiff_ADD_REPLACE},
		plugin.DiffDelete: {pulumirpc.PropertyDiff_DELETE, pulumirpc.PropertyDiff_DELETE_REPLACE},
		plugin.DiffUpdate: {pulumirpc.PropertyDiff_UPDATE, pulumirpc.PropertyDiff_UPDATE_REPLACE},
	}[kind]
	if replaces {
		return wire[1]
	}
	return wire[0]
}
