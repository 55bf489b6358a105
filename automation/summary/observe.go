package summary

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"

	"fargate-cd/internal/awsapi"
)

// Observer records values that the engine's events do not contain, during a run of the program: the running images, the
// region, and the decrypted secrets of the configuration, which must not be shown.
type Observer struct {
	// StackFile is the path of the stack's configuration file. The file shows which values are encrypted.
	StackFile string

	mu      sync.Mutex
	images  map[string]string
	secrets []string
	region  string
}

// Watch returns a program that runs the given one and records its values.
func (o *Observer) Watch(run pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if err := o.readConfig(ctx); err != nil {
			return err
		}
		return run(awsapi.Observe(ctx, o.seen))
	}
}

// seen records the images of a task definition. It keeps the first image of each container, which is the running one:
// the program reads the running revision of a service before its other revisions.
func (o *Observer) seen(_ context.Context, definition *types.TaskDefinition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, container := range definition.ContainerDefinitions {
		name := aws.ToString(container.Name)
		if _, known := o.images[name]; !known {
			o.images[name] = aws.ToString(container.Image)
		}
	}
}

// Fill copies the values of the last run into a plan.
func (o *Observer) Fill(plan *Plan) {
	o.mu.Lock()
	defer o.mu.Unlock()
	plan.Images, plan.Secrets, plan.Region = o.images, o.secrets, o.region
}

// Secrets returns the decrypted secrets of the configuration, as far as the last run read them.
func (o *Observer) Secrets() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.secrets
}

// readConfig reads the region, and the decrypted values that are encrypted in the stack file.
func (o *Observer) readConfig(ctx *pulumi.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.images = map[string]string{}
	o.region, _ = ctx.GetConfig("aws:region")
	for _, variable := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if o.region == "" {
			o.region = os.Getenv(variable)
		}
	}
	content, err := os.ReadFile(o.StackFile)
	if err != nil {
		return fmt.Errorf("finding the encrypted values of the stack file: %w", err)
	}
	o.secrets, err = secretValues(content, func(key string) (string, bool) { return ctx.GetConfig(key) })
	return err
}

// secretValues returns the decrypted values that are encrypted in a stack file. get returns the decrypted value of a
// key.
func secretValues(stackFile []byte, get func(key string) (string, bool)) ([]string, error) {
	var file struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(stackFile, &file); err != nil {
		return nil, fmt.Errorf("finding the encrypted values of the stack file: %w", err)
	}
	var found []string
	for key, node := range file.Config {
		paths := encrypted(&node, nil)
		if len(paths) == 0 {
			continue
		}
		text, given := get(key)
		if !given {
			continue
		}
		for _, path := range paths {
			if value := follow(text, path); value != "" {
				found = append(found, value)
			}
		}
	}
	// The longest is first, because a secret may be part of another.
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return found, nil
}

// encrypted returns the paths of the nodes {secure: …}.
func encrypted(node *yaml.Node, path []string) [][]string {
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 && node.Content[0].Value == "secure" {
		return [][]string{slices.Clone(path)}
	}
	var out [][]string
	for i, child := range node.Content {
		switch {
		case node.Kind == yaml.MappingNode && i%2 == 1:
			out = append(out, encrypted(child, append(path, node.Content[i-1].Value))...)
		case node.Kind == yaml.SequenceNode:
			out = append(out, encrypted(child, append(path, strconv.Itoa(i)))...)
		}
	}
	return out
}

// follow returns the value at a path of a JSON document as text; "" if there is none. For an empty path it returns the
// document unchanged.
func follow(document string, path []string) string {
	if len(path) == 0 {
		return document
	}
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber() // A number keeps its text, so that conceal finds it.
	var value any
	if err := decoder.Decode(&value); err != nil {
		return ""
	}
	for _, step := range path {
		switch at := value.(type) {
		case map[string]any:
			value = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return ""
			}
			value = at[i]
		default:
			return ""
		}
	}
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
