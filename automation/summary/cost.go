package summary

import (
	"fmt"
	"strconv"
	"strings"
)

// Cost holds the monthly cost of a stack before and after the change, in US dollars.
type Cost struct {
	// Known reports whether there are prices for the region.
	Known bool
	// Region is the region whose prices apply. Date is the day on which they were looked up.
	Region, Date string
	// Before and After are the sums of the items.
	Before, After float64
	// Items are the parts of the cost, without those that are zero both before and after.
	Items []Item
	// Unknown are the parts for which the region has no price.
	Unknown []string
	// Assumptions lists the assumptions behind the numbers, as text.
	Assumptions []string
}

// Item is one part of the cost.
type Item struct {
	// Name is one of itemNames.
	Name string
	// Before and After are in dollars per month.
	Before, After float64
}

// itemNames lists the names of the items in the order of display.
var itemNames = []string{
	"Fargate tasks", "Load balancers", "NAT gateways", "Public addresses", "Interface endpoints", "KMS keys",
	"Build minutes", "Pipeline minutes", "Logs",
	"Web ACLs", "Alarms", "Dashboards",
}

// bill adds up the cost of one side of a plan: before or after the change.
type bill struct {
	prices  RegionPrices
	use     Assumptions
	items   map[string]float64
	unknown map[string]bool
}

// add adds an amount at a price. If the price is unknown (0) and the amount is not zero, it records the item as unknown.
func (b *bill) add(item string, amount, price float64) {
	switch {
	case amount == 0:
	case price == 0:
		b.unknown[item] = true
	default:
		b.items[item] += amount * price
	}
}

// addHours adds things that are charged by the hour.
func (b *bill) addHours(item string, number, price float64) {
	b.add(item, number*b.use.HoursPerMonth, price)
}

// cost computes the monthly cost before and after a plan.
func cost(plan *Plan, changes []*change, services []*service, prices *Prices) Cost {
	out := Cost{Region: plan.Region, Date: prices.Date}
	regional, known := prices.Regions[plan.Region]
	if !known {
		return out
	}
	out.Known = true
	before := sum(changes, services, regional, prices.Assumptions, false)
	after := sum(changes, services, regional, prices.Assumptions, true)
	for _, name := range itemNames {
		item := Item{Name: name, Before: before.items[name], After: after.items[name]}
		if item.Before != 0 || item.After != 0 {
			out.Items = append(out.Items, item)
			out.Before += item.Before
			out.After += item.After
		}
		if before.unknown[name] || after.unknown[name] {
			out.Unknown = append(out.Unknown, name)
		}
	}
	use := prices.Assumptions
	out.Assumptions = []string{
		fmt.Sprintf("on-demand prices of %s from `docs/prices.yaml` (%s) in US dollars, without taxes, free tiers and discounts", plan.Region, prices.Date),
		fmt.Sprintf("everything runs %g hours a month, and no deployment runs old and new tasks side by side", use.HoursPerMonth),
		"Fargate Spot tasks are counted at the on-demand price; the Spot price is lower and varies",
		"a service with scaling is counted with the number of tasks that the stack has recorded, a scheduled task with none",
		fmt.Sprintf("%g pushes a month per pipeline, each with %g minutes per build project and %g minutes of pipeline actions",
			use.PushesPerMonth, use.BuildMinutesPerPush, use.PipelineMinutesPerPush),
		fmt.Sprintf("%g GB of logs a month per service", use.LogGBPerService),
		"not included: data transfer, load balancer capacity units, NAT gateway and endpoint data processing, storage of images, artifacts and logs, " +
			"task storage over 20 GiB, VPC flow logs, logs of web ACLs, " +
			"API Gateway requests, AWS WAF requests, Cognito, Container Insights, alarms of scaling policies",
	}
	return out
}

// sum returns the bill of one side.
func sum(changes []*change, services []*service, prices RegionPrices, use Assumptions, after bool) *bill {
	b := &bill{prices: prices, use: use, items: map[string]float64{}, unknown: map[string]bool{}}
	for _, c := range changes {
		inputs := c.before
		if after {
			inputs = c.after
		}
		if inputs != nil {
			b.addResource(c, inputs)
		}
	}
	for _, s := range services {
		b.addTasks(s, after)
	}
	return b
}

// addResource adds the cost of a resource. addTasks adds the tasks and the logs of a service.
func (b *bill) addResource(c *change, inputs values) {
	p, use := b.prices, b.use
	switch c.kind() {
	case balancerKind:
		b.addHours("Load balancers", 1, p.BalancerHour)
		if inputs["internal"] != "true" {
			b.addHours("Public addresses", subnets(inputs, "subnets"), p.PublicAddressHour)
		}
	case "aws:ec2/natGateway:NatGateway":
		b.addHours("NAT gateways", 1, p.NATGatewayHour)
	case "aws:ec2/eip:Eip":
		b.addHours("Public addresses", 1, p.PublicAddressHour)
	case "aws:ec2/vpcEndpoint:VpcEndpoint":
		if inputs["vpcEndpointType"] == "Interface" {
			b.addHours("Interface endpoints", subnets(inputs, "subnetIds"), p.EndpointHour)
		}
	case keyKind:
		b.add("KMS keys", 1, p.KeyMonth)
	case alarmKind:
		b.add("Alarms", metrics(inputs), p.AlarmMetricMonth)
	case "aws:cloudwatch/dashboard:Dashboard":
		b.add("Dashboards", 1, p.DashboardMonth)
	case "aws:wafv2/webAcl:WebAcl":
		b.add("Web ACLs", 1, p.WebACLMonth)
		b.add("Web ACLs", rules(inputs), p.WebACLRuleMonth)
	case pipelineKind:
		b.add("Pipeline minutes", use.PushesPerMonth*use.PipelineMinutesPerPush, p.PipelineMinute)
	case projectKind:
		price := p.BuildMinute[inputs["environment.computeType"]]
		if inputs["environment.type"] != "LINUX_CONTAINER" {
			price = 0 // Only the prices of x86 are known.
		}
		b.add("Build minutes", use.PushesPerMonth*use.BuildMinutesPerPush, price)
	}
}

// metrics returns the number of metrics of an alarm. It is one, unless the alarm watches an expression over several.
func metrics(inputs values) float64 {
	number := 0.0
	for path := range inputs {
		if strings.HasPrefix(path, "metricQueries") && strings.HasSuffix(path, ".metric.metricName") {
			number++
		}
	}
	return max(number, 1)
}

// rules returns the number of rules of a web ACL.
func rules(inputs values) float64 {
	number := 0.0
	for path := range inputs {
		if strings.HasPrefix(path, "rules.") && strings.HasSuffix(path, ".priority") {
			number++
		}
	}
	return number
}

// subnets returns the number of subnets, one for each zone. It returns two if the engine does not know them yet.
func subnets(inputs values, property string) float64 {
	if list := inputs.list(property); len(list) > 0 {
		return float64(len(list))
	}
	return 2
}

// addTasks adds the cost of the tasks and the logs of a service.
func (b *bill) addTasks(s *service, after bool) {
	side := s.before
	if after {
		side = s.after
	}
	runs := s.at(side, serviceKind, "")
	if runs == nil {
		return
	}
	task := s.task(side)
	number, vcpus, gigabytes := amount(runs["desiredCount"]), amount(task["cpu"])/1024, amount(task["memory"])/1024
	vcpuHour, gigabyteHour := b.prices.FargateVcpuHour, b.prices.FargateGBHour
	if task["runtimePlatform.cpuArchitecture"] == "ARM64" {
		vcpuHour, gigabyteHour = b.prices.FargateArmVcpuHour, b.prices.FargateArmGBHour
	}
	b.addHours("Fargate tasks", number*vcpus, vcpuHour)
	b.addHours("Fargate tasks", number*gigabytes, gigabyteHour)
	if runs["networkConfiguration.assignPublicIp"] == "true" {
		b.addHours("Public addresses", number, b.prices.PublicAddressHour)
	}
	b.add("Logs", b.use.LogGBPerService, b.prices.LogGB)
}

func amount(text string) float64 {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0 // Unknown before the update. The sizes and the numbers of tasks are always known.
	}
	return number
}

// dollars formats an amount.
func dollars(amount float64) string { return "$" + strconv.FormatFloat(amount, 'f', 2, 64) }

// change returns the difference between before and after, with its sign.
func (i Item) change() string {
	switch difference := i.After - i.Before; {
	case difference > -0.005 && difference < 0.005:
		return "–"
	case difference > 0:
		return "+" + dollars(difference)
	default:
		return "−" + dollars(-difference)
	}
}

// notComputed returns a sentence that says why there is no cost.
func (c Cost) notComputed() string {
	if c.Region == "" {
		return "not computed: the stack's region is not known."
	}
	return "not computed: `docs/prices.yaml` has no prices for the region " + code(c.Region) + "."
}

// unknownItems returns a sentence that lists the items without a price for the region; "" for none.
func (c Cost) unknownItems() string {
	if len(c.Unknown) == 0 {
		return ""
	}
	return "No price for this region in `docs/prices.yaml`, so left out: " + strings.ToLower(strings.Join(c.Unknown, ", ")) + "."
}
