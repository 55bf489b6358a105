package summary

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"

	"fargate-cd/docs"
)

// Prices holds AWS's prices, and assumptions about the use of a stack.
type Prices struct {
	// Date is the day on which the prices were looked up.
	Date string `yaml:"date"`
	// Sources are the pages that state the prices.
	Sources []Source `yaml:"sources"`
	// Assumptions holds the assumed use of a stack.
	Assumptions Assumptions `yaml:"assumptions"`
	// Regions maps a region to its prices.
	Regions map[string]RegionPrices `yaml:"regions"`
}

// Source is a page that states prices.
type Source struct {
	// Title and URL are those of the page.
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
	// Prices are the keys of the prices that the page states.
	Prices []string `yaml:"prices"`
}

// Assumptions holds the assumed use of a stack.
type Assumptions struct {
	// HoursPerMonth is the number of hours in a month for which everything exists.
	HoursPerMonth float64 `yaml:"hoursPerMonth"`
	// PushesPerMonth is the number of runs of each pipeline in a month.
	PushesPerMonth float64 `yaml:"pushesPerMonth"`
	// BuildMinutesPerPush is the run time of each CodeBuild project for a push.
	BuildMinutesPerPush float64 `yaml:"buildMinutesPerPush"`
	// PipelineMinutesPerPush is the total run time of all actions of a pipeline for a push.
	PipelineMinutesPerPush float64 `yaml:"pipelineMinutesPerPush"`
	// LogGBPerService is the size of the logs of each service in a month, in GB.
	LogGBPerService float64 `yaml:"logGBPerService"`
}

// RegionPrices holds the prices of a region in US dollars. A price of 0 means that the price is unknown.
type RegionPrices struct {
	// FargateVcpuHour and FargateGBHour are for a task on x86. The next two are for a task on ARM.
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
	// PipelineMinute is for an action in a pipeline of type V2.
	PipelineMinute float64 `yaml:"pipelineMinute"`
	// LogGB is for the ingestion of a GB of logs.
	LogGB float64 `yaml:"logGB"`
	// WebACLMonth is for a web ACL of AWS WAF, without requests. WebACLRuleMonth is for a rule, or a rule group of AWS,
	// in it.
	WebACLMonth     float64 `yaml:"webAclMonth"`
	WebACLRuleMonth float64 `yaml:"webAclRuleMonth"`
	// AlarmMetricMonth is for a metric of an alarm with a resolution of a minute. DashboardMonth is for a dashboard.
	AlarmMetricMonth float64 `yaml:"alarmMetricMonth"`
	DashboardMonth   float64 `yaml:"dashboardMonth"`
	// BuildMinute maps the compute type of a build on x86 to its price.
	BuildMinute map[string]float64 `yaml:"buildMinute"`
}

// LoadPrices reads docs/prices.yaml, which is embedded in the program.
func LoadPrices() (*Prices, error) {
	var p Prices
	decoder := yaml.NewDecoder(bytes.NewReader(docs.Prices))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("reading docs/prices.yaml: %w", err)
	}
	return &p, nil
}
