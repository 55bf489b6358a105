package components

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

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
	SetDefaults(&got)
	require.Equal(t, outer{
		inner: inner{"a"}, Number: 7, Truth: true, List: []string{"a", "b"}, Numbers: []int{1, 2}, Zero: ptr(5),
		Nested: inner{"a"}, Present: &inner{"a"}, Many: []inner{{"a"}, {"b"}},
	}, got)

	given := outer{
		inner: inner{"x"}, Number: 1, Truth: true, List: []string{}, Numbers: []int{3}, Zero: ptr(0), Nested: inner{"y"},
	}
	kept := given
	SetDefaults(&kept)
	require.Equal(t, given, kept, "what is given stays")

	// The outputs within a resource are written to by other goroutines while the program runs.
	environment := struct{ Environment *Environment }{&Environment{}}
	SetDefaults(&environment)
	require.Zero(t, environment.Environment.spec, "a resource is left alone")

	require.PanicsWithValue(t, `default of struct { N int "default:\"x\"" }.N: strconv.Atoi: parsing "x": invalid syntax`,
		func() {
			SetDefaults(&struct {
				N int `default:"x"`
			}{})
		})
}

func TestConnectionArns(t *testing.T) {
	both := pulumi.ToStringArray([]string{"arn:aws:codeconnections:r:1:connection/x", "arn:aws:codestar-connections:r:1:connection/x"})
	require.Equal(t, both, connectionArns("arn:aws:codestar-connections:r:1:connection/x"))
	require.Equal(t, both, connectionArns("arn:aws:codeconnections:r:1:connection/x"))
}

func TestZipped(t *testing.T) {
	files := map[string]string{"taskdef.json": "{\"a\":\"<IMAGE1_NAME>\"}", "appspec.yaml": "version: 0.0\n", "empty": ""}
	text, err := zipped(files)
	require.NoError(t, err)
	for range 10 { // a map has another order every time
		again, err := zipped(files)
		require.NoError(t, err)
		require.Equal(t, text, again)
	}
	content, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	got := map[string]string{}
	var order []string
	for _, file := range archive.File {
		reader, err := file.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(reader) // compares the checksum too
		require.NoError(t, err)
		got[file.Name] = string(text)
		order = append(order, file.Name)
	}
	require.Equal(t, files, got)
	require.Equal(t, []string{"appspec.yaml", "empty", "taskdef.json"}, order)

	// The local header of the first file: some readers refuse sizes that come after the content (flag bit 3).
	require.Equal(t, []byte("PK\x03\x04"), content[:4])
	require.Zero(t, binary.LittleEndian.Uint16(content[6:8])&8, "no data descriptor")
	require.Equal(t, make([]byte, 4), content[10:14], "no date, which would be another on every run")
	require.EqualValues(t, len("version: 0.0\n"), binary.LittleEndian.Uint32(content[18:22]), "compressed size")
	require.EqualValues(t, len("version: 0.0\n"), binary.LittleEndian.Uint32(content[22:26]), "size")
}

func TestDocumentKeepsPlaceholders(t *testing.T) {
	text, err := document(map[string]string{"image": imagePlaceholder})
	require.NoError(t, err)
	require.Equal(t, "{\n  \"image\": \"<IMAGE1_NAME>\"\n}\n", text)
}
