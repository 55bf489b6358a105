package problems

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Input checks a required text that may be another resource's output. It checks a known
// value immediately, and an unknown value once it is known. If that value is not valid,
// the returned output fails with the error that List.Err would return.
func (l *List) Input(key string, value pulumi.StringInput, pattern *regexp.Regexp, allowed string) pulumi.StringOutput {
	if value == nil {
		l.Missing(key, allowed)
		return pulumi.StringOutput{}
	}
	if known, ok := KnownText(value); ok {
		l.Matches(key, known, pattern, allowed)
		return value.ToStringOutput()
	}
	return value.ToStringOutput().ApplyT(func(known string) (string, error) {
		var found List
		found.Matches(key, known, pattern, allowed)
		return known, found.Err()
	}).(pulumi.StringOutput)
}

// OptionalInput is Input for a text that need not be given. It returns nil without one.
func (l *List) OptionalInput(key string, value pulumi.StringInput, pattern *regexp.Regexp, allowed string) pulumi.StringInput {
	if !Given(value) {
		return nil
	}
	return l.Input(key, value, pattern, allowed)
}

var keyPattern = regexp.MustCompile(`^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key/[\w-]+$`)

// KMSKey checks like Input that a text is the ARN of a KMS key.
func (l *List) KMSKey(key string, arn pulumi.StringInput) pulumi.StringOutput {
	return l.Input(key, arn, keyPattern, "the ARN of a KMS key, not of an alias")
}

// securityGroupPattern matches old ids, with 8 characters, and new ones, with 17 ("Resource IDs", Amazon EC2 User Guide).
var securityGroupPattern = regexp.MustCompile(`^sg-[0-9a-f]{8,17}$`)

// SecurityGroup checks like Input that a text is the id of a security group.
func (l *List) SecurityGroup(key string, id pulumi.StringInput) pulumi.StringOutput {
	return l.Input(key, id, securityGroupPattern, "the id of a security group, such as sg-0123456789abcdef0")
}

// Inputs checks a list of texts that may be other resources' outputs. If all are known, it
// calls check immediately, and otherwise once they are known. If check then finds a problem,
// the returned value fails with the error that List.Err would return.
func (l *List) Inputs(values pulumi.StringArrayInput, check func(known []string, found *List)) pulumi.StringArrayInput {
	if values == nil {
		values = pulumi.StringArray{}
	}
	if known, ok := KnownTexts(values); ok {
		check(known, l)
		return values
	}
	return values.ToStringArrayOutput().ApplyT(func(known []string) ([]string, error) {
		var found List
		check(known, &found)
		return known, found.Err()
	}).(pulumi.StringArrayOutput)
}

// KnownText returns a text, and whether it is known, as those of a stack file are. A text
// that is not given is known to be empty.
func KnownText(value pulumi.StringInput) (text string, known bool) {
	plain, known := value.(pulumi.String)
	return string(plain), known || value == nil
}

// KnownTexts returns the texts of a list, and whether all of them are known. A list that
// is not given is known to be empty.
func KnownTexts(values pulumi.StringArrayInput) (texts []string, known bool) {
	list, known := values.(pulumi.StringArray)
	if known {
		texts = make([]string, len(list))
	}
	for i, value := range list {
		text, ok := value.(pulumi.String)
		texts[i], known = string(text), known && ok
	}
	return texts, known || values == nil
}

// Given reports whether an optional text is set and not empty. An unknown text is set.
func Given(text pulumi.StringInput) bool {
	return text != nil && text != pulumi.StringInput(pulumi.String(""))
}

// GivenList reports whether an optional list is set and not empty. An unknown list is set.
func GivenList(values pulumi.StringArrayInput) bool {
	list, known := values.(pulumi.StringArray)
	return values != nil && (!known || len(list) > 0)
}
