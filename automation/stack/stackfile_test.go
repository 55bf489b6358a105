package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMakeLocal(t *testing.T) {
	for name, test := range map[string]struct {
		given, want string
		notes       []string
	}{
		"nothing to do": {
			given: "# why\nconfig:\n  aws:region: eu-west-1\n  fargate-cd:port: \"08080\" # text\n  fargate-cd:since: 2024-01-01\n",
			want:  "# why\nconfig:\n  aws:region: eu-west-1\n  fargate-cd:port: \"08080\" # text\n  fargate-cd:since: 2024-01-01\n",
		},
		"the user's secrets provider": {
			given: "secretsprovider: awskms://alias/x\nencryptedkey: abc\nencryptionsalt: v1:abc\nconfig:\n  a:b: c\n",
			want:  "config:\n  a:b: c\n",
		},
		"a secret": {
			given: "config:\n  a:b:\n    secure: v1:xyz\n  a:c: d\n",
			want:  "config:\n  a:b: placeholder-for-a-secret\n  a:c: d\n",
			notes: []string{"a:b has 1 encrypted value(s), which are replaced by a placeholder here"},
		},
		"secrets inside": {
			given: "config:\n  a:b:\n    - name: x\n      token:\n        secure: v1:1\n    - token:\n        secure: v1:2\n",
			want:  "config:\n  a:b:\n    - name: x\n      token: placeholder-for-a-secret\n    - token: placeholder-for-a-secret\n",
			notes: []string{"a:b has 2 encrypted value(s), which are replaced by a placeholder here"},
		},
		"a key that is merely called secure": {
			given: "config:\n  a:b:\n    secure: true\n    other: 1\n",
			want:  "config:\n  a:b:\n    secure: true\n    other: 1\n",
		},
		"an imported environment": {
			given: "environment:\n  - org/env\nconfig:\n  a:b: c\n",
			want:  "config:\n  a:b: c\n",
			notes: []string{"environment has no effect here, because it needs Pulumi Cloud"},
		},
		"nothing":       {given: "", want: "{}\n"},
		"only comments": {given: "# later\n", want: "{}\n"},
		"empty config":  {given: "config:\n", want: "config:\n"},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := parseStackFile([]byte(test.given))
			require.NoError(t, err)

			notes := file.makeLocal()

			require.Equal(t, test.notes, notes)
			got, err := file.bytes()
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
		})
	}
}

func TestParseStackFileRefuses(t *testing.T) {
	_, err := parseStackFile([]byte("- a\n"))
	require.ErrorContains(t, err, "not a mapping")
	_, err = parseStackFile([]byte("config: [\n"))
	require.ErrorContains(t, err, "yaml")
}

func TestOverrideAndDefaults(t *testing.T) {
	file, err := parseStackFile([]byte("config:\n  aws:region: eu-west-1\n  p:kept: 1\n  p:gone: 2\n  p:changed: 3\n"))
	require.NoError(t, err)

	file.setDefaults(map[string]any{"aws:region": "us-east-1", "aws:s3UsePathStyle": true})
	err = file.override("p", map[string]any{
		"gone": nil, "absent": nil, "changed": "three", "o:other": true,
		"services": []any{map[string]any{"port": 80, "name": "web"}},
	})

	require.NoError(t, err)
	got, err := file.bytes()
	require.NoError(t, err)
	require.Equal(t, `config:
  aws:region: eu-west-1
  p:kept: 1
  p:changed: three
  aws:s3UsePathStyle: true
  o:other: true
  p:services:
    - name: web
      port: 80
`, string(got))
}

func TestOverrideMakesTheConfiguration(t *testing.T) {
	file, err := parseStackFile(nil)
	require.NoError(t, err)
	require.NoError(t, file.override("p", map[string]any{"a": 1}))
	got, err := file.bytes()
	require.NoError(t, err)
	require.Equal(t, "config:\n  p:a: 1\n", string(got))
}

func TestKeepSalt(t *testing.T) {
	for name, test := range map[string]struct{ previous, want string }{
		"kept":          {previous: "encryptionsalt: v1:abc\nconfig:\n  a:b: old\n", want: "config: {}\nencryptionsalt: v1:abc\n"},
		"none":          {previous: "config: {}\n", want: "config: {}\n"},
		"first run":     {previous: "", want: "config: {}\n"},
		"spoiled copy":  {previous: "[", want: "config: {}\n"},
		"not a mapping": {previous: "text", want: "config: {}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := parseStackFile([]byte("config: {}\n"))
			require.NoError(t, err)
			file.keepSalt([]byte(test.previous))
			got, err := file.bytes()
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
		})
	}
}

// The user's backend must not be reached from a local place.
func TestLocalProject(t *testing.T) {
	got, err := localProject([]byte("name: p\nruntime: go\nbackend:\n  url: s3://mine\nconfig:\n  a:\n    default: 1\n"))
	require.NoError(t, err)
	require.Equal(t, "name: p\nruntime: go\nconfig:\n  a:\n    default: 1\n", string(got))
}

func TestValues(t *testing.T) {
	file, err := parseStackFile([]byte("config:\n  aws:region: eu-west-1\n  port: 80\n  p:list: &l [a, \"1\"]\n  p:again: {of: *l, on: true}\n"))
	require.NoError(t, err)
	require.False(t, file.hasSecrets())

	values, err := file.values("p")

	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"aws:region": "eu-west-1", "p:port": "80", "p:list": `["a","1"]`, "p:again": `{"of":["a","1"],"on":true}`,
	}, values)
}

func TestHasSecrets(t *testing.T) {
	file, err := parseStackFile([]byte("config:\n  p:list:\n    - secure: v1:xyz\n"))
	require.NoError(t, err)
	require.True(t, file.hasSecrets())
}
