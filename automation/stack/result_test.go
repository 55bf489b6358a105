package stack

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// Scripts read this document, so its keys must not change.
func TestResultAsJSON(t *testing.T) {
	got, err := json.Marshal(Result{
		Stack: "test", Command: "up", Result: Succeeded, Changes: Changes{Create: 1, Update: 2, Replace: 3, Delete: 4, Same: 5},
		Outputs: map[string]any{"apiUrl": "u"}, DurationSeconds: 1.5, Steps: []Step{{Op: "create"}},
	})
	require.NoError(t, err)
	require.Equal(t, `{"stack":"test","command":"up","result":"succeeded",`+
		`"changes":{"create":1,"update":2,"replace":3,"delete":4,"same":5},`+
		`"outputs":{"apiUrl":"u"},"durationSeconds":1.5}`, string(got))
}

func TestCountChanges(t *testing.T) {
	got := countChanges(map[apitype.OpType]int{
		apitype.OpCreate: 1, apitype.OpUpdate: 2, apitype.OpReplace: 3, apitype.OpDelete: 4, apitype.OpSame: 5,
		apitype.OpRead: 6, apitype.OpRefresh: 7,
	})
	require.Equal(t, Changes{Create: 1, Update: 2, Replace: 3, Delete: 4, Same: 5}, got)
	require.Equal(t, 10, got.Any())
	require.Zero(t, Changes{Same: 9}.Any())
}

func TestRecord(t *testing.T) {
	urn := func(kind, name string) string { return "urn:pulumi:test::p::" + kind + "::" + name }
	step := func(op apitype.OpType, kind, name string) events.EngineEvent {
		return engineEvent(apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{
			Metadata: apitype.StepEventMetadata{Op: op, URN: urn(kind, name), Type: kind},
		}})
	}
	diagnostic := func(severity, urn, message string) events.EngineEvent {
		return engineEvent(apitype.EngineEvent{DiagnosticEvent: &apitype.DiagnosticEvent{
			Severity: severity, URN: urn, Message: message,
		}})
	}
	stack, cluster := urn(string(resource.RootStackType), "p-test"), urn("aws:ecs/cluster:Cluster", "web")
	stream, stop := listen(nil)
	for _, event := range []events.EngineEvent{
		step(apitype.OpSame, "a:b:C", "same"),
		step(apitype.OpCreate, "aws:ecs/cluster:Cluster", "web"),
		diagnostic("warning", cluster, "careful"),
		diagnostic("error", cluster, "<{%fg 1%}>no<{%reset%}> such role\n"),
		diagnostic("error", cluster, "no such role"), // The engine may report an error twice.
		diagnostic("error", stack, "an unhandled error occurred: program failed: 1 error occurred:\n\t* key x: bad\n"),
		diagnostic("error", stack, "update failed"),
		engineEvent(apitype.EngineEvent{SummaryEvent: &apitype.SummaryEvent{ResourceChanges: map[apitype.OpType]int{"create": 1}}}),
		{Error: errors.New("the stream broke")},
	} {
		stream <- event
	}

	got := stop()

	require.Equal(t, []Step{{Op: "create", Type: "aws:ecs/cluster:Cluster", Name: "web"}}, got.steps)
	require.Equal(t, Changes{Create: 1}, got.changes)
	require.Equal(t, []string{"aws:ecs/cluster:Cluster web: no such role", "key x: bad"}, got.errors())
}

// The channel is closed only if the CLI has connected.
func TestListenWhenClosed(t *testing.T) {
	stream, stop := listen(nil)
	stream <- engineEvent(apitype.EngineEvent{SummaryEvent: &apitype.SummaryEvent{ResourceChanges: map[apitype.OpType]int{"same": 2}}})
	close(stream)
	require.Equal(t, Changes{Same: 2}, stop().changes)
}

func engineEvent(event apitype.EngineEvent) events.EngineEvent {
	return events.EngineEvent{EngineEvent: event}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("failed to run update: exit status 255\ncode: 255\nstdout: Updating\nstderr: error: the stack is locked\n")
	for name, test := range map[string]struct {
		err  Error
		want string
	}{
		"one":       {Error{Diagnostics: []string{"a: b"}}, `up of stack "test" failed: a: b`},
		"several":   {Error{Diagnostics: []string{"a", "b"}}, "up of stack \"test\" failed:\n  a\n  b"},
		"none":      {Error{}, `up of stack "test" failed: the stack is locked`},
		"cancelled": {Error{cancelled: context.Canceled}, `up of stack "test" was cancelled (run it again to continue)`},
		"cancelled and failed": {
			Error{cancelled: context.Canceled, Diagnostics: []string{"a"}}, `up of stack "test" was cancelled (run it again to continue): a`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.err
			err.Command, err.Stack, err.cause = "up", "test", cause
			require.EqualError(t, &err, test.want)
			require.ErrorIs(t, &err, cause)
			require.Equal(t, test.err.cancelled != nil, errors.Is(&err, context.Canceled))
		})
	}
}

func TestBrief(t *testing.T) {
	cause := errors.New("it did not work")
	require.Equal(t, cause, brief(cause))
	require.NoError(t, brief(nil))
	long := errors.New("failed: exit status 1\ncode: 1\nstdout: a\nstderr: error: b\n")
	require.EqualError(t, brief(long), "b")
	require.ErrorIs(t, brief(long), long)
}
