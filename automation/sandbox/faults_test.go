package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseFault(t *testing.T) {
	for given, want := range map[string]Fault{
		"create aws:ecs/service:Service delay=2s":                     {Operation: "create", Type: serviceType, Delay: 2 * time.Second},
		"create aws:ecs/service:Service error=Throttling count=1":     {Operation: "create", Type: serviceType, Error: "Throttling", Count: 1},
		"delete name=web error=Access Denied: no delete":              {Operation: "delete", Name: "web", Error: "Access Denied: no delete"},
		"invoke error=Rate exceeded delay=10ms count=3":               {Operation: "invoke", Error: "Rate exceeded", Delay: 10 * time.Millisecond, Count: 3},
		"update aws:lb/listener:Listener name=web count=2 delay=0.5s": {Operation: "update", Type: listenerType, Name: "web", Count: 2, Delay: time.Second / 2},
	} {
		got, err := ParseFault(given)
		require.NoError(t, err, given)
		require.Equal(t, want, got, given)
	}
}

func TestParseFaultRefuses(t *testing.T) {
	for given, want := range map[string]string{
		"":                        "the first word must be one of create, read, update, delete, invoke",
		"stop error=x":            "the first word must be one of",
		"create":                  "neither delay= nor error= is given",
		"create service delay=1s": `"service" is neither a setting nor a type token`,
		"create delay=soon":       "delay=soon is not a duration",
		"create delay=-1s":        "delay=-1s is not a duration",
		"create count=0 error=x":  "count=0 is not a number of at least 1",
		"create kind=x error=y":   `"kind" is not a setting`,
	} {
		_, err := ParseFault(given)
		require.ErrorContains(t, err, want, given)
	}
}
