package sandbox

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	logGroupType = "aws:cloudwatch/logGroup:LogGroup"
	eventType    = "aws:cloudwatch/eventRule:EventRule"
	alarmType    = "aws:cloudwatch/metricAlarm:MetricAlarm"
)

// retentions are the days that CloudWatch Logs can keep events; 0 keeps them for ever.
var retentions = []float64{0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
	2922, 3288, 3653}

var monitoringKinds = []kind{
	{
		token: logGroupType, args: cloudwatch.LogGroupArgs{}, state: cloudwatch.LogGroupState{},
		name: named(512), fixed: "logGroupClass name namePrefix", later: "logGroupClass namePrefix",
		unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{matches("name", `[\w.\-/#]{1,512}`, "at most 512 letters, digits and _-/.#"),
			numbers("retentionInDays", retentions...), oneOf("logGroupClass", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY")},
		refs: []ref{withKey("kmsKeyId")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			return text(p, "name"), outputs{"arn": a.arn("logs", "log-group:"+text(p, "name")), "logGroupClass": "STANDARD"}
		},
	},
	{
		token: eventType, args: cloudwatch.EventRuleArgs{}, state: cloudwatch.EventRuleState{},
		name: named(64), fixed: "eventBusName name namePrefix", later: "namePrefix",
		rules: []rule{matches("name", `[\w.-]{1,64}`, "at most 64 letters, digits, . _ and -"), document("eventPattern"),
			oneOf("state", "ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
			matches("scheduleExpression", `(rate|cron)\(.+\)`, "rate(…) or cron(…)"), whole(eventSource)},
		refs: []ref{ofRole("roleArn")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			return text(p, "name"), outputs{"arn": a.arn("events", "rule/"+text(p, "name"))}
		},
	},
	{
		token: "aws:cloudwatch/eventTarget:EventTarget", args: cloudwatch.EventTargetArgs{}, state: cloudwatch.EventTargetState{},
		fixed: "eventBusName rule targetId", later: "targetId",
		need: "ecsTarget.networkConfiguration.subnets runCommandTargets[].values",
		rules: []rule{matches("targetId", `[\w.-]{1,64}`, "at most 64 letters, digits, . _ and -"),
			matches("arn", `arn:.+`, "an ARN"), document("input"), exclusive("input", "inputPath", "inputTransformer"),
			whole(pipelineTarget)},
		refs: []ref{ofRole("roleArn"), {path: "rule", to: eventType, by: "name",
			absent: "ResourceNotFoundException: Rule %s does not exist on EventBus default.",
			holds:  "ValidationException: Rule can't be deleted since it has targets."}},
		mint: func(_ *account, p resource.PropertyMap) (string, outputs) {
			id := text(p, "targetId")
			if id == "" {
				id = "pulumi-" + randomHex(26)
			}
			return text(p, "rule") + "-" + id, outputs{"targetId": id}
		},
	},
	{
		token: alarmType, args: cloudwatch.MetricAlarmArgs{}, state: cloudwatch.MetricAlarmState{},
		name: named(255), fixed: "name", later: "evaluateLowSampleCountPercentiles",
		unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{
			oneOf("comparisonOperator", "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
				"LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold",
				"GreaterThanUpperThreshold"),
			oneOf("statistic", "SampleCount", "Average", "Sum", "Minimum", "Maximum"),
			oneOf("treatMissingData", "missing", "ignore", "breaching", "notBreaching"),
			between("evaluationPeriods", 1, 604800), exclusive("statistic", "extendedStatistic"),
			matches("metricQueries[].id", `[a-z]\w{0,254}`, "a lower-case letter, then letters, digits and underscores"),
			count("alarmActions", 0, 5), whole(alarmPeriods), whole(alarmQueries)},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			return text(p, "name"), outputs{"arn": a.arn("cloudwatch", "alarm:"+text(p, "name"))}
		},
	},
	{
		token: "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
		args:  cloudwatch.LogResourcePolicyArgs{}, state: cloudwatch.LogResourcePolicyState{},
		fixed: "policyName", need: "policyDocument", rules: []rule{policy("policyDocument")},
		mint: func(_ *account, p resource.PropertyMap) (string, outputs) { return text(p, "policyName"), nil },
	},
}

// eventSource checks that a rule reacts to something.
func eventSource(p resource.PropertyMap) []failure {
	if p.HasValue("eventPattern") || p.HasValue("scheduleExpression") {
		return nil
	}
	return []failure{{"eventPattern", "or scheduleExpression is required"}}
}

// pipelineTarget checks that EventBridge may start a pipeline.
func pipelineTarget(p resource.PropertyMap) []failure {
	if service := text(p, "arn"); serviceOf(service) == "codepipeline" && !p.HasValue("roleArn") {
		return []failure{{"roleArn", "is required: RoleArn is required for target " + service}}
	}
	return nil
}

// alarmPeriods checks the numbers of an alarm together.
func alarmPeriods(p resource.PropertyMap) []failure {
	var faults []failure
	period, hasPeriod := number(p, "period")
	evaluations, _ := number(p, "evaluationPeriods")
	if hasPeriod && !validPeriod(period) {
		faults = append(faults, failure{"period", fmt.Sprintf("is %s; allowed is 10, 20, 30 or a multiple of 60", decimal(period))})
	}
	if hasPeriod && period*evaluations > 604800 {
		faults = append(faults, failure{"evaluationPeriods", fmt.Sprintf("is %s with a period of %s s; allowed is a product of "+
			"at most 604800 s", decimal(evaluations), decimal(period))})
	}
	if points, ok := number(p, "datapointsToAlarm"); ok && points > evaluations {
		faults = append(faults, failure{"datapointsToAlarm", fmt.Sprintf("is %s; allowed is at most evaluationPeriods, %s",
			decimal(points), decimal(evaluations))})
	}
	if !p.HasValue("metricQueries") && (!p.HasValue("metricName") || !p.HasValue("namespace")) {
		faults = append(faults, failure{"metricName", "and namespace are required unless metricQueries are given"})
	}
	return faults
}

// validPeriod tells whether an alarm can have a period, in seconds.
func validPeriod(period float64) bool {
	return period == 10 || period == 20 || period == 30 || (period >= 60 && divisible(period, 60))
}

// alarmQueries checks that an alarm by metric math watches exactly one of its results ("PutMetricAlarm", Amazon CloudWatch
// API Reference).
func alarmQueries(p resource.PropertyMap) []failure {
	if !p.HasValue("metricQueries") {
		return nil
	}
	var faults []failure
	for _, name := range []string{"metricName", "namespace", "period", "statistic", "extendedStatistic", "dimensions"} {
		if p.HasValue(resource.PropertyKey(name)) {
			faults = append(faults, failure{name, "must not be given beside metricQueries"})
		}
	}
	ids, watched := map[string]bool{}, 0
	each(p, "metricQueries[]", func(at string, v resource.PropertyValue) {
		query := v.ObjectValue()
		if query.HasValue("expression") == query.HasValue("metric") {
			faults = append(faults, failure{at, "must have either an expression or a metric"})
		}
		if period, ok := number(query, "metric.period"); ok && !validPeriod(period) {
			faults = append(faults, failure{join(at, "metric.period"), fmt.Sprintf("is %s; allowed is 10, 20, 30 or a multiple of 60", decimal(period))})
		}
		if id := text(query, "id"); ids[id] {
			faults = append(faults, failure{join(at, "id"), fmt.Sprintf("is %q, which another query has", id)})
		} else {
			ids[id] = true
		}
		if flag(query, "returnData") {
			watched++
		}
	})
	if watched != 1 {
		faults = append(faults, failure{"metricQueries", fmt.Sprintf("have returnData %d times; allowed is once", watched)})
	}
	return faults
}
