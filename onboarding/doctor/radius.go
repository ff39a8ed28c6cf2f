package doctor

import (
	"context"
	"net/http"
	"strings"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2869"
)

// patience is how long a check waits for another server.
const patience = 3 * time.Second

// RADIUS asks the FreeRADIUS at address whether it is alive, by a Status-Server request under the
// secret that `onramp freeradius` wrote. A deployment that never wrote a configuration has no
// secret: then there is nothing to reach.
func RADIUS(address string, secret []byte) Check {
	return func(ctx context.Context) []Line {
		if len(secret) == 0 {
			return []Line{warn("radius", "no FreeRADIUS configuration was written yet: onramp freeradius DIR")}
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

// AAA asks the listener that FreeRADIUS asks. Without the secret it must refuse: an answer of 401
// is the sound one.
func AAA(url string) Check {
	return func(ctx context.Context) []Line {
		if url == "" {
			return []Line{warn("aaa", "no serve has run on this database yet")}
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
				fail("aaa", "%s answered %d to a request without the secret, which is not Onramp's AAA listener", url,
					answer.StatusCode)}
		}
		return []Line{ok("aaa", "%s answers, and asks for its secret", url)}
	}
}
