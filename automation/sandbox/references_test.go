package sandbox

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReferencesMustExist(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	ours := "arn:aws:iam::" + accountID + ":role/missing"
	for _, c := range []struct {
		token  string
		inputs props
		want   string
	}{
		{subnetType, props{"vpcId": "vpc-0" + mark + "0000000000", "cidrBlock": "10.0.0.0/24"}, "InvalidVpcID.NotFound"},
		{serviceType, merged(d.serviceInputs(s), props{"cluster": "elsewhere"}), "ClusterNotFoundException: Cluster not found: elsewhere"},
		{serviceType, merged(d.serviceInputs(s), props{"taskDefinition": "web:7"}), "TaskDefinition not found: web:7"},
		{serviceType, merged(d.serviceInputs(s), props{"loadBalancers": []any{props{"containerName": "sidecar",
			"containerPort": 8080, "targetGroupArn": s.blue}}}), "The container sidecar does not exist in the task definition."},
		{serviceType, merged(d.serviceInputs(s), props{"loadBalancers": []any{props{"containerName": "web",
			"containerPort": 80, "targetGroupArn": s.blue}}}), "did not have a container port 80 defined."},
		{serviceType, merged(d.serviceInputs(s), props{"serviceConnectConfiguration": props{"enabled": true, "namespace": "arn:aws:servicediscovery:eu-central-1:" +
			accountID + ":namespace/ns-0" + mark + "0000000000"}}), "does not exist"},
		{serviceType, merged(d.serviceInputs(s), props{"serviceConnectConfiguration": props{"enabled": true,
			"services": []any{props{"portName": "web"}}}}), "The port name web does not exist in the task definition."},
		{listenerType, props{"loadBalancerArn": "arn:aws:elasticloadbalancing:x", "port": 81, "protocol": "HTTP",
			"defaultActions": []any{props{"type": "forward", "targetGroupArn": s.blue}}}, "LoadBalancerNotFound"},
		{rolePolicyType, props{"role": "missing", "policy": trust}, "NoSuchEntity: The role with name missing"},
		{projectType, merged(sound[projectType], props{"serviceRole": ours}), "The role " + ours + " is invalid"},
		{"aws:s3/bucketPolicy:BucketPolicy", props{"bucket": "missing", "policy": trust}, "NoSuchBucket"},
	} {
		_, _, err := d.try(c.token, "x", c.inputs)
		require.ErrorContains(t, err, c.want, c.token)
	}
}

func TestTargetGroupMustBeAttached(t *testing.T) {
	// On AWS, a service that does not depend on its listener fails only sometimes.
	d := newDesk(t)
	s := d.site("ECS")
	loose, _ := d.create(targetGroupType, "loose", d.groupInputs(s, "loose"))
	_, _, err := d.try(serviceType, "web", merged(d.serviceInputs(s), props{"loadBalancers": []any{
		props{"containerName": "web", "containerPort": 8080, "targetGroupArn": loose}}}))
	require.ErrorContains(t, err, "does not have an associated load balancer")
}

func TestWhatTheUserBringsIsTakenOnTrust(t *testing.T) {
	d := newDesk(t)
	d.create(securityGroupType, "web", props{"vpcId": "vpc-0123456789abcdef0"})
	d.create(projectType, "build", sound[projectType]) // its role is in another account
	d.create(balancerType, "web", sound[balancerType])
}

func TestNamesTakenTwice(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	rule := props{"listenerArn": s.listener, "priority": 10, "conditions": sound[ruleType]["conditions"],
		"actions": []any{props{"type": "forward", "targetGroupArn": s.blue}}}
	d.create(ruleType, "one", rule)
	for _, c := range []struct {
		token  string
		inputs props
		want   string
	}{
		{clusterType, props{"name": "main"}, `ClusterAlreadyExists: name "main" exists already`},
		{targetGroupType, d.groupInputs(s, "blue"), "DuplicateTargetGroupName"},
		{ruleType, rule, "PriorityInUse"},
		{subnetType, props{"vpcId": s.vpc, "cidrBlock": "10.0.1.128/25"}, "InvalidSubnet.Conflict"},
		{subnetType, props{"vpcId": s.vpc, "cidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"},
	} {
		_, _, err := d.try(c.token, "two", c.inputs)
		require.ErrorContains(t, err, c.want, c.token)
	}

}

// In AWS, each region has its own names. A resource whose id is its name must not replace one in another region, and
// must not disappear with it.
func TestSameNamesInTwoRegions(t *testing.T) {
	d := newDesk(t)
	_, role := d.create(roleType, "role", props{"assumeRolePolicy": trust})
	bucket, _ := d.create(bucketType, "files", props{"bucket": "files"})
	pipeline := props{"name": "web", "pipelineType": "V2", "roleArn": text(role, "arn"), "artifactStores": []any{props{"type": "S3", "location": bucket}},
		"stages": []any{
			props{"name": "Source", "actions": []any{props{"name": "Source", "category": "Source", "owner": "AWS", "provider": "S3", "version": "1",
				"outputArtifacts": []any{"source"}, "configuration": props{"S3Bucket": bucket, "S3ObjectKey": "a.zip"}}}},
			props{"name": "Approval", "actions": []any{props{"name": "Approval", "category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}},
		}}
	kinds := []struct {
		token  string
		inputs props
	}{
		{clusterType, props{"name": "main"}},
		{capacityType, props{"clusterName": "main", "capacityProviders": []any{"FARGATE"}}},
		{logGroupType, props{"name": "logs"}},
		{alarmType, merged(sound[alarmType], props{"name": "alarm"})},
		{repositoryType, props{"name": "app"}},
		{pipelineType, pipeline},
	}
	regions := []string{"eu-central-1", "us-east-1"}
	for _, region := range regions {
		d.in.region = region
		for _, k := range kinds {
			id, state := d.create(k.token, "one", k.inputs)
			require.Equal(t, state, d.plain(d.read(k.token, "one", id, state, k.inputs).GetProperties()), k.token)
		}
	}
	for _, k := range kinds {
		items, err := d.server.store.all(k.token)
		require.NoError(t, err)
		require.Len(t, items, 2, k.token)
	}
	for i := range kinds {
		k := kinds[len(kinds)-1-i]
		require.NoError(t, d.delete(k.token, "one", d.only(k.token).ID, nil))
	}
	d.in.region = regions[0]
	for _, k := range kinds {
		it := d.only(k.token)
		require.Equal(t, it.ID, d.read(k.token, "one", it.ID, it.Props, k.inputs).GetId(), k.token)
	}
}

// Dashboards are global ("PutDashboard", Amazon CloudWatch API Reference).
func TestDashboardNamesAreGlobal(t *testing.T) {
	d := newDesk(t)
	d.create(dashboardType, "one", sound[dashboardType])
	d.in.region = "us-east-1"
	_, _, err := d.try(dashboardType, "two", sound[dashboardType])
	require.ErrorContains(t, err, "ResourceAlreadyExists")
}

// A topic's subscriptions and its policy do not outlive the topic ("DeleteTopic", Amazon SNS API Reference).
func TestTopicTakesItsPartsAlong(t *testing.T) {
	d := newDesk(t)
	topic, _ := d.create(topicType, "alarms", props{"name": "alarms"})
	const policy, subscription = "aws:sns/topicPolicy:TopicPolicy", "aws:sns/topicSubscription:TopicSubscription"
	d.create(policy, "alarms", props{"arn": topic, "policy": trust})
	d.create(subscription, "alarms", props{"topic": topic, "protocol": "email", "endpoint": "a@example.com"})
	require.NoError(t, d.delete(topicType, "alarms", topic, nil))
	for _, token := range []string{policy, subscription} {
		items, err := d.server.store.all(token)
		require.NoError(t, err)
		require.Empty(t, items, token)
	}
}

// A certificate cannot be deleted while a listener uses it. An existing certificate of the user is accepted without a
// check.
func TestCertificates(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	certificate, state := d.create(certificateType, "web", sound[certificateType])
	proof := state["domainValidationOptions"].ArrayValue()[0].ObjectValue()
	d.create(recordType, "web", props{"zoneId": "Z1", "name": text(proof, "resourceRecordName"), "type": "CNAME", "ttl": 300,
		"records": []any{text(proof, "resourceRecordValue")}})
	listener := merged(sound[listenerType], props{"loadBalancerArn": s.balancer, "certificateArn": certificate})
	d.create(listenerType, "web-tls", listener)
	require.ErrorContains(t, d.delete(certificateType, "web", certificate, state), "Certificate is in use")

	missing := "arn:aws:acm:eu-central-1:" + accountID + ":certificate/" + mark + "00-0000-4000-a000-000000000000"
	_, _, err := d.try(listenerType, "missing", merged(listener, props{"port": 444, "certificateArn": missing}))
	require.ErrorContains(t, err, "CertificateNotFound")
	own := "arn:aws:acm:eu-central-1:" + accountID + ":certificate/12345678-1234-1234-1234-123456789012"
	d.create(listenerType, "own", merged(listener, props{"port": 444, "certificateArn": own}))
}

func TestTwoSubnetsOfOneZone(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	third, _ := d.create(subnetType, "third", props{"vpcId": s.vpc, "availabilityZone": "eu-central-1a", "cidrBlock": "10.0.2.0/24"})
	_, _, err := d.try(balancerType, "two", props{"subnets": []any{s.subnets[0], third}})
	require.ErrorContains(t, err, "multiple subnets in the same Availability Zone")
}

func TestTargetGroupOfTwoBalancers(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	balancer, _ := d.create(balancerType, "second", props{"subnets": s.subnets})
	notFound := []any{props{"type": "fixed-response", "fixedResponse": props{"contentType": "text/plain", "statusCode": "404"}}}
	listener, _ := d.create(listenerType, "second", props{"loadBalancerArn": balancer, "port": 80, "protocol": "HTTP", "defaultActions": notFound})
	for _, group := range []string{s.blue, s.green} {
		_, _, err := d.try(ruleType, "two", props{"listenerArn": listener, "priority": 1, "conditions": sound[ruleType]["conditions"],
			"actions": []any{props{"type": "forward", "targetGroupArn": group}}})
		require.ErrorContains(t, err, "TargetGroupAssociationLimit")
	}
	free, _ := d.create(targetGroupType, "free", d.groupInputs(s, "free"))
	d.create(ruleType, "free", props{"listenerArn": listener, "priority": 1, "conditions": sound[ruleType]["conditions"],
		"actions": []any{props{"type": "forward", "targetGroupArn": free}}})
}

func TestUserPoolParts(t *testing.T) {
	d := newDesk(t)
	pool, _ := d.create(poolType, "pool", props{})
	d.create(poolDomainType, "one", props{"userPoolId": pool, "domain": "one"})
	_, _, err := d.try(poolDomainType, "two", props{"userPoolId": pool, "domain": "two"})
	require.ErrorContains(t, err, "User pool already has a domain configured: one")

	client := props{"userPoolId": pool, "allowedOauthFlowsUserPoolClient": true, "allowedOauthFlows": []any{"code"},
		"callbackUrls": []any{"http://localhost:1/"}, "allowedOauthScopes": []any{"openid", "web/read"}}
	_, _, err = d.try(clientType, "people", client)
	require.ErrorContains(t, err, "ScopeDoesNotExistException: Custom scope web/read does not exist")
	d.create(resourceServerType, "web", props{"userPoolId": pool, "identifier": "web",
		"scopes": []any{props{"scopeName": "read", "scopeDescription": "read"}}})
	d.create(clientType, "people", client)
}

func TestWhatIsInUseStays(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	service, serviceState := d.create(serviceType, "web", d.serviceInputs(s))
	role, _ := d.create(roleType, "role", props{"name": "role", "assumeRolePolicy": trust})
	d.create(rolePolicyType, "role", props{"role": role, "policy": trust})
	bucket, _ := d.create(bucketType, "files", props{"bucket": "files"})
	d.create(objectType, "file", props{"bucket": bucket, "key": "a.txt", "content": "a"})
	pool, _ := d.create(poolType, "pool", props{"deletionProtection": "ACTIVE"})
	kept, _ := d.create(balancerType, "kept", merged(sound[balancerType], props{"enableDeletionProtection": true}))
	for _, c := range []struct{ token, id, want string }{
		{vpcType, s.vpc, "DependencyViolation"},
		{subnetType, s.subnets[0].(string), "DependencyViolation"},
		{securityGroupType, s.group, "DependencyViolation"},
		{clusterType, s.cluster, "ClusterContainsServicesException"},
		{targetGroupType, s.green, "ResourceInUse"},
		{roleType, role, "DeleteConflict"},
		{bucketType, bucket, "BucketNotEmpty"},
		{poolType, pool, "deletion protection"},
		{balancerType, kept, "OperationNotPermitted"},
	} {
		require.ErrorContains(t, d.delete(c.token, "x", c.id, nil), c.want, c.token)
	}
	require.NoError(t, d.delete(serviceType, "web", service, serviceState))
	require.NoError(t, d.delete(clusterType, "main", s.cluster, nil), "once the service is gone")
}

// Like AWS, the sandbox deletes a bucket's settings with the bucket, and with forceDestroy also its objects.
func TestBucketTakesItsPartsAlong(t *testing.T) {
	d := newDesk(t)
	bucket, _ := d.create(bucketType, "files", props{"bucket": "files", "forceDestroy": true})
	d.create("aws:s3/bucketPolicy:BucketPolicy", "files", props{"bucket": bucket, "policy": trust})
	d.create("aws:s3/bucketVersioningV2:BucketVersioningV2", "files", props{"bucket": bucket,
		"versioningConfiguration": props{"status": "Enabled"}})
	d.create(objectType, "file", props{"bucket": bucket, "key": "a.txt", "content": "a"})
	other, _ := d.create(bucketType, "other", props{"bucket": "other"})
	d.create("aws:s3/bucketPolicy:BucketPolicy", "other", props{"bucket": other, "policy": trust})
	require.NoError(t, d.delete(bucketType, "files", bucket, nil))
	for token, left := range map[string]int{bucketType: 1, "aws:s3/bucketPolicy:BucketPolicy": 1,
		"aws:s3/bucketVersioningV2:BucketVersioningV2": 0, objectType: 0} {
		items, err := d.server.store.all(token)
		require.NoError(t, err)
		require.Len(t, items, left, token)
	}
}

func TestSkipDestroyKeeps(t *testing.T) {
	d := newDesk(t)
	inputs := props{"name": "logs", "skipDestroy": true}
	id, state := d.create(logGroupType, "logs", inputs)
	require.NoError(t, d.delete(logGroupType, "logs", id, state))
	require.Equal(t, id, d.read(logGroupType, "logs", id, state, inputs).GetId())
}

func TestCodeDeployOwnsItsService(t *testing.T) {
	d := newDesk(t)
	s := d.site("CODE_DEPLOY")
	inputs := d.serviceInputs(s)
	id, state := d.create(serviceType, "web", inputs)
	next := merged(inputs, props{"taskDefinition": d.register("web", "image:2")})
	_, err := d.update(serviceType, "web", id, state, inputs, next)
	require.ErrorContains(t, err, "Unable to update task definition on services with a CODE_DEPLOY deployment controller")
	_, err = d.update(serviceType, "web", id, state, inputs, merged(inputs, props{"desiredCount": 2}))
	require.NoError(t, err)
}
