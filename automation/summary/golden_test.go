package summary_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/automation/sandbox/sandboxtest"
	"fargate-cd/automation/stack"
	"fargate-cd/automation/summary"
	"fargate-cd/internal/golden"
	"fargate-cd/program"
)

// These tests run the project's own program with the real engine in the sandbox: one update, and then a preview of one
// configuration change for each case.

// goldenLimit cuts the longest comments, so that the golden files stay readable.
const goldenLimit = 20000

// digest is the digest of the image that newTestStack deploys.
const digest = "sha256:ab53a2911ddf9b4817ac01ddcd3d975f2c2c0cc0e1b9a1c5d6e9a0c1f3d4b5a6"

// connection is the ARN of a connection to GitHub.
const connection = "arn:aws:codestar-connections:us-east-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef"

// base returns the configuration that every case changes: web, which CodeDeploy deploys with an alarm, hello, which ECS
// deploys, and admin, which no case changes except by removing it.
func base() map[string]any {
	source := func(name string) map[string]any { return map[string]any{"provider": "CodeCommit", "repository": name} }
	return map[string]any{
		"aws:region":                       "us-east-1",
		"fargate-cd:vpcId":                 "vpc-0123456789abcdef0",
		"fargate-cd:publicSubnetIds":       []any{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"},
		"fargate-cd:assignPublicIp":        true,
		"fargate-cd:testListenerPort":      8080,
		"fargate-cd:testIngressCidrBlocks": []any{"203.0.113.0/24"},
		"fargate-cd:services": []any{
			map[string]any{
				"name": "web", "source": source("web"), "pathPatterns": []any{"/*"}, "desiredCount": 2, "priority": 300,
				"deployment": map[string]any{"strategy": "ECSCanary10Percent5Minutes", "max5xxPerMinute": 10},
			},
			map[string]any{
				"name": "hello", "source": source("hello"), "pathPatterns": []any{"/hello/*"}, "priority": 100,
				"environment": map[string]any{"GREETING": "hello"},
			},
			map[string]any{"name": "admin", "source": map[string]any{"repository": "acme/admin", "connectionArn": connection}, "pathPatterns": []any{"/admin/*"}, "priority": 200},
		},
	}
}

// services returns the services of a configuration.
func services(config map[string]any) []any { return config["fargate-cd:services"].([]any) }

// with sets properties of one service, and returns the configuration.
func with(config map[string]any, index int, change map[string]any) map[string]any {
	maps.Copy(services(config)[index].(map[string]any), change)
	return config
}

// testStack is the stack whose changes the cases preview.
type testStack struct{ dir, stateDir string }

// newTestStack runs up with the base configuration, and deploys an image to two of its services.
func newTestStack(t *testing.T) testStack {
	t.Helper()
	shop := testStack{dir: t.TempDir(), stateDir: t.TempDir()}
	content, err := os.ReadFile("../../Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(shop.dir, "Pulumi.yaml"), content, 0o644))
	s, _ := shop.open(t, base(), program.Run)
	up, err := s.Up(t.Context())
	require.NoError(t, err)
	for _, service := range []string{"web", "hello"} {
		image := "123456789012.dkr.ecr.us-east-1.amazonaws.com/" + service + "@" + digest
		sandboxtest.Deploy(t, filepath.Join(shop.stateDir, "account"), up.Outputs["clusterName"].(string), service, image)
	}
	require.NoError(t, s.Close())
	return shop
}

// open writes the configuration to the stack file, and opens the stack.
func (shop testStack) open(t *testing.T, config map[string]any, run pulumi.RunFunc) (*stack.Stack, *summary.Observer) {
	t.Helper()
	content, err := yaml.Marshal(map[string]any{"config": config})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(shop.dir, "Pulumi.shop.yaml"), content, 0o644))
	observer := &summary.Observer{}
	s, err := stack.Open(t.Context(), stack.Options{
		Dir: shop.dir, Stack: "shop", Program: observer.Watch(run), Validate: program.Validate,
		Place: stack.Sandbox, StateDir: shop.stateDir,
	})
	require.NoError(t, err)
	observer.StackFile = s.ConfigFile()
	return s, observer
}

// preview returns the summary of a change to the given configuration.
func (shop testStack) preview(t *testing.T, config map[string]any, run pulumi.RunFunc) summary.Summary {
	t.Helper()
	s, observer := shop.open(t, config, run)
	result, err := s.Preview(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	plan := summary.Plan{Stack: "shop", Simulated: "the sandbox", Steps: result.Plan, Outputs: result.Planned}
	for _, note := range result.Notes {
		plan.Notes = append(plan.Notes, summary.Note(note))
	}
	observer.Fill(&plan)
	prices, err := summary.LoadPrices()
	require.NoError(t, err)
	return summary.Summarize(plan, prices)
}

// random matches ids and the random ends of physical names, which differ from run to run.
var random = regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|-[0-9a-f]{7}\b|\b[0-9a-f]{10,}\b`)

// account is the sandbox's account id. random matches it, although it never changes.
const account = "123456789012"

func normal(text string) string {
	return random.ReplaceAllStringFunc(text, func(found string) string {
		switch {
		case strings.Count(found, "-") == 4:
			return "01234567-89ab-cdef-0123-456789abcdef"
		case found[0] == '-':
			return "-1234567"
		case strings.Contains(digest+account, found):
			return found
		default:
			return "0123456789abcdef"[:min(len(found), 16)]
		}
	})
}

// manyServices adds services to a configuration until it has the given number.
func manyServices(config map[string]any, number int) map[string]any {
	list := services(config)
	for i := len(list); i < number; i++ {
		name := fmt.Sprintf("part-%02d", i)
		list = append(list, map[string]any{
			"name": name, "source": map[string]any{"provider": "CodeCommit", "repository": name},
			"pathPatterns": []any{"/" + name + "/*"}, "priority": 1000 + i,
		})
	}
	config["fargate-cd:services"] = list
	return config
}

func TestComments(t *testing.T) {
	shop := newTestStack(t)
	encrypted := map[string]any{"secure": "AAABAExampleOfAnEncryptedValue"}
	removed := base()
	removed["fargate-cd:services"] = services(removed)[:2]
	unprotected := base() // Pulumi does not replace a load balancer with deletion protection
	unprotected["fargate-cd:deletionProtection"] = false
	fresh := base()
	fresh["fargate-cd:services"] = append(services(fresh), map[string]any{
		"name": "search", "source": map[string]any{"repository": "acme/search", "connectionArn": connection},
		"cpu": 512, "memory": 1024, "pathPatterns": []any{"/search/*"}, "desiredCount": 3, "priority": 50,
		"deployment": map[string]any{"strategy": "ECSLinear10PercentEvery1Minutes"},
	})
	open := base()
	open["fargate-cd:testIngressCidrBlocks"] = []any{"0.0.0.0/0"}
	spot := map[string]any{"capacityProviderStrategy": []any{map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1}}}
	for _, test := range []comment{
		{name: "nothing", config: base()},
		{name: "cpu", config: with(with(base(), 0, map[string]any{"cpu": 512, "memory": 1024}), 1, map[string]any{"cpu": 512, "memory": 1024})},
		{name: "strategy", config: with(base(), 0, map[string]any{"deployment": map[string]any{
			"strategy": "ECSLinear10PercentEvery3Minutes", "max5xxPerMinute": 10, "readyWaitMinutes": 30, "terminationWaitMinutes": 60,
		}})},
		{name: "rolling-to-bluegreen", config: with(base(), 1, map[string]any{"deployment": map[string]any{"strategy": "ECSAllAtOnce"}})},
		{name: "conditions", config: with(base(), 1, map[string]any{
			"hostHeaders":  []any{"api.example.com"},
			"httpHeaders":  []any{map[string]any{"httpHeaderName": "X-Version", "values": []any{"2"}}},
			"queryStrings": []any{map[string]any{"key": "beta", "value": "*"}, map[string]any{"value": "new"}},
		})},
		{name: "tasks", config: with(with(base(), 0, map[string]any{"desiredCount": 1}), 1, map[string]any{"desiredCount": 3})},
		{name: "spot", config: with(base(), 1, spot)},
		{name: "spot-tasks", config: with(with(base(), 1, spot), 1, map[string]any{"desiredCount": 3})},
		{name: "open-port", config: open},
		{name: "to-worker", config: with(base(), 1, map[string]any{"pathPatterns": []any{}, "priority": nil})},
		{name: "file-system", config: with(base(), 1, map[string]any{
			"efsVolumes": []any{map[string]any{"fileSystemId": "fs-00000001", "containerPath": "/data", "securityGroupId": "sg-00000001"}}})},
		{name: "service-connect", config: with(base(), 1, map[string]any{"serviceConnect": map[string]any{"clientAlias": "hello:80"}})},
		{name: "new-service", config: fresh},
		{name: "new-scheduled-task", config: withReport(base())},
		{name: "removed-service", config: removed},
		{name: "replaced-balancer", config: unprotected, run: renaming},
		{
			name:   "secret",
			config: with(base(), 1, map[string]any{"environment": map[string]any{"GREETING": "good morning", "TOKEN": encrypted}}),
			run:    withSecret,
		},
		{name: "60-services", config: manyServices(with(base(), 0, map[string]any{"cpu": 512, "memory": 1024}), 60)},
	} {
		test.compare(t, shop)
	}
}

// withReport adds a scheduled task with the index 3 to a configuration.
func withReport(config map[string]any) map[string]any {
	config["fargate-cd:services"] = append(services(config), map[string]any{
		"name": "report", "source": map[string]any{"provider": "CodeCommit", "repository": "report"},
		"image": "public.ecr.aws/docker/library/python:3.13", "command": []any{"report"},
		"schedule": map[string]any{"expression": "cron(0 3 * * ? *)", "timezone": "Europe/Berlin"},
	})
	return config
}

// These cases change a stack that also has a scheduled task and a web ACL.
func TestCommentsOnScheduledTaskAndWebACL(t *testing.T) {
	protected := func() map[string]any {
		config := withReport(base())
		config["fargate-cd:waf"] = true
		return config
	}
	shop := newTestStack(t)
	s, _ := shop.open(t, protected(), program.Run)
	_, err := s.Up(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	schedule := func(expression string, enabled bool) map[string]any {
		return map[string]any{"schedule": map[string]any{"expression": expression, "timezone": "Europe/Berlin", "enabled": enabled}}
	}
	for _, test := range []comment{
		{name: "scheduled-cpu", config: with(protected(), 3, map[string]any{"cpu": 512, "memory": 1024, "command": []any{"report", "--all"}})},
		{name: "schedule", config: with(protected(), 3, schedule("rate(6 hours)", true))},
		{name: "paused-schedule", config: with(protected(), 3, schedule("cron(0 3 * * ? *)", false))},
		{name: "removed-web-acl", config: withReport(base())},
	} {
		test.compare(t, shop)
	}
}

// comment is a case: a change of the stack, whose comment is in a golden file.
type comment struct {
	name   string
	config map[string]any
	run    pulumi.RunFunc // default: the program
}

// compare compares the comment on the change with the golden file.
func (c comment) compare(t *testing.T, shop testStack) {
	t.Run(c.name, func(t *testing.T) {
		run := program.Run
		if c.run != nil {
			run = c.run
		}
		s := shop.preview(t, c.config, run)

		text := s.Markdown(summary.CommentLimit)
		require.LessOrEqual(t, utf8.RuneCountInString(text), summary.CommentLimit)
		require.NotContains(t, text, hidden)
		require.NotContains(t, text, "placeholder-for-a-secret")
		golden.Compare(t, c.name+".md", normal(s.Markdown(goldenLimit)))
	})
}

// renaming gives the load balancer a name, which replaces it.
func renaming(ctx *pulumi.Context) error {
	err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if balancer, is := args.Props.(*lb.LoadBalancerArgs); is {
			balancer.Name = pulumi.String("shop")
		}
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
	})
	if err != nil {
		return err
	}
	return program.Run(ctx)
}

// hidden is a property that the program marks as secret.
const hidden = "not for anyone's eyes"

// withSecret adds a resource with a secret property to the program.
func withSecret(ctx *pulumi.Context) error {
	_, err := s3.NewBucketObjectv2(ctx, "settings", &s3.BucketObjectv2Args{
		Bucket: pulumi.String("settings-of-the-shop"), Key: pulumi.String("settings.json"), Content: pulumi.ToSecret(pulumi.String(hidden)).(pulumi.StringOutput),
	})
	if err != nil {
		return err
	}
	return program.Run(ctx)
}
