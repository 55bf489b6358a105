package problems

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Input checks a required text that may be another resource's output. It checks a
// known value at once. An unknown value is checked when it is known. If it is not
// valid, the returned Output fails with the error that List.Err would return.
func (l *List) Input(key string, value pulumi.StringInput, pattern *regexp.Regexp, allowed string) pulumi.StringOutput {
	if value == nil {
		l.Missing(key, allowed)
		return pulumi.StringOutput{}
	}
	if known, ok := value.(pulumi.String); ok {
		l.Matches(key, string(known), pattern, allowed)
		return known.ToStringOutput()
	}
	return value.ToStringOutput().ApplyT(func(known string) (string, error) {
		var found List
		found.Matches(key, known, pattern, allowed)
		return known, found.Err()
	}).(pulumi.StringOutput)
}

// Inputs checks a list of texts, each like Input. The list must have between one
// element and the given maximum.
func (l *List) Inputs(
	key string, values pulumi.StringArrayInput, most int, pattern *regexp.Regexp, allowed string,
) pulumi.StringArrayOutput {
	if values == nil {
		l.Missing(key, allowed)
		return pulumi.StringArrayOutput{}
	}
	length := func(found *List, n int) {
		if n < 1 || n > most {
			found.Add(key, n, "1 to %d elements", most)
		}
	}
	if list, ok := values.(pulumi.StringArray); ok {
		length(l, len(list))
		checked := make(pulumi.StringArray, len(list))
		for i, value := range list {
			checked[i] = l.Input(Indexed(key, i), value, pattern, allowed)
		}
		return checked.ToStringArrayOutput()
	}
	return values.ToStringArrayOutput().ApplyT(func(known []string) ([]string, error) {
		var found List
		length(&found, len(known))
		for i, value := range known {
			found.Matches(Indexed(key, i), value, pattern, allowed)
		}
		return known, found.Err()
	}).(pulumi.StringArrayOutput)
}
