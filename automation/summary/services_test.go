package summary

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"
)

// The first image is a placeholder only by default, and a service that no request reaches has no URL.
func TestNewServices(t *testing.T) {
	task := inputs{"cpu": "256", "memory": "512", "containerDefinitions": `[{"name":"web","image":"httpd:2.4","user":"1"},{"name":"proxy","image":"other","user":"1"}]`}
	late := inputs{"cpu": "256", "memory": "512", "containerDefinitions": plugin.UnknownStringValue}
	rule := created(ruleKind, "web-production", inputs{"conditions": []any{inputs{"pathPattern": inputs{"values": []any{"/*"}}}}})
	for name, test := range map[string]struct {
		task  inputs
		count int
		with  []apitype.StepEventMetadata
		want  string
	}{
		"reached":              {task, 2, []apitype.StepEventMetadata{rule}, "URL known after the update, strategy `Rolling`. New: 2 tasks with cpu 256 and memory 512 MiB, for `/*`; it runs `httpd:2.4` until its pipeline deploys."},
		"an image known later": {late, 2, []apitype.StepEventMetadata{rule}, "URL known after the update, strategy `Rolling`. New: 2 tasks with cpu 256 and memory 512 MiB, for `/*`; it runs its first image until its pipeline deploys."},
		"a worker":             {task, 1, nil, "strategy `Rolling`. New: 1 task with cpu 256 and memory 512 MiB, which receives no requests; it runs `httpd:2.4` until its pipeline deploys."},
	} {
		t.Run(name, func(t *testing.T) {
			steps := append(test.with, created(taskDefinitionKind, "web", test.task), created(serviceKind, "web", inputs{"desiredCount": float64(test.count)}))
			text := summaryOf(t, nil, steps...).Markdown(CommentLimit)
			require.Contains(t, text, "### New services\n\n- `web`: "+test.want+"\n")
		})
	}
}
