package deterministic

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestZipped(t *testing.T) {
	files := map[string]string{"taskdef.json": "{\"a\":\"<IMAGE1_NAME>\"}", "appspec.yaml": "version: 0.0\n", "empty": ""}
	text, err := Zip(files)
	require.NoError(t, err)
	for range 10 { // the iteration order of a map is random
		again, err := Zip(files)
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
		text, err := io.ReadAll(reader) // also verifies the checksum
		require.NoError(t, err)
		got[file.Name] = string(text)
		order = append(order, file.Name)
	}
	require.Equal(t, files, got)
	require.Equal(t, []string{"appspec.yaml", "empty", "taskdef.json"}, order)

	// The first file's local header has the sizes: some readers refuse sizes after the content (flag bit 3).
	require.Equal(t, []byte("PK\x03\x04"), content[:4])
	require.Zero(t, binary.LittleEndian.Uint16(content[6:8])&8, "no data descriptor")
	require.Equal(t, make([]byte, 4), content[10:14], "no date, which would differ on every run")
	require.EqualValues(t, len("version: 0.0\n"), binary.LittleEndian.Uint32(content[18:22]), "compressed size")
	require.EqualValues(t, len("version: 0.0\n"), binary.LittleEndian.Uint32(content[22:26]), "size")
}
