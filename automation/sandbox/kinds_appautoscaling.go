package sandbox

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	scalableTargetType  = "aws:appautoscaling/target:Target"
	scalingPolicyType   = "aws:appautoscaling/policy:Policy"
	scheduledActionType = "aws:appautoscaling/scheduledAction:ScheduledAction"
)

var resourceLabelForm = regexp.MustCompile(`^app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+$`)

// scaledFixed lists the inputs that identify a scalable target.
const scaledFixed = "resourceId scalableDimension serviceNamespace"

// toScalableTarget is the reference of a policy or a scheduled action to its scalable target. AWS deletes the policy or
// action with the target.
var toScalableTarget = ref{path: "resourceId", to: scalableTargetType, by: "resourceId", part: true,
	absent: "ObjectNotFoundException: No scalable target registered for service namespace: ecs, resource ID: %s, " +
		"scalable dimension: ecs:service:DesiredCount"}

// scaledRules check the inputs that identify a scalable target of ECS.
var scaledRules = []rule{oneOf("serviceNamespace", "ecs"), oneOf("scalableDimension", "ecs:service:DesiredCount"),
	matches("resourceId", `service/[^/]+/[^/]+`, "service/<cluster>/<service>")}

var appautoscalingKinds = []kind{
	{
		new:   appautoscaling.NewTarget,
		fixed: scaledFixed, rules: append([]rule{between("minCapacity", 0, 5000), between("maxCapacity", 0, 5000),
			whole(capacities)}, scaledRules...),
		admit: admitTarget,
		id:    "{resourceId}", out: outputs{
			"arn": "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/{hex26}",
			"roleArn": "arn:{partition}:iam::{account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/" +
				"AWSServiceRoleForApplicationAutoScaling_ECSService"},
	},
	{
		new:  appautoscaling.NewPolicy,
		name: named(256), fixed: "name " + scaledFixed, refs: []ref{toScalableTarget},
		rules: append([]rule{oneOf("policyType", "StepScaling", "TargetTrackingScaling"),
			oneOf("targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType",
				"ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", "ALBRequestCountPerTarget"),
			whole(requestLabel)}, scaledRules...),
		id: "{name}", key: "arn", out: outputs{
			"arn": "arn:{partition}:autoscaling:{region}:{account}:scalingPolicy:{hex26}:resource/ecs/{resourceId}:policyName/{name}"},
	},
	{
		new:  appautoscaling.NewScheduledAction,
		name: named(256), fixed: "name " + scaledFixed, refs: []ref{toScalableTarget},
		rules: append([]rule{matches("schedule", `(at|rate|cron)\(.+\)`, "at(…), rate(…) or cron(…)"),
			whole(func(p resource.PropertyMap) []failure {
				action, ok := value(p, "scalableTargetAction")
				if !ok || !action.IsObject() {
					return nil
				}
				return capacities(action.ObjectValue())
			})}, scaledRules...),
		id: "{name}-{serviceNamespace}-{resourceId}", out: outputs{"timezone": "UTC",
			"arn": "arn:{partition}:autoscaling:{region}:{account}:scheduledAction:{hex26}:resource/ecs/{resourceId}:scheduledActionName/{name}"},
	},
}

// capacities checks that a minimum is not above its maximum.
func capacities(p resource.PropertyMap) []failure {
	lowest, hasLowest := number(p, "minCapacity")
	highest, hasHighest := number(p, "maxCapacity")
	if hasLowest && hasHighest && lowest > highest {
		return []failure{{"maxCapacity", fmt.Sprintf("is %s; allowed is at least minCapacity, %s", decimal(highest), decimal(lowest))}}
	}
	return nil
}

// requestLabel checks that a policy on the request count, and no other policy, names a target group.
func requestLabel(p resource.PropertyMap) []failure {
	const path = "targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification"
	specification, ok := value(p, path)
	if !ok || !specification.IsObject() {
		return nil
	}
	label := specification.ObjectValue()["resourceLabel"] // not known before the load balancer exists
	requests := text(specification.ObjectValue(), "predefinedMetricType") == "ALBRequestCountPerTarget"
	wrong := ""
	switch {
	case requests && label.IsNull():
		wrong = "is required for ALBRequestCountPerTarget"
	case !requests && !label.IsNull():
		wrong = "is only allowed for ALBRequestCountPerTarget"
	case requests && label.IsString() && !resourceLabelForm.MatchString(label.StringValue()):
		wrong = "is " + show(label) + "; allowed is app/<load balancer>/<id>/targetgroup/<target group>/<id>"
	default:
		return nil
	}
	return []failure{{path + ".resourceLabel", wrong}}
}

// admitTarget refuses a scalable target whose ECS service does not exist.
func admitTarget(a *account, p resource.PropertyMap) error {
	id := text(p, "resourceId")
	services, err := a.all(serviceType)
	if err != nil {
		return err
	}
	for _, it := range services {
		if id == "service/"+lastPart(text(it.Props, "cluster"))+"/"+text(it.Props, "name") {
			return nil
		}
	}
	return fmt.Errorf("ValidationException: ECS service doesn't exist: %s", id)
}
