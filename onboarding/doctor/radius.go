package doctor

import (
	"context"
	"net/http"
	"strings"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2869"
)

// patience is the timeout of requests to other servers.
const patience = 3 * time.Second

// RADIUS checks that FreeRADIUS at address answers a Status-Server request (RFC 5997) signed with
// the secret that `onramp freeradius` wrote. An empty secret means that no configuration was
// written yet, which is a warning.
func RADIUS(address string, secret []byte) Check {
	return func(ctx context.Context) []Line {
		if len(secret) == 0 {
			return []Line{warn("radius", "no FreeRADIUS configuration was written yet: run onramp freeradius DIR")}
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		request := radius.New(radius.CodeStatusServer, secret)
		if err := rfc2869.MessageAuthenticator_Set(request, make([]byte, 16)); err != nil {
			return []Line{fail("radius", "%v", err)}
		}
		if err := signMessage(request); err != nil {
			return []Line{fail("radius", "%v", err)}
		}
		client := radius.Client{Retry: time.Second}
		if _, err := client.Exchange(ctx, request, address); err != nil {
			return []Line{fail("radius", "%s does not answer: is freeradius running with the configuration that "+
				"onramp freeradius wrote last? (%v)", address, err)}
		}
		return []Line{ok("radius", "%s answers", address)}
	}
}

// AAA checks that the AAA listener, which FreeRADIUS calls, answers a request without the secret
// with status 401.
func AAA(url string) Check {
	return func(ctx context.Context) []Line {
		if url == "" {
			return []Line{warn("aaa", "serve has not run on this database yet")}
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(url, "/")+"/aaa/authorize",
			nil)
		if err != nil {
			return []Line{fail("aaa", "%v", err)}
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return []Line{fail("aaa", "%s does not answer: is serve running? (%v)", url, err)}
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			return []Line{
				fail("aaa", "%s answered a request without the secret with status %d, so it is not Onramp's "+
					"AAA listener", url,
					answer.StatusCode)}
		}
		return []Line{ok("aaa", "%s answers and requires its secret", url)}
	}
}
