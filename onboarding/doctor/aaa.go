package doctor

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// patience is the timeout of requests to other servers.
const patience = 3 * time.Second

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
