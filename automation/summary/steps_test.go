package summary

import (
	"reflect"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

// step returns the engine's record of a resource of service web with the given inputs before and after; nil for a
// resource that does not exist.
func step(kind, name string, before, after map[string]any) apitype.StepEventMetadata {
	out := created(kind, name, after)
	switch {
	case before == nil:
		return out
	case after == nil:
		out.Op, out.New = apitype.OpDelete, nil
	case reflect.DeepEqual(before, after):
		out.Op = apitype.OpSame
	default:
		out.Op = apitype.OpUpdate
	}
	for property := range before {
		if after != nil && !reflect.DeepEqual(before[property], after[property]) {
			out.Diffs = append(out.Diffs, property)
		}
	}
	out.Old = &apitype.StepEventStateMetadata{Custom: true, Parent: webURN, Inputs: before}
	return out
}

// summaryOf returns the summary of the given steps of service web, which stays.
func summaryOf(t *testing.T, notes []string, steps ...apitype.StepEventMetadata) Summary {
	t.Helper()
	prices, err := LoadPrices()
	require.NoError(t, err)
	state := &apitype.StepEventStateMetadata{}
	plan := Plan{Stack: "test", Steps: append(steps, apitype.StepEventMetadata{Op: apitype.OpSame, URN: webURN, Old: state, New: state})}
	for _, note := range notes {
		plan.Notes = append(plan.Notes, Note{URN: webURN, Text: note})
	}
	return Summarize(plan, prices)
}

// inputs returns the inputs of a resource.
type inputs = map[string]any
