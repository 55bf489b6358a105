package fargateservice

import (
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // for machines without a time zone database

	"fargate-cd/internal/problems"
)

// cronPattern matches the six fields of a cron expression ("Schedule recurring scaling actions using cron expressions",
// Application Auto Scaling User Guide; "Schedule types in EventBridge Scheduler", its User Guide).
var cronPattern = regexp.MustCompile(`^[0-9*,/-]+ [0-9*,/-]+ [0-9*,/?LW-]+ [0-9A-Za-z*,/-]+ [0-9A-Za-z*,/?L#-]+ [0-9*,/-]+$`)

// validateDays checks the two day fields of a cron expression: exactly one of them must be a question mark ("Cron
// expressions reference", EventBridge User Guide, which also applies to Application Auto Scaling and EventBridge
// Scheduler). The value of the key is the cron expression or contains it.
func validateDays(key, value, cron string, found *problems.List) {
	fields := strings.Fields(cron)
	if month, week := fields[2] == "?", fields[4] == "?"; month == week || strings.Count(cron, "?") > 1 {
		found.Add(key, value, "exactly one of the day of the month and the day of the week must be ?")
	}
}

func validateTimezone(key, name string, found *problems.List) {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		found.Add(key, name, "the IANA name of a time zone, such as Europe/Berlin")
	}
}
