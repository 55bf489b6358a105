package defaults

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// component is a resource with a field that has a default.
type component struct {
	pulumi.ResourceState
	Text string `default:"a"`
}

func TestSetDefaults(t *testing.T) {
	type inner struct {
		Text string `default:"a"`
	}
	type outer struct {
		inner
		Number    int      `default:"7"`
		Truth     bool     `default:"true"`
		List      []string `default:"a,b"`
		Numbers   []int    `default:"1,2"`
		Zero      *int     `default:"5"`
		Nested    inner
		Absent    *inner
		Present   *inner
		Many      []inner
		Untouched string
	}
	got := outer{Present: &inner{}, Many: []inner{{}, {Text: "b"}}}
	Set(&got)
	require.Equal(t, outer{
		inner: inner{"a"}, Number: 7, Truth: true, List: []string{"a", "b"}, Numbers: []int{1, 2}, Zero: pulumi.IntRef(5),
		Nested: inner{"a"}, Present: &inner{"a"}, Many: []inner{{"a"}, {"b"}},
	}, got)

	given := outer{
		inner: inner{"x"}, Number: 1, Truth: true, List: []string{}, Numbers: []int{3}, Zero: pulumi.IntRef(0), Nested: inner{"y"},
	}
	kept := given
	Set(&kept)
	require.Equal(t, given, kept, "given values are unchanged")

	// Other goroutines write to the outputs of a resource while the program runs.
	resource := struct{ Component *component }{&component{}}
	Set(&resource)
	require.Empty(t, resource.Component.Text, "a resource is unchanged")

	require.PanicsWithValue(t, `default of struct { N int "default:\"x\"" }.N: strconv.Atoi: parsing "x": invalid syntax`,
		func() {
			Set(&struct {
				N int `default:"x"`
			}{})
		})
}
