package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pool is a stand-in for a user pool's domain. Its pages sign in everyone, and its
// token endpoint returns a token for the code and the right verifier.
type pool struct {
	*httptest.Server
	asked  url.Values // by the browser
	refuse string     // error of the sign-in
}

func newPool(t *testing.T) *pool {
	p := &pool{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth2/authorize", func(w http.ResponseWriter, r *http.Request) {
		p.asked = r.URL.Query()
		answer := url.Values{"state": {p.asked.Get("state")}, "code": {"the code"}}
		if p.refuse != "" {
			answer = url.Values{"state": {p.asked.Get("state")}, "error": {p.refuse}, "error_description": {"no such user"}}
		}
		http.Redirect(w, r, p.asked.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /oauth2/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if r.FormValue("grant_type") != "authorization_code" || r.FormValue("code") != "the code" || r.FormValue("client_id") != "client" ||
			r.FormValue("redirect_uri") != p.asked.Get("redirect_uri") || r.Header.Get("Authorization") != "" ||
			p.asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error": "invalid_grant"}`)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "the token", "token_type": "Bearer", "expires_in": 3600})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// client returns a client of the pool, with a callback on a free port.
func (p *pool) client(t *testing.T) Client {
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	return Client{
		URL: p.URL, ID: "client", Callback: "http://" + free.Addr().String() + "/callback", Scopes: []string{"openid", "web/read"},
	}
}

// browse opens a page as a browser does, and returns the status code.
func browse(t *testing.T, address string) int {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestToken(t *testing.T) {
	p := newPool(t)
	c := p.client(t)
	token, err := c.Token(t.Context(), func(address string) {
		require.Equal(t, http.StatusNotFound, browse(t, c.Callback+"?code=other&state=other"), "an answer to another request")
		require.Equal(t, http.StatusOK, browse(t, address))
	})
	require.NoError(t, err)
	require.Equal(t, "the token", token)
	require.Equal(t, "code", p.asked.Get("response_type"))
	require.Equal(t, "S256", p.asked.Get("code_challenge_method"))
	require.Equal(t, "openid web/read", p.asked.Get("scope"))
	require.Equal(t, c.Callback, p.asked.Get("redirect_uri"))
}

func TestTokenFails(t *testing.T) {
	p := newPool(t)
	p.refuse = "access_denied"
	_, err := p.client(t).Token(t.Context(), func(address string) { browse(t, address) })
	require.ErrorContains(t, err, "the sign-in failed: access_denied: no such user")

	p.refuse = ""
	other := p.client(t)
	other.ID = "other"
	_, err = other.Token(t.Context(), func(address string) { browse(t, address) })
	require.ErrorContains(t, err, "exchanging the code for a token")

	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errors.New("nobody came"))
	defer cancel()
	_, err = p.client(t).Token(ctx, func(string) {})
	require.ErrorContains(t, err, "waiting for the sign-in: nobody came")

	taken := p.client(t)
	taken.Callback = p.URL
	_, err = taken.Token(t.Context(), func(string) {})
	require.ErrorContains(t, err, "listening for the callback")
}

func TestFromOutputs(t *testing.T) {
	outputs := map[string]any{
		"signInUrl": "https://a.auth.eu-central-1.amazoncognito.com", "userPoolClientId": "client",
		"callbackUrls": []any{"https://app.example.com/in", "http://localhost:8400/callback"}, "scopes": []any{"openid", "web/read"},
	}
	got, err := FromOutputs(outputs)
	require.NoError(t, err)
	require.Equal(t, Client{
		URL: "https://a.auth.eu-central-1.amazoncognito.com", ID: "client", Callback: "http://localhost:8400/callback",
		Scopes: []string{"openid", "web/read"},
	}, got)

	outputs["callbackUrls"] = []any{"https://app.example.com/in"}
	_, err = FromOutputs(outputs)
	require.ErrorContains(t, err, `no callback of the API is on this machine: apiCallbackUrls is ["https://app.example.com/in"]`)

	_, err = FromOutputs(map[string]any{"serviceUrls": map[string]any{}})
	require.ErrorContains(t, err, "the stack has no API to get a token for")
}
