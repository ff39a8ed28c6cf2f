package server

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
	"onramp/onboarding/tenant"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/process"
	"onramp/profiles"
	"onramp/signing"
)

// trust is one way in which a tenant has devices check its RADIUS server.
type trust struct {
	name                string
	anchor, publicRoots string
	refused             string // the rule by which apply refuses it; empty: it is applied
}

func trusts(t *testing.T) []trust {
	made := func(kind string, algorithm x509.SignatureAlgorithm) string {
		c, err := rootOf(keyOf(t, kind), algorithm)
		if err != nil {
			t.Fatal(err)
		}
		return pemText(c)
	}
	all := []trust{
		{name: "public CAs"}, {name: "a named public root", publicRoots: publicRoot()},
		{name: "a public P-521 root", publicRoots: made("P-521", 0)},
	}
	for _, kind := range []string{"RSA-2048", "RSA-4096", "P-256", "P-384", "P-521"} {
		all = append(all, trust{name: "private " + kind, anchor: made(kind, 0)})
	}
	rsaKey := keyOf(t, "RSA-2048")
	pss, err := rootOf(rsaKey, x509.SHA256WithRSAPSS)
	if err != nil {
		t.Fatal(err)
	}
	sha1, err := os.ReadFile(filepath.Join("testdata", "sha1-root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pssKey, err := os.ReadFile(filepath.Join("testdata", "pss-key-root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return append(all,
		trust{name: "private RSA-PSS", anchor: pemText(pss)},
		trust{name: "private SHA-1", anchor: string(sha1)},
		trust{name: "private Ed25519", anchor: made("Ed25519", 0), refused: "anchor-key-unsupported"},
		trust{name: "private RSA-1024", anchor: made("RSA-1024", 0), refused: "anchor-key-weak"},
		trust{name: "private with an id-RSASSA-PSS key", anchor: string(pssKey), refused: "anchor-key-unsupported"},
		trust{name: "public Ed25519", publicRoots: made("Ed25519", 0), refused: "anchor-key-unsupported"},
		trust{
			name:   "private that is no certificate",
			anchor: "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", refused: "anchor-bad-certificate",
		},
	)
}

// deploymentOf is a tenant of one combination.
func deploymentOf(of trust, eap [2]string, networks string) *onboarding.Organization {
	o := organization(demoID, "Demo", "demo.example")
	o.WiFi.Method, o.WiFi.Inner = profiles.EAPMethod(eap[0]), profiles.InnerMethod(eap[1])
	o.WiFi.TrustAnchor, o.WiFi.PublicRoots = of.anchor, nil
	if of.publicRoots != "" {
		o.WiFi.PublicRoots = []string{of.publicRoots}
	}
	switch networks {
	case "passpoint":
		o.WiFi.WPA2 = nil
	case "name":
		o.WiFi.Passpoint = nil
	case "roaming":
		o.WiFi.WPA2 = nil
		o.WiFi.Passpoint.OpenRoaming, o.WiFi.Passpoint.Roaming = "settlementFree", true
	}
	return o
}

// refusedBy reports whether a tenant was refused because of a rule.
func refusedBy(err error, rule string) bool {
	refused, ok := errors.AsType[*tenant.ApplyError](err)
	return ok && slices.ContainsFunc(refused.Organizations, func(a tenant.Applied) bool {
		return slices.ContainsFunc(a.Findings, func(f profiles.Finding) bool { return f.Rule == rule })
	})
}

// TestFoundC9 walks every kind of signer, anchor, method and choice of networks over all platforms,
// through the API, the page and the link. Nothing answers 5xx; requests that the API refuses with
// its reason, the page shows as unavailable and apply has warned of.
func TestFoundC9(t *testing.T) {
	live := &signing.Live{}
	signers := []string{"RSA-2048", "RSA-3072", "RSA-4096", "P-256", "P-384"}
	made := map[string]*signing.Signer{}
	for _, kind := range append(signers, "P-521", "Ed25519", "RSA-1024") {
		key := keyOf(t, kind)
		chain := signerChain(t, key)
		pair := &certs.Pair{Chain: chain, Key: key}
		s, err := signing.New(key, chain)
		if !slices.Contains(signers, kind) { // known at start
			if checked := pair.CheckChain(time.Now(), certs.ForSigning); err == nil || checked == nil {
				t.Errorf("a signer of the kind %s is taken: %v, %v", kind, err, checked)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		made[kind] = s
	}
	live.Replace(made["RSA-2048"])
	v := newDeployment(t, live)
	_, customer := v.link(1)
	profile := "/v3/customers/" + customer + "/profile?platform="

	full := os.Getenv("ONRAMP_TEST_COMBINATIONS") == "all"
	turn := 0
	for _, of := range trusts(t) {
		for _, eap := range [][2]string{{"ttls", "mschapv2"}, {"ttls", "pap"}, {"peap", "mschapv2"}} {
			for _, networks := range []string{"passpoint", "name", "both", "roaming"} {
				turn++
				kinds := signers
				if !full { // each signer meets each trust, method and choice of networks
					kinds = []string{signers[turn%len(signers)]}
				}
				for _, kind := range kinds {
					live.Replace(made[kind])
					name := fmt.Sprintf("%s, %s signer, %s, %s", of.name, kind, eap, networks)
					applied, err := v.service.Tenant.Apply(t.Context(),
						[]*onboarding.Organization{deploymentOf(of, eap, networks)})
					if of.refused != "" {
						if !refusedBy(err, of.refused) {
							t.Errorf("%s: %+v, want the rule %s", name, err, of.refused)
						}
						continue
					}
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					warned := map[profiles.Platform]bool{}
					for _, f := range applied[0].Findings {
						warned[f.Platform] = warned[f.Platform] || f.Rule == "platform-unsupported" ||
							f.Rule == "platform-unsigned"
					}
					token := v.post("/v2/customers/"+customer+"/token", v.manager,
						map[string]any{"maxHits": 50}).want(http.StatusOK).text("token")
					for _, platform := range profiles.Platforms() {
						p := string(platform)
						a := v.get(profile+p, v.manager)
						if a.status != http.StatusOK && a.status != http.StatusConflict {
							t.Fatalf("%s: %s answers %d: %s", name, p, a.status, a.raw)
						}
						refused := a.status == http.StatusConflict
						if refused && len(a.text("message")) < 30 {
							t.Errorf("%s: %s is refused without a reason: %s", name, p, a.raw)
						}
						if refused != warned[platform] {
							t.Errorf("%s: %s refused %v, and apply warned %v", name, p, refused, warned[platform])
						}
						if !full && turn%3 != 0 { // browsers ask for every third combination
							continue
						}
						if link := v.browse(http.MethodGet, "/activate/"+token+"/"+p, nil); link.status != a.status {
							t.Errorf("%s: the link answers %d for %s, the API %d", name, link.status, p, a.status)
						}
						if slices.Contains(offered, p) {
							page := v.browse(http.MethodGet, "/activate/"+token+"?platform="+p, nil).want(http.StatusOK)
							if page.offers(token, p) == refused {
								t.Errorf("%s: the page offers %s: %v", name, p, !refused)
							}
						}
					}
					v.clock.advance(time.Second)
				}
			}
		}
	}
	if strings.Contains(v.log.String(), `"level":"ERROR"`) {
		t.Errorf("the log has errors:\n%s", v.log)
	}
}

// newDeployment is a venue whose signer may be replaced.
func newDeployment(t *testing.T, live *signing.Live) *venue {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), testkit.NewSQLite(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	sealer, err := onboarding.NewSealer(bytes.Repeat([]byte{7}, onboarding.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	v := &venue{house: &house{TB: t, clock: &clock{}, log: &process.Buffer{}, api: api}, store: db}
	v.clock.at.Store(time.Now().Truncate(time.Second).UnixMicro())
	log := slog.New(slog.NewJSONHandler(v.log, nil))
	v.service, err = deployment.Open(t.Context(), deployment.Config{
		Store: db, Sealer: sealer, Signer: live, PublicURL: api.URL, Now: v.clock.now, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	o := organization(demoID, "Demo", "demo.example")
	o.Portal.Fields = []string{"firstName"}
	if _, err := v.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
		t.Fatal(err)
	}
	v.server, err = New(t.Context(), Config{UseCases: UseCasesOf(v.service), Log: log, PublicURL: api.URL,
		Now: v.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	handler = describe(t, v.server.API())
	v.manager = v.token(demoID, auth.OrganizationManager)
	return v
}
