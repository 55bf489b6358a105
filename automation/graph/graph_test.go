package graph_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/graph"
	"fargate-cd/automation/stack"
	"fargate-cd/internal/golden"
	"fargate-cd/program"
)

// stackFiles maps each stack whose picture is a golden file to its stack file.
var stackFiles = map[string]string{
	"test": "Pulumi.test.yaml",
	"prod": "Pulumi.prod.yaml",
	"s0":   "examples/s0-authenticated-api/Pulumi.s0.yaml",
	"s4":   "examples/s4-manual-reroute/Pulumi.s4.yaml",

	"platform": "examples/shared-environment/Pulumi.platform.yaml",
	"payments": "examples/shared-environment/Pulumi.payments.yaml",
}

// draw returns the picture of a stack file.
func draw(t *testing.T, name, file string) graph.Picture {
	t.Helper()
	read, err := stack.ReadConfiguration(stack.Options{Stack: name, ConfigFile: file})
	require.NoError(t, err)
	config, err := program.Parse(read.Project, read.Stack, read.Values)
	require.NoError(t, err)
	return graph.Draw(read.Project, read.Stack, read.Values["aws:region"], config)
}

// drawText returns the picture of the given configuration.
func drawText(t *testing.T, config string) graph.Picture {
	t.Helper()
	file := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o644))
	return draw(t, "dev", file)
}

func page(t *testing.T, picture graph.Picture) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, picture.HTML(&out))
	return out.String()
}

func TestGolden(t *testing.T) {
	for name, file := range stackFiles {
		t.Run(name, func(t *testing.T) {
			picture := draw(t, name, filepath.Join("..", "..", file))
			golden.Compare(t, name+".mmd", picture.Mermaid())
			require.Equal(t, page(t, picture), page(t, picture), "the same on every run")
		})
	}
	golden.Compare(t, "prod.html", page(t, draw(t, "prod", filepath.Join("..", "..", stackFiles["prod"]))))
}

const (
	connection = "connectionArn: arn:aws:codeconnections:eu-central-1:111122223333:connection/1"
	everything = `
config:
  aws:region: eu-central-1
  fargate-cd:testListenerPort: 8080
  fargate-cd:testIngressCidrBlocks: [203.0.113.0/24]
  fargate-cd:retainRepositories: true
  fargate-cd:deletionProtection: true
  fargate-cd:services:
    - { name: inside, priority: 1, pathPatterns: [/inside, /inside/*], api: {}, cpu: 16384, memory: 122880, scaling: { maxCapacity: 10, targetCpuPercent: 60, targetMemoryPercent: 70 },
        source: { repository: acme/inside, ` + connection + `, filePaths: ["a/**"] } }
    - { name: both, priority: 2, pathPatterns: [/both/*], api: { publicListener: true, scopes: [both/read] },
        source: { provider: CodeCommit, repository: both }, build: { package: { commands: [make], files: [out] } } }
    - { name: shop, priority: 4, deployment: { strategy: ECSCanary10Percent5Minutes, readyWaitMinutes: 5, max5xxPerMinute: 3 },
        source: { repository: acme/shop, ` + connection + ` }, approval: {}, release: { stack: prod, accountId: "111122223333" } }
    - { name: worker, pathPatterns: [], source: { provider: Release, stack: test } }
    - { name: outside, priority: 3, pathPatterns: [/outside/*], hostHeaders: [out.example.com], source: { provider: Release, stack: test } }
`
)

// Every arrow connects two boxes of the picture.
func TestEverything(t *testing.T) {
	picture := drawText(t, everything)
	boxes := map[string]graph.Box{}
	for _, box := range picture.Shared {
		boxes[box.ID] = box
	}
	var names []string
	for _, service := range picture.Services {
		names = append(names, service.Name)
		for _, box := range service.Boxes {
			require.NotContains(t, boxes, box.ID)
			boxes[box.ID] = box
		}
	}
	require.Equal(t, []string{"shop", "worker", "outside", "both", "inside"}, names, "by their load balancers")
	var ways []string
	for _, arrow := range picture.Arrows {
		require.Contains(t, boxes, arrow.From)
		require.Contains(t, boxes, arrow.To)
		ways = append(ways, fmt.Sprintf("%s -%s-> %s", boxes[arrow.From].Title, arrow.Label, boxes[arrow.To].Title))
	}
	for _, way := range []string{
		"GitHub -push-> Image build", "Image build -image-> ECR", "ECR --> Approval", "Approval --> CodeDeploy", "CodeDeploy --> Green: new",
		"CodeDeploy -release-> Stack prod", "Stack test -release-> Releases", "CodeCommit -push-> Package build",
		"Users -HTTP-> Load balancer", "HTTP API -VPC link-> Load balancer", "Load balancer -/inside /inside/*-> Tasks", "Load balancer -/outside/* out.example.com-> Tasks",
		"Load balancer -test :8080-> Green: new",
	} {
		require.Contains(t, ways, way)
	}
	require.Contains(t, ways, "Rolling update --> Worker")
	require.NotContains(t, strings.Join(ways, "\n"), "Load balancer --> Worker")
	require.Equal(t, "Worker", boxes["s2_tasks"].Title)
	require.Contains(t, boxes["s1_deploy"].Facts, graph.Fact{Name: "Rolls back on", Value: "more than 3 responses with 5xx in a minute"})
	require.Contains(t, boxes["s3_tasks"].Facts, graph.Fact{Name: "Other conditions", Value: "out.example.com"})
	require.Contains(t, boxes["s1_deploy"].Lines, "10 % for 5 min")
	require.Contains(t, boxes["s5_tasks"].Lines, "16 vCPU, 120 GiB")
	require.Contains(t, boxes["s5_tasks"].Lines, "1 to 10 tasks")
	require.Contains(t, boxes["s5_tasks"].Facts, graph.Fact{Name: "Scaling", Value: "CPU of 60 %, memory of 70 %"})
}

// A service's values cannot end a label, or become markup.
func TestEscapes(t *testing.T) {
	picture := drawText(t, `
config:
  fargate-cd:services:
    - { name: web, source: { provider: CodeCommit, repository: web },
        build: { package: { commands: ["echo \"<b>#1</b>\" && make"], files: ["<script>alert(1)</script>"] } } }
`)
	require.Contains(t, picture.Mermaid(), `CodeBuild<br/>echo #quot;#lt;b#gt;#35;1#lt;/b#gt;#quot; #amp;#amp; make"]`)
	require.NotContains(t, page(t, picture), "<script")
}

// reference matches everything that makes a browser request a file: attributes, CSS and scripts.
var reference = regexp.MustCompile(`(?i)\bsrc=|<link|<script|<iframe|@import|url\([^#]|href="[^#]`)

// The page is self-contained: a browser requests no other file.
func TestPageIsSelfContained(t *testing.T) {
	for name, file := range stackFiles {
		got := page(t, draw(t, name, filepath.Join("..", "..", file)))
		require.Empty(t, reference.FindAllString(got, -1), name)
		require.Contains(t, got, "<title>fargate-cd: stack "+name+"</title>")
		require.Contains(t, got, "prefers-color-scheme: dark")
		for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(got, -1) {
			require.Contains(t, got, `id="`+link[1]+`"`, "the target of a link")
		}
	}
}

// manyServices returns the configuration of a stack with 60 services.
func manyServices() string {
	var config strings.Builder
	config.WriteString("config:\n  fargate-cd:services:\n")
	for i := range 60 {
		fmt.Fprintf(&config, "    - { name: service-%d, priority: %d, pathPatterns: [/service-%d/*], source: { provider: CodeCommit, repository: service-%d }", i, i+1, i, i)
		if i%2 == 0 {
			config.WriteString(", deployment: { strategy: ECSLinear10PercentEvery3Minutes }, api: {}")
		}
		config.WriteString(" }\n")
	}
	return config.String()
}

func TestManyServices(t *testing.T) {
	picture := drawText(t, manyServices())
	got := page(t, picture)
	require.Equal(t, 60, strings.Count(got, `<li><a href="#service-`), "the table of contents")
	require.Greater(t, strings.Count(got, `>Load balancer</text>`), 10, "a tall box repeats its title")
	// Mermaid draws nothing above these limits (maxTextSize and maxEdges, Mermaid: configuration schema).
	require.LessOrEqual(t, len(picture.Mermaid()), 50_000)
	require.LessOrEqual(t, len(picture.Arrows), 500)
}

// measure is a script that lists the texts of the picture that do not fit into their boxes, and counts the others.
const measure = `<script>
let wide = [], fit = 0
for (const box of document.querySelectorAll("svg a")) {
  const outer = box.querySelector("rect").getBBox()
  for (const text of box.querySelectorAll("text")) {
    const inner = text.getBBox()
    if (inner.width > 0 && inner.x + inner.width <= outer.x + outer.width - 2 && inner.y + inner.height <= outer.y + outer.height) fit++
    else wide.push(text.textContent)
  }
}
document.body.innerHTML = "fit: " + fit + "; wide: " + JSON.stringify(wide)
</script>`

// A real browser shows the page, and every text fits into its box.
func TestInChromium(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not on PATH: the page is NOT tested in a browser")
	}
	pictures := map[string]graph.Picture{"everything": drawText(t, everything), "many": drawText(t, manyServices())}
	for name, file := range stackFiles {
		pictures[name] = draw(t, name, filepath.Join("..", "..", file))
	}
	for name, picture := range pictures {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "page.html")
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(page(t, picture), "</body>", measure+"</body>", 1)), 0o644))
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			command := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu",
				"--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+file)
			command.WaitDelay = time.Second
			shown, err := command.Output()
			require.NoError(t, err)
			require.Regexp(t, `fit: [1-9]\d+; wide: \[\]`, string(shown))
		})
	}
}

// The box of a scheduled task shows its schedule and no port.
func TestSchedule(t *testing.T) {
	picture := drawText(t, `
config:
  aws:region: eu-central-1
  fargate-cd:services:
    - { name: report, schedule: { expression: rate(6 hours) }, source: { provider: Release, stack: test } }
`)
	boxes := picture.Services[0].Boxes
	tasks := boxes[len(boxes)-1]
	require.Equal(t, "Scheduled task", tasks.Title)
	require.Equal(t, []string{"rate(6 hours)", "0.25 vCPU, 0.5 GiB"}, tasks.Lines)
	require.Contains(t, tasks.Facts, graph.Fact{Name: "Time zone", Value: "UTC"})
}
