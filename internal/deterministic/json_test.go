package deterministic

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIndentedJSONKeepsPlaceholders(t *testing.T) {
	text, err := IndentedJSON(map[string]string{"image": "<IMAGE1_NAME>"})
	require.NoError(t, err)
	require.Equal(t, "{\n  \"image\": \"<IMAGE1_NAME>\"\n}\n", text)
}
