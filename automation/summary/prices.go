package summary

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"

	"fargate-cd/docs"
)

// Prices are AWS's prices, and how much a stack is assumed to be used.
type Prices struct {
	// Date is when the prices were looked up.
	Date string `yaml:"date"`
	// Sources are the pages that state the prices.
	Sources []Source `yaml:"sources"`
	// Assumptions are how much a stack is used.
	Assumptions Assumptions `yaml:"assumptions"`
	// Regions are the prices by region.
	Regions map[string]RegionPrices `yaml:"regions"`
}

// Source is a page that states prices.
type Source struct {
	// Title and URL are the page's.
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
	// Prices are the keys of the prices that the page states.
	Prices []string `yaml:"prices"`
}

// Assumptions are how much a stack is used.
type Assumptions struct {
	// HoursPerMonth is how long everything exists in a month.
	HoursPerMonth float64 `yaml:"hoursPerMonth"`
	// PushesPerMonth is how often each pipeline runs.
	PushesPerMonth float64 `yaml:"pushesPerMonth"`
	// BuildMinutesPerPush is how long each CodeBuild project runs for a push.
	BuildMinutesPerPush float64 `yaml:"buildMinutesPerPush"`
	// PipelineMinutesPerPush is how long the actions of a pipeline run for a push, all together.
	PipelineMinutesPerPush float64 `yaml:"pipelineMinutesPerPush"`
	// LogGBPerService is how much each service logs in a month, in GB.
	LogGBPerService float64 `yaml:"logGBPerService"`
}

// RegionPrices are the prices of a region in US dollars. A price of 0 is not known.
type RegionPrices struct {
	// FargateVcpuHour and FargateGBHour are for a task on x86, the next two for one on ARM.
	FargateVcpuHour    float64 `yaml:"fargateVcpuHour"`
	FargateGBHour      float64 `yaml:"fargateGBHour"`
	FargateArmVcpuHour float64 `yaml:"fargateArmVcpuHour"`
	FargateArmGBHour   float64 `yaml:"fargateArmGBHour"`
	// BalancerHour is for an application load balancer, without its capacity units.
	BalancerHour float64 `yaml:"balancerHour"`
	// NATGatewayHour is for a NAT gateway, without its traffic.
	NATGatewayHour float64 `yaml:"natGatewayHour"`
	// PublicAddressHour is for a public IPv4 address.
	PublicAddressHour float64 `yaml:"publicAddressHour"`
	// EndpointHour is for an interface endpoint in one zone, without its traffic.
	EndpointHour float64 `yaml:"endpointHour"`
	// KeyMonth is for a KMS key, without its use.
	KeyMonth float64 `yaml:"keyMonth"`
	// PipelineMinute is for an action of a pipeline of type V2.
	PipelineMinute float64 `yaml:"pipelineMinute"`
	// LogGB is for the ingestion of a GB of logs.
	LogGB float64 `yaml:"logGB"`
	// WebACLMonth is for a web ACL of AWS WAF, and WebACLRuleMonth for a rule or a rule group of AWS in it, without requests.
	WebACLMonth     float64 `yaml:"webAclMonth"`
	WebACLRuleMonth float64 `yaml:"webAclRuleMonth"`
	// AlarmMetricMonth is for a metric of an alarm with a resolution of a minute, and DashboardMonth for a dashboard.
	AlarmMetricMonth float64 `yaml:"alarmMetricMonth"`
	DashboardMonth   float64 `yaml:"dashboardMonth"`
	// BuildMinute is for a build on x86, by its compute type.
	BuildMinute map[string]float64 `yaml:"buildMinute"`
}

// LoadPrices reads docs/prices.yaml, which is a part of the program.
func LoadPrices() (*Prices, error) {
	var p Prices
	decoder := yaml.NewDecoder(bytes.NewReader(docs.Prices))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("reading docs/prices.yaml: %w", err)
	}
	return &p, nil
}
