package summary

import (
	"fmt"
	"slices"
	"strings"
)

// url returns the URL of the service; "" if it is not known yet.
func (s *service) url() string {
	urls, _ := s.plan.Outputs["serviceUrls"].(map[string]any)
	url, _ := urls[s.name].(string)
	if url == "" || slices.Contains(unknowns, url) {
		return ""
	}
	return url
}

// reached reports whether requests reach a new service.
func (s *service) reached() bool { return paths(s.at(s.after, ruleKind, "-production")) != "" }

func (s *service) describeNew() string {
	task := s.task(s.after)
	what := count(s.at(s.after, serviceKind, "")[desiredCount], "task")
	if s.scheduled(s.after) {
		what = "a scheduled task"
	}
	text := fmt.Sprintf("new: %s with cpu %s and memory %s MiB", what, task["cpu"], task["memory"])
	switch rule := s.at(s.after, ruleKind, "-production"); {
	case s.scheduled(s.after):
		text += ", " + s.times()
	case s.reached():
		text += ", for " + code(strings.TrimSpace(paths(rule)+" "+conditions(rule)))
	default:
		text += ", which receives no requests"
	}
	return text + "; it runs " + s.firstImage() + " until its pipeline deploys"
}

// firstImage returns the words for the image that a new service runs first.
func (s *service) firstImage() string {
	image := s.at(s.after, taskDefinitionKind, "")["containerDefinitions."+s.name+".image"]
	if image == "" || image == unknown {
		return "its first image"
	}
	return code(image)
}
