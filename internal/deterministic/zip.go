package deterministic

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"hash/crc32"
	"maps"
	"slices"
)

// Zip returns a zip archive of the files (content by name) in base64. The archive has no
// dates and no compression. Each size is in the header before the content, because some
// readers refuse uncompressed files whose size follows the content, as in a streamed zip.
func Zip(files map[string]string) (string, error) {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content := []byte(files[name])
		file, err := archive.CreateRaw(&zip.FileHeader{
			Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(content),
			CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content)),
		})
		if err != nil {
			return "", err
		}
		if _, err := file.Write(content); err != nil {
			return "", err
		}
	}
	if err := archive.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(buffer.Bytes()), nil
}
