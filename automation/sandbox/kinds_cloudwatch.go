package sandbox

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	logGroupType = "aws:cloudwatch/logGroup:LogGroup"
	eventType    = "aws:cloudwatch/eventRule:EventRule"
)

var cloudwatchKinds = []kind{
	{
		new:  cloudwatch.NewLogGroup,
		name: named(512), fixed: "name", unique: &unique{"name", "ResourceAlreadyExistsException"},
		refs: []ref{withKey("kmsKeyId")},
		id:   "{name}", out: outputs{"arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}"},
	},
	{
		new: cloudwatch.NewEventRule, name: named(64), fixed: "name",
		rules: []rule{needs("eventPattern"), document("eventPattern")},
		id:    "{name}", out: outputs{"arn": "arn:{partition}:events:{region}:{account}:rule/{name}"},
	},
	{
		new: cloudwatch.NewEventTarget, fixed: "rule targetId",
		rules: []rule{document("input"), exclusive("input", "inputTransformer"), whole(pipelineTarget)},
		refs: []ref{ofRole("roleArn"), {path: "rule", to: eventType, by: "name",
			absent: "ResourceNotFoundException: Rule %s does not exist on EventBus default.",
			holds:  "ValidationException: Rule can't be deleted since it has targets."}},
		id: "{rule}-{targetId}", out: outputs{"targetId": "pulumi-{hex26}"},
	},
	{
		new:  cloudwatch.NewMetricAlarm,
		name: named(255), fixed: "name", unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{known("comparisonOperator", "GreaterThanThreshold"), known("treatMissingData", "notBreaching"),
			needs("metricQueries"), whole(alarmQueries)},
		id: "{name}", out: outputs{"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"},
	},
	{
		new: cloudwatch.NewDashboard, global: true, // ("PutDashboard", Amazon CloudWatch API Reference)
		fixed: "dashboardName", unique: &unique{"dashboardName", "ResourceAlreadyExists"},
		rules: []rule{document("dashboardBody"), whole(widgets)},
		id:    "{dashboardName}", out: outputs{"dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{dashboardName}"},
	},
}

// widgets checks the limits and the grid of a dashboard ("Dashboard body structure and syntax", Amazon CloudWatch API
// Reference, and "CloudWatch service quotas").
func widgets(p resource.PropertyMap) []failure {
	var body struct {
		Widgets []struct {
			Type                string
			X, Y, Width, Height int
			Properties          map[string]any
		}
	}
	text := text(p, "dashboardBody")
	if text == "" || json.Unmarshal([]byte(text), &body) != nil {
		return nil // not known yet, or reported already
	}
	var failures []failure
	wrong := func(i int, why string, args ...any) {
		failures = append(failures, failure{fmt.Sprintf("dashboardBody.widgets[%d]", i), fmt.Sprintf(why, args...)})
	}
	if n := len(body.Widgets); n > 500 {
		failures = append(failures, failure{"dashboardBody", fmt.Sprintf("has %d widgets; allowed is at most 500", n)})
	}
	for i, w := range body.Widgets {
		if w.Width < 1 || w.Height < 1 || w.X < 0 || w.X+w.Width > 24 {
			wrong(i, "covers the columns %d to %d; allowed is 0 to 24", w.X, w.X+w.Width)
		}
		if alarms, _ := w.Properties["alarms"].([]any); len(alarms) > 100 || w.Type == "alarm" && len(alarms) == 0 {
			wrong(i, "has %d alarms; allowed is 1 to 100", len(alarms))
		}
		if w.Type == "metric" && (w.Properties["region"] == nil || w.Properties["metrics"] == nil) {
			wrong(i, "needs a region and metrics")
		}
	}
	return failures
}

// pipelineTarget checks that a target that is a pipeline has a role with which EventBridge can start it.
func pipelineTarget(p resource.PropertyMap) []failure {
	if service := text(p, "arn"); serviceOf(service) == "codepipeline" && !p.HasValue("roleArn") {
		return []failure{{"roleArn", "is required: RoleArn is required for target " + service}}
	}
	return nil
}

// alarmQueries checks the queries of an alarm, of which the alarm watches exactly one, and the number of data points
// ("PutMetricAlarm", Amazon CloudWatch API Reference).
func alarmQueries(p resource.PropertyMap) []failure {
	var failures []failure
	evaluations, _ := number(p, "evaluationPeriods")
	if points, ok := number(p, "datapointsToAlarm"); ok && points > evaluations {
		failures = append(failures, failure{"datapointsToAlarm", fmt.Sprintf("is %s; allowed is at most evaluationPeriods, %s",
			decimal(points), decimal(evaluations))})
	}
	if queries := p["metricQueries"]; !queries.IsArray() {
		return failures // not known yet, or reported already
	}
	ids, watched := map[string]bool{}, 0
	each(p, "metricQueries[]", func(at string, v resource.PropertyValue) {
		query := v.ObjectValue()
		if query.HasValue("expression") == query.HasValue("metric") {
			failures = append(failures, failure{at, "must have either an expression or a metric"})
		}
		id := text(query, "id")
		if ids[id] {
			failures = append(failures, failure{join(at, "id"), fmt.Sprintf("is %q, which another query has", id)})
		}
		ids[id] = true
		if flag(query, "returnData") {
			watched++
		}
	})
	if watched != 1 {
		failures = append(failures, failure{"metricQueries", fmt.Sprintf("have returnData %d times; allowed is once", watched)})
	}
	return failures
}
