package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// onBothEngines runs a test on a house on SQLite and on one on PostgreSQL, with limits as --limits
// sets them.
func onBothEngines(t *testing.T, settings []string, test func(t *testing.T, h *house)) {
	limits, err := access.ParseLimits(settings)
	if err != nil {
		t.Fatal(err)
	}
	anywhere := func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	t.Run("SQLite", func(t *testing.T) { test(t, newHouseOn(t, openSQLite(t), limits, anywhere)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newHouseOn(t, openPostgres(t), limits, anywhere)) })
}

func openPostgres(t *testing.T) onboarding.Store {
	t.Helper()
	return testkit.OpenPostgres(t, testkit.NewPostgres(t, postgres.Require(t)))
}

// from lets a request come from another address.
func from(address string) option { return header("X-Forwarded-For", address) }

// shape is an answer without its variable parts.
func (a *answer) shape() string {
	got := generatedPattern.ReplaceAll(a.raw, nil)
	return fmt.Sprint(a.status, " ", a.header.Get("Retry-After"), " ", string(requestIDPattern.ReplaceAll(got, nil)))
}

// refusals reads a limit's counter.
func (h *house) refusals(limit string) float64 {
	h.Helper()
	response, err := h.admin.Client().Get(h.admin.URL + "/metrics")
	if err != nil {
		h.Fatal(err)
	}
	defer response.Body.Close()
	var n float64
	a := readAll(h, response)
	if _, after, ok := strings.Cut(a, `onramp_limit_refused_total{limit="`+limit+`"} `); !ok {
		h.Fatalf("no counter of %s", limit)
	} else if _, err := fmt.Sscan(after, &n); err != nil {
		h.Fatal(err)
	}
	return n
}

// TestFoundF5 asks beyond the limit for known and for unknown customers, in every way in which the
// answers within the limit differ: all 1,500 answers are equal.
func TestFoundF5(t *testing.T) {
	onBothEngines(t, []string{"lookups=40+40/m"}, func(t *testing.T, h *house) {
		known := h.post("/v3/customers", h.manager, with(person("anna"), map[string]any{
			"username": "anna", "extId": "crm-1", "emailVerified": true,
		})).want(http.StatusCreated).text("id")
		h.post("/v3/customers", h.manager, with(person("berta"),
			map[string]any{"extId": "crm-2"})).want(http.StatusCreated)
		thief := func(more map[string]any) map[string]any {
			return with(person("thief"), with(map[string]any{"guid": nil}, more))
		}
		ways := []func() *answer{
			func() *answer {
				return h.post("/v3/customers?deduplicate=email", h.app,
					thief(map[string]any{"email": "anna@example.com"}))
			},
			func() *answer {
				return h.post("/v3/customers?deduplicate=email", h.app,
					thief(map[string]any{"email": "nobody@example.com"}))
			},
			func() *answer { return h.post("/v3/customers", h.app, thief(map[string]any{"username": "anna"})) },
			func() *answer { return h.post("/v3/customers", h.app, thief(map[string]any{"username": "nobody"})) },
			func() *answer { // belongs to several
				return h.post("/v3/customers?deduplicate=email,extId", h.app,
					thief(map[string]any{"email": "anna@example.com", "extId": "crm-2"}))
			},
			func() *answer { return h.post("/v3/customers?deduplicate=guid", h.app, person("anna")) },
			func() *answer {
				return h.post("/v3/customers?deduplicate=guid", h.app,
					with(person("anna"), map[string]any{"guid": guid("other")}))
			},
			func() *answer {
				return h.get("/v2/customers/organizations/"+demoID+"/exist?email=anna@example.com", h.app)
			},
			func() *answer {
				return h.get("/v2/customers/organizations/"+demoID+"/exist?email=nobody@example.com", h.app)
			},
			func() *answer { return h.get("/v3/customers/"+known, h.app, withGuid(guid("anna"))) },
			func() *answer { return h.get("/v3/customers/"+known, h.app, withGuid(guid("wrong"))) },
			func() *answer { return h.get("/v3/customers/"+nobodyID, h.app, withGuid(guid("anna"))) },
			func() *answer {
				return h.post("/v3/customers/credential/check", h.app,
					map[string]any{"username": "anna", "password": "x", "organizationId": demoID})
			},
			func() *answer {
				return h.post("/v3/customers/credential/check", h.app,
					map[string]any{"username": "nobody", "password": "x", "organizationId": demoID})
			},
		}
		within := map[string]bool{}
		for range 100 { // wrong guids use the limit up as any lookup does
			a := h.get("/v3/customers/"+nobodyID, h.app, withGuid(guid("wrong")))
			within[a.shape()] = true
			if a.status == http.StatusTooManyRequests {
				break
			}
			a.want(http.StatusForbidden)
		}
		if len(within) != 2 {
			t.Fatalf("within and at the limit: %v", within)
		}
		shapes := map[string]int{}
		for i := range 1500 {
			shapes[ways[i%len(ways)]().shape()]++
		}
		if len(shapes) != 1 {
			t.Fatalf("the answers beyond the limit differ: %v", shapes)
		}
		for shape := range shapes {
			if !strings.HasPrefix(shape, "429 ") {
				t.Fatal(shape)
			}
		}
		if n := h.refusals("lookups"); n < 1500 {
			t.Errorf("%v refusals are counted", n)
		}
		// Other addresses are not affected.
		h.get("/v2/customers/organizations/"+demoID+"/exist?email=anna@example.com", h.app,
			from("192.0.2.9")).want(http.StatusOK)
		h.clock.advance(time.Minute)
		h.get("/v2/customers/organizations/"+demoID+"/exist?email=anna@example.com", h.app).want(http.StatusOK)
	})
}

// TestFoundF5ProvenGoesOn: who has proven a guid goes on while somebody behind the same address
// guesses; a right guess is refused like a wrong one.
func TestFoundF5ProvenGoesOn(t *testing.T) {
	onBothEngines(t, []string{"lookups=10+10/m"}, func(t *testing.T, h *house) {
		id := h.register("anna")
		phone, thief := h.app, h.token(demoID, "publicApp")
		h.get("/v3/customers/"+id, phone, withGuid(guid("anna"))).want(http.StatusOK)
		for range 30 {
			h.get("/v3/customers/"+id, thief, withGuid(guid("wrong")))
		}
		h.get("/v3/customers/"+id, phone, withGuid(guid("anna"))).want(http.StatusOK)
		h.get("/v3/customers/"+id, thief, withGuid(guid("anna"))).want(http.StatusTooManyRequests)
	})
}

// TestFoundF3Budgets: registrations are finite for an address, a location and a client key, each
// alone, and come back.
func TestFoundF3Budgets(t *testing.T) {
	for limit, everybody := range map[string]bool{
		"registrations-address": false, "registrations-location": true, "registrations-key": true,
	} {
		t.Run(limit, func(t *testing.T) {
			onBothEngines(t, []string{limit + "=20+60/m"}, func(t *testing.T, h *house) {
				n := 0
				create := func(address string) *answer {
					n++
					return h.post("/v3/customers", h.app, person(fmt.Sprint("crowd", n)), from(address))
				}
				for range 20 {
					create("192.0.2.1").want(http.StatusCreated)
				}
				a := create("192.0.2.1").blames(http.StatusTooManyRequests, "")
				if a.header.Get("Retry-After") == "" || h.refusals(limit) != 1 {
					t.Errorf("Retry-After %q, counted %v", a.header.Get("Retry-After"), h.refusals(limit))
				}
				elsewhere := http.StatusCreated
				if everybody {
					elsewhere = http.StatusTooManyRequests
				}
				create("192.0.2.2").want(elsewhere)
				h.clock.advance(time.Minute)
				create("192.0.2.1").want(http.StatusCreated)
				// A request that created no customer is not counted.
				for range 30 {
					h.post("/v3/customers", h.app, map[string]any{"policies": map[string]any{"termsOfUse": false}},
						from("192.0.2.3")).want(http.StatusConflict)
				}
				create("192.0.2.3").want(http.StatusCreated)
			})
		})
	}
}

// TestFoundF3Prefixes: a host has its /64, and a household and a site have no more than two and
// four times that.
func TestFoundF3Prefixes(t *testing.T) {
	onBothEngines(t, []string{"lookups=10+10/m"}, func(t *testing.T, h *house) {
		answered := func(pattern string, hosts int) (n int) {
			for i := range hosts {
				for range 15 {
					a := h.get("/v2/customers/organizations/"+demoID+"/exist?email=nobody@example.com", h.app,
						from(fmt.Sprintf(pattern, i)))
					if a.status == http.StatusNotFound {
						n++
					} else {
						a.want(http.StatusTooManyRequests)
					}
				}
			}
			return n
		}
		for _, c := range []struct {
			pattern     string
			hosts, want int
		}{
			{"2001:db8:1:1::%x", 8, 10},          // one /64
			{"2001:db8:2:%x::1", 8, 20},          // one /56
			{"2001:db8:3:%x00::1", 8, 40},        // one /48
			{"2001:db8:1%x::1", 8, 80},           // eight /48
			{"192.0.2.%d", 4, 40},                // four IPv4 addresses
			{"64:ff9b::c633:64%02x", 4, 40},      // four behind a NAT64
			{"::ffff:203.0.113.%d", 4, 40},       // four as a socket of both families shows them
			{"2001:db8:1:1:ffff:ffff::%x", 4, 0}, // the first /64 again
		} {
			if n := answered(c.pattern, c.hosts); n != c.want {
				t.Errorf("%s: %d were answered, not %d", c.pattern, n, c.want)
			}
		}
	})
}

// TestFoundF12Guesses: wrong guesses lock one address out of one user name; from many addresses
// they delay each other and the right one.
func TestFoundF12Guesses(t *testing.T) {
	t.Parallel() // it waits more than it works
	onBothEngines(t, []string{"guesses-everywhere=30+30/m"}, func(t *testing.T, h *house) {
		made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
		right := map[string]any{
			"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
		}
		wrong := with(right, map[string]any{"password": "wrong"})
		check := func(body map[string]any, address string) *answer {
			return h.post("/v3/customers/credential/check", h.app, body, from(address))
		}
		for range 10 {
			check(wrong, "192.0.2.1").want(http.StatusNotFound)
		}
		check(wrong, "192.0.2.1").want(http.StatusTooManyRequests)
		check(right, "192.0.2.1").want(http.StatusTooManyRequests)
		check(right, "192.0.2.2").want(http.StatusOK)
		other := h.post("/v3/customers", h.app, person("berta")).want(http.StatusCreated)
		check(with(right, map[string]any{"username": other.text("username"), "password": other.text("password")}),
			"192.0.2.1").want(http.StatusOK)

		var wait sync.WaitGroup
		for i := range 40 { // half of these exceed the name's limit over all addresses
			wait.Go(func() { check(wrong, fmt.Sprintf("198.51.100.%d", i)).want(http.StatusNotFound) })
		}
		wait.Wait()
		if n := h.refusals("guesses-everywhere"); n < 15 {
			t.Errorf("%v guesses were delayed", n)
		}
		check(right, "192.0.2.2").want(http.StatusOK)

		// More than 100 do not wait.
		busy := 0
		var mu sync.Mutex
		for i := range 130 {
			wait.Go(func() {
				a := check(wrong, fmt.Sprintf("203.0.113.%d", i))
				mu.Lock()
				defer mu.Unlock()
				if a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" {
					busy++
				} else {
					a.want(http.StatusNotFound)
				}
			})
		}
		wait.Wait()
		if busy > 30 {
			t.Errorf("%d of 130 were sent away", busy)
		}
	})
}

// TestFoundF3Logouts: the database records of revoked tokens are limited too.
func TestFoundF3Logouts(t *testing.T) {
	onBothEngines(t, []string{"logouts=3+3/m"}, func(t *testing.T, h *house) {
		key, secret, err := h.service.Access.CreateKey(t.Context(), demoID, "publicApp", authAll())
		if err != nil {
			t.Fatal(err)
		}
		out := func() *answer {
			token := h.post("/v1/sts/login/services", "",
				map[string]any{"clientKey": key, "clientSecret": secret}).want(http.StatusOK).text("token")
			return h.post("/v1/sts/logout", token, nil)
		}
		for range 3 {
			out().want(http.StatusOK)
		}
		out().want(http.StatusTooManyRequests)
		h.clock.advance(time.Minute)
		out().want(http.StatusOK)
	})
}

// TestFoundF7Secrets: wrong client secrets and unknown links are answered 429 in the end; right
// ones pass from the same address.
func TestFoundF7Secrets(t *testing.T) {
	onBothEngines(t, []string{"secrets=20+20/m", "links=20+20/m"}, func(t *testing.T, h *house) {
		key, secret, err := h.service.Access.CreateKey(t.Context(), demoID, "publicApp", authAll())
		if err != nil {
			t.Fatal(err)
		}
		login := func(secret string) *answer {
			return h.post("/v1/sts/login/services", "", map[string]any{"clientKey": key, "clientSecret": secret})
		}
		made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
		link := strings.TrimPrefix(made.text("activationUrl"), "https://wifi.example.com")
		for range 20 {
			login("wrong").want(http.StatusUnauthorized)
			h.get("/activate/"+strings.Repeat("x", 43), "").want(http.StatusNotFound)
		}
		login("wrong").want(http.StatusTooManyRequests)
		h.get("/activate/"+strings.Repeat("y", 43)+"/ios", "").want(http.StatusTooManyRequests)
		h.post("/activate/"+strings.Repeat("z", 43)+"/installed", "",
			map[string]any{"platform": "ios", "type": "passpoint"}).want(http.StatusTooManyRequests)
		login(secret).want(http.StatusOK)
		h.get(link, "").want(http.StatusOK)
		h.get(link+"/android", "").want(http.StatusOK)
	})
}
