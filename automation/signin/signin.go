// Package signin gets a person an access token for a stack's API. It uses the
// authorization code flow with PKCE (RFC 7636), with a browser and a callback on this
// machine.
package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Client is the user pool client for people.
type Client struct {
	// URL is the address of the sign-in pages and the token endpoint.
	URL string
	// ID is the client's id. It has no secret.
	ID string
	// Callback is the URL on this machine to which the sign-in page redirects the
	// browser with the code.
	Callback string
	// Scopes lists the scopes to request for the token.
	Scopes []string
}

// FromOutputs reads the client from the outputs of a stack.
func FromOutputs(outputs map[string]any) (Client, error) {
	c := Client{Scopes: texts(outputs["scopes"])}
	c.URL, _ = outputs["signInUrl"].(string)
	c.ID, _ = outputs["userPoolClientId"].(string)
	if c.URL == "" || c.ID == "" {
		return c, errors.New("the stack has no API to get a token for: give a service api, and run up")
	}
	callbacks := texts(outputs["callbackUrls"])
	for _, callback := range callbacks {
		if strings.HasPrefix(callback, "http://localhost:") || strings.HasPrefix(callback, "http://127.0.0.1:") {
			c.Callback = callback
			return c, nil
		}
	}
	return c, fmt.Errorf("no callback of the API is on this machine: apiCallbackUrls is %q, "+
		"required is one with a port of localhost, such as http://localhost:8400/callback", callbacks)
}

func texts(value any) []string {
	list, _ := value.([]any)
	var found []string
	for _, element := range list {
		if text, ok := element.(string); ok {
			found = append(found, text)
		}
	}
	return found
}

// Token waits until a person has signed in, and returns the access token. It
// calls show with the address of the sign-in page.
func (c Client) Token(ctx context.Context, show func(address string)) (string, error) {
	callback, err := url.Parse(c.Callback)
	if err != nil {
		return "", fmt.Errorf("reading the callback: %w", err)
	}
	config := oauth2.Config{
		ClientID: c.ID, RedirectURL: c.Callback, Scopes: c.Scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL: c.URL + "/oauth2/authorize", TokenURL: c.URL + "/oauth2/token", AuthStyle: oauth2.AuthStyleInParams,
		},
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", callback.Host)
	if err != nil {
		return "", fmt.Errorf("listening for the callback: %w", err)
	}
	verifier, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	answers := make(chan answer, 1)
	server := &http.Server{Handler: receiver(callback.Path, state, answers), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends when Shutdown stops the server
	defer func() { _ = server.Shutdown(context.WithoutCancel(ctx)) }()

	show(config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)))
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("waiting for the sign-in: %w", context.Cause(ctx))
	case got := <-answers:
		if got.err != nil {
			return "", got.err
		}
		token, err := config.Exchange(ctx, got.code, oauth2.VerifierOption(verifier))
		if err != nil {
			return "", fmt.Errorf("exchanging the code for a token: %w", err)
		}
		return token.AccessToken, nil
	}
}

// answer is the result of the sign-in: a code or an error.
type answer struct {
	code string
	err  error
}

// receiver returns a handler for the callback. It accepts the first answer that has
// the state. Requests without the state do not come from the sign-in pages.
func receiver(path, state string, answers chan<- answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.URL.Query()
		if strings.Trim(r.URL.Path, "/") != strings.Trim(path, "/") ||
			subtle.ConstantTimeCompare([]byte(given.Get("state")), []byte(state)) != 1 {
			http.NotFound(w, r)
			return
		}
		got := answer{code: given.Get("code")}
		if got.code == "" {
			got.err = fmt.Errorf("the sign-in failed: %s: %s", given.Get("error"), given.Get("error_description"))
		}
		fmt.Fprintln(w, "You can close this window and go back to the command.")
		select {
		case answers <- got:
		default: // the browser repeated the request
		}
	})
}
