package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/testkit/postgres"
)

// fromEnvironment returns a number from an environment variable, which CI sets higher than the
// default.
func fromEnvironment(name string, standard int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return standard
}

// startReplicas migrates the database and starts n replicas that share one data folder.
func startReplicas(t testing.TB, n int, database string, more ...string) []*serving {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	if code, _, stderr := onramp(t, "", "migrate", "--database", database); code != 0 {
		t.Fatal(stderr)
	}
	replicas := make([]*serving, n)
	for i := range replicas {
		replicas[i] = startServe(t, data,
			append([]string{"--database", database, "--public-url", "http://wifi.example.test"}, more...)...)
	}
	return replicas
}

func TestThreeReplicas(t *testing.T) {
	replicas := startReplicas(t, 3, postgres.Require(t).NewDatabase(t)+"?pool_max_conns=12")
	demo := replicas[0].demo()
	app, manager := replicas[0].login(demo.AppKey), replicas[1].login(demo.ManagerKey)

	t.Run("Journeys", func(t *testing.T) {
		v := &visitors{replicas: replicas, app: app, secret: demo.AAASecret, seen: newAcknowledged(),
			patience: 10 * time.Second}
		start := time.Now()
		n := fromEnvironment("ONRAMP_TEST_JOURNEYS", 300)
		v.run(t.Context(), t, n, 16)
		t.Logf("%d journeys through 3 replicas in %.1f s", n, time.Since(start).Seconds())
		v.checkKept(t, manager)
	})
	t.Run("HitsAreCountedOnce", func(t *testing.T) {
		id := replicas[0].must(201, "POST", "/v3/customers", manager, `{`+consented+`}`).body["id"].(string)
		token := replicas[1].must(200, "POST", "/v2/customers/"+id+"/token", manager,
			`{"expiresIn":600,"maxHits":3}`).body["token"].(string)
		var downloaded, gone, other atomic.Int64
		var clients sync.WaitGroup
		for i := range 50 {
			clients.Go(func() {
				a, err := call("GET", replicas[i%3].url+"/activate/"+token+"/android", "", "")
				switch {
				case err == nil && a.status == http.StatusOK:
					downloaded.Add(1)
				case err == nil && a.status == http.StatusGone:
					gone.Add(1)
				default:
					other.Add(1)
				}
			})
		}
		clients.Wait()
		t.Logf("50 downloads of 3 hits: %d answered, %d gone, %d otherwise", downloaded.Load(), gone.Load(),
			other.Load())
		if downloaded.Load() != 3 || gone.Load() != 47 {
			t.Error("the hits are not counted exactly")
		}
	})
	t.Run("ScrollAcross", func(t *testing.T) {
		seen := map[string]bool{}
		path, pages := "/v2/customers/organizations/"+demo.OrganizationID+"?size=7", 0
		first := replicas[0].must(200, "GET", path, manager, "")
		for page := first; ; page = replicas[pages%3].must(200, "GET", "/v2/customers/organizations/"+
			demo.OrganizationID+"?sid="+page.body["sId"].(string), manager, "") {
			pages++
			for _, c := range page.body["customers"].([]any) {
				cid := c.(map[string]any)["cid"].(string)
				if seen[cid] {
					t.Errorf("contact %s came twice", cid)
				}
				seen[cid] = true
			}
			if page.body["sId"] == nil {
				break
			}
		}
		if total := int(first.body["totalCount"].(float64)); len(seen) != total {
			t.Errorf("%d contacts in %d pages, totalCount %d", len(seen), pages, total)
		}
	})
	t.Run("LogoutEverywhere", func(t *testing.T) {
		token := replicas[0].login(demo.ManagerKey)
		path := "/v1/organizations/" + demo.OrganizationID + "/policies"
		for _, r := range replicas {
			r.must(200, "GET", path, token, "")
		}
		replicas[1].must(200, "POST", "/v1/sts/logout", token, "")
		for _, r := range replicas {
			r.must(403, "GET", path, token, "")
		}
	})
	t.Run("LimitsAreShared", func(t *testing.T) {
		limited := 0
		for i := range 15 {
			a, err := call("POST", replicas[i%3].url+"/v3/customers/credential/check", app,
				fmt.Sprintf(`{"username":"guessed","password":"wrong%d","organizationId":%q}`, i, demo.OrganizationID))
			if err != nil {
				t.Fatal(err)
			}
			if a.status == http.StatusTooManyRequests {
				limited++
			}
		}
		if limited < 4 { // 10 per window, and a window may end in between
			t.Errorf("of 15 wrong guesses over 3 replicas only %d were refused", limited)
		}
	})
}
