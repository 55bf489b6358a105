package sandbox

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const scalableTargetType = "aws:appautoscaling/target:Target"

var resourceLabelForm = regexp.MustCompile(`^app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+$`)

// scaledFixed lists the inputs that identify a scalable target.
const scaledFixed = "resourceId scalableDimension serviceNamespace"

// toScalableTarget is the reference of a policy or a scheduled action to its scalable target. AWS deletes the policy or
// action with the target.
var toScalableTarget = ref{path: "resourceId", to: scalableTargetType, by: "resourceId", part: true,
	absent: "ObjectNotFoundException: No scalable target registered for service namespace: ecs, resource ID: %s, " +
		"scalable dimension: ecs:service:DesiredCount"}

// scaledRules limit the scalable targets to the services of ECS.
var scaledRules = []rule{known("serviceNamespace", "ecs"), known("scalableDimension", "ecs:service:DesiredCount")}

var appautoscalingKinds = []kind{
	{
		new: appautoscaling.NewTarget, fixed: scaledFixed, rules: scaledRules, admit: admitTarget,
		id: "{resourceId}", out: outputs{
			"arn": "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/{hex26}",
			"roleArn": "arn:{partition}:iam::{account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/" +
				"AWSServiceRoleForApplicationAutoScaling_ECSService"},
	},
	{
		new: appautoscaling.NewPolicy, name: named(256), fixed: "name " + scaledFixed, refs: []ref{toScalableTarget},
		rules: append([]rule{known("policyType", "TargetTrackingScaling"),
			known("targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType",
				"ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", "ALBRequestCountPerTarget"),
			whole(requestLabel)}, scaledRules...),
		id: "{name}", key: "arn", out: outputs{
			"arn": "arn:{partition}:autoscaling:{region}:{account}:scalingPolicy:{hex26}:resource/ecs/{resourceId}:policyName/{name}"},
	},
	{
		new:  appautoscaling.NewScheduledAction,
		name: named(256), fixed: "name " + scaledFixed, refs: []ref{toScalableTarget},
		rules: scaledRules,
		id:    "{name}-{serviceNamespace}-{resourceId}", out: outputs{"timezone": "UTC",
			"arn": "arn:{partition}:autoscaling:{region}:{account}:scheduledAction:{hex26}:resource/ecs/{resourceId}:scheduledActionName/{name}"},
	},
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
