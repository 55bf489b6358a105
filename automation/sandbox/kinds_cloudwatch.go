package sandbox

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	logGroupType  = "aws:cloudwatch/logGroup:LogGroup"
	eventType     = "aws:cloudwatch/eventRule:EventRule"
	dashboardType = "aws:cloudwatch/dashboard:Dashboard"
	alarmType     = "aws:cloudwatch/metricAlarm:MetricAlarm"
)

var cloudwatchKinds = []kind{
	{
		new:  cloudwatch.NewLogGroup,
		name: named(512), fixed: "logGroupClass name namePrefix", unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{matches("name", `[\w.\-/#]{1,512}`, "at most 512 letters, digits and _-/.#")},
		refs:  []ref{withKey("kmsKeyId")},
		id:    "{name}", out: outputs{"arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}", "logGroupClass": "STANDARD"},
	},
	{
		new:  cloudwatch.NewEventRule,
		name: named(64), fixed: "eventBusName name namePrefix",
		rules: []rule{matches("name", `[\w.-]{1,64}`, "at most 64 letters, digits, . _ and -"), document("eventPattern"),
			matches("scheduleExpression", `(rate|cron)\(.+\)`, "rate(…) or cron(…)"), whole(eventSource)},
		id: "{name}", out: outputs{"arn": "arn:{partition}:events:{region}:{account}:rule/{name}"},
	},
	{
		new:   cloudwatch.NewEventTarget,
		fixed: "eventBusName rule targetId",
		rules: []rule{matches("arn", `arn:.+`, "an ARN"), document("input"), exclusive("input", "inputPath", "inputTransformer"),
			whole(pipelineTarget)},
		refs: []ref{ofRole("roleArn"), {path: "rule", to: eventType, by: "name",
			absent: "ResourceNotFoundException: Rule %s does not exist on EventBus default.",
			holds:  "ValidationException: Rule can't be deleted since it has targets."}},
		id: "{rule}-{targetId}", out: outputs{"targetId": "pulumi-{hex26}"},
	},
	{
		new:  cloudwatch.NewMetricAlarm,
		name: named(255), fixed: "name", unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{
			oneOf("comparisonOperator", "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
				"LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold",
				"GreaterThanUpperThreshold"),
			oneOf("treatMissingData", "missing", "ignore", "breaching", "notBreaching"),
			matches("metricQueries[].id", `[a-z]\w{0,254}`, "a lower-case letter, then letters, digits and underscores"),
			period("period"), period("metricQueries[].metric.period"), whole(alarmMetric), whole(alarmQueries)},
		id: "{name}", out: outputs{"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"},
	},
	{
		new: cloudwatch.NewDashboard, global: true, // ("PutDashboard", Amazon CloudWatch API Reference)
		fixed: "dashboardName", unique: &unique{"dashboardName", "ResourceAlreadyExists"},
		rules: []rule{matches("dashboardName", `[\w-]{1,255}`, "at most 255 letters, digits, _ and -"), document("dashboardBody"), whole(widgets)},
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

// eventSource checks that a rule has an event pattern or a schedule.
func eventSource(p resource.PropertyMap) []failure {
	if p.HasValue("eventPattern") || p.HasValue("scheduleExpression") {
		return nil
	}
	return []failure{{"eventPattern", "or scheduleExpression is required"}}
}

// pipelineTarget checks that a target that is a pipeline has a role with which EventBridge can start it.
func pipelineTarget(p resource.PropertyMap) []failure {
	if service := text(p, "arn"); serviceOf(service) == "codepipeline" && !p.HasValue("roleArn") {
		return []failure{{"roleArn", "is required: RoleArn is required for target " + service}}
	}
	return nil
}

// period returns a rule that allows the valid periods of an alarm, in seconds.
func period(path string) rule {
	return rule{path: path, value: func(v resource.PropertyValue) string {
		if n := v.NumberValue(); n == 10 || n == 20 || n == 30 || n >= 60 && math.Mod(n, 60) == 0 {
			return ""
		}
		return "allowed is 10, 20, 30 or a multiple of 60"
	}}
}

// alarmMetric checks datapointsToAlarm against evaluationPeriods, and that an alarm without metric math has a metric.
func alarmMetric(p resource.PropertyMap) []failure {
	var failures []failure
	evaluations, _ := number(p, "evaluationPeriods")
	if points, ok := number(p, "datapointsToAlarm"); ok && points > evaluations {
		failures = append(failures, failure{"datapointsToAlarm", fmt.Sprintf("is %s; allowed is at most evaluationPeriods, %s",
			decimal(points), decimal(evaluations))})
	}
	if !p.HasValue("metricQueries") && (!p.HasValue("metricName") || !p.HasValue("namespace")) {
		failures = append(failures, failure{"metricName", "and namespace are required unless metricQueries are given"})
	}
	return failures
}

// alarmQueries checks that an alarm with metric math watches exactly one result ("PutMetricAlarm", Amazon CloudWatch
// API Reference).
func alarmQueries(p resource.PropertyMap) []failure {
	if !p.HasValue("metricQueries") {
		return nil
	}
	var failures []failure
	for _, name := range []string{"metricName", "namespace", "period", "statistic", "extendedStatistic", "dimensions"} {
		if p.HasValue(resource.PropertyKey(name)) {
			failures = append(failures, failure{name, "must not be given beside metricQueries"})
		}
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
