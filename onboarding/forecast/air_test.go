package forecast_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/onboarding/forecast"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
	"onramp/onboarding/trust"
)

// The names of the RADIUS server: one in use, a new one, and one below the new one.
const (
	oldName  = "radius.aaa.wifi.example"
	newName  = "next.aaa.wifi.example"
	deepName = "a.next.aaa.wifi.example"
)

// airPKI holds two private CAs, the first with an intermediate, and one that stands for public
// ones.
type airPKI struct{ first, middle, second, public *testkit.Pair }

// TestForecastEqualsAir registers customers, who download profiles for all platforms while their
// organizations change the settings; it then shows each of several certificates by a real
// FreeRADIUS and joins with each profile's own settings by the real supplicant. The forecast must
// be right for every profile. ONRAMP_TEST_AIR=all adds certificates and gives every profile a
// handshake of its own.
func TestForecastEqualsAir(t *testing.T) {
	at := time.Now()
	all := os.Getenv("ONRAMP_TEST_AIR") == "all"
	p := airPKI{first: testkit.IssueRoot(t, "First root", at), second: testkit.IssueRoot(t, "Second root", at),
		public: testkit.IssueRoot(t, "Public root", at)}
	p.middle = testkit.IssueIntermediate(t, p.first, "First intermediate", at)
	shown := p.certificates(t, at, all)
	a := newAir(t, p.public, testkit.IssueServer(t, p.first, at, []string{oldName}))
	phones := a.population(p)
	table := &strings.Builder{}
	w := tabwriter.NewWriter(table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CERTIFICATE\tPROFILES\tACCEPT\tREFUSE\tUNKNOWN\tHANDSHAKES\tDISAGREE\tREASONS")
	seen := map[trust.Reason]int{}
	for _, c := range shown {
		summary := a.compare(w, c, phones, all)
		seen[""] += summary.Accept
		for reason, n := range summary.Reasons {
			seen[reason] += n
		}
	}
	_ = w.Flush()
	for _, reason := range []trust.Reason{"", trust.Anchor, trust.Name, trust.SuffixRule, trust.Expiry} {
		if seen[reason] == 0 {
			t.Errorf("no profile has the reason %q", reason)
		}
	}
	t.Logf("forecast and air, %d profiles:\n%s", len(phones), table)
}

// airCertificate is a chain that FreeRADIUS shows.
type airCertificate struct {
	name  string
	chain []*testkit.Pair
}

// certificates returns the certificates to show.
func (p airPKI) certificates(t testing.TB, at time.Time, all bool) []airCertificate {
	key := testkit.RSAKey(t, 2048)
	type change = func(*x509.Certificate)
	server := func(parent *testkit.Pair, key crypto.Signer, name string, change ...change) *testkit.Pair {
		return testkit.Issue(t, parent, testkit.ServerTemplate(at, []string{name}), key, change...)
	}
	dates := func(from, to time.Time) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }
	}
	dns := func(names ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.DNSNames = names }
	}
	cross := testkit.Issue(t, p.first, p.second.Certificate, p.second.Key)
	shown := []airCertificate{
		{"in use", []*testkit.Pair{server(p.middle, key, oldName), p.middle}},
		{"new leaf, ECDSA", []*testkit.Pair{server(p.middle, nil, oldName), p.middle}},
		{"new root", []*testkit.Pair{server(p.second, key, oldName)}},
		{"new name", []*testkit.Pair{server(p.first, key, newName)}},
		{"wildcard", []*testkit.Pair{server(p.first, key, "*.aaa.wifi.example")}},
		{"expired", []*testkit.Pair{server(p.first, key, oldName, dates(at.AddDate(-1, 0, 0), at.Add(-time.Minute)))}},
		{"intermediate missing", []*testkit.Pair{server(p.middle, key, oldName)}},
		{"public root", []*testkit.Pair{server(p.public, key, oldName)}},
		{"new root, cross-signed", []*testkit.Pair{server(p.second, key, oldName), cross}},
		{"deeper name", []*testkit.Pair{server(p.first, key, deepName)}},
		{"common name alone", []*testkit.Pair{server(p.first, key, oldName, dns())}},
	}
	if !all {
		return shown
	}
	constrained := testkit.IssueIntermediate(t, p.first, "Constrained", at, func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"rival.example"}
	})
	weak := testkit.Issue(t, p.first, testkit.IssueRoot(t, "Weak", at).Certificate, testkit.RSAKey(t, 1024),
		func(c *x509.Certificate) { c.Subject.CommonName = "Weak intermediate" })
	return append(shown, []airCertificate{
		{"not yet valid",
			[]*testkit.Pair{server(p.first, key, oldName, dates(at.Add(time.Hour), at.AddDate(1, 0, 0)))}},
		{"both names", []*testkit.Pair{server(p.first, key, oldName, dns(oldName, newName))}},
		{"other common name", []*testkit.Pair{server(p.first, key, "x.example", dns(oldName))}},
		{"upper case", []*testkit.Pair{server(p.first, key, strings.ToUpper(oldName))}},
		{"wildcard beside the name",
			[]*testkit.Pair{server(p.first, key, oldName, dns("*.aaa.wifi.example", oldName))}},
		{"for clients", []*testkit.Pair{server(p.first, key, oldName, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})}},
		{"name constraint", []*testkit.Pair{server(constrained, key, oldName), constrained}},
		{"weak intermediate", []*testkit.Pair{server(weak, key, oldName), weak}},
		{"RSA 1024", []*testkit.Pair{server(p.first, testkit.RSAKey(t, 1024), oldName)}},
		{"out of order, with roots", []*testkit.Pair{server(p.middle, key, oldName), p.second, p.first, p.middle}},
		{"self-signed", []*testkit.Pair{server(nil, key, oldName)}},
	}...)
}

// population registers customers and downloads their profiles, the first 90 days ago. Two
// organizations change their settings in turn; each customer keeps the profiles of that day.
func (a *air) population(p airPKI) []*phone {
	a.Helper()
	var phones []*phone
	first, second := testkit.PEM(p.first), testkit.PEM(p.second)
	for i, change := range []func(*onboarding.WiFi){
		func(w *onboarding.WiFi) { w.TrustAnchor, w.TrustedServerNames = first, []string{oldName} },
		func(w *onboarding.WiFi) { w.TrustAnchor, w.TrustedServerNames = first, []string{oldName, newName} },
		func(w *onboarding.WiFi) { w.TrustAnchor, w.TrustedServerNames = first, []string{"*.aaa.wifi.example"} },
		func(w *onboarding.WiFi) { w.TrustAnchor, w.TrustedServerNames = first, []string{"aaa.wifi.example"} },
		func(w *onboarding.WiFi) { w.TrustAnchor, w.TrustedServerNames = second, []string{oldName, newName} },
		func(w *onboarding.WiFi) {
			w.TrustedServerNames, w.PublicRoots = []string{oldName, newName}, []string{testkit.PEM(p.public)}
		},
		func(w *onboarding.WiFi) { w.TrustedServerNames = []string{newName} },
		func(w *onboarding.WiFi) {
			w.TrustAnchor, w.TrustedServerNames = first, []string{oldName}
			w.Passpoint.HomeDomain = "aaa.wifi.example"
		},
		func(w *onboarding.WiFi) {
			w.TrustAnchor, w.TrustedServerNames, w.Method = first, []string{oldName, newName}, "peap"
		},
	} {
		a.aged.Store(int64(time.Duration(90-i*10) * 24 * time.Hour))
		o := testkit.Organization(1 + i%2)
		o.WiFi.PublicRoots, o.WiFi.Passpoint.Roaming = nil, true
		o.WiFi.Passpoint.RoamingConsortiums = []string{"004096"} // eap-config needs one
		change(&o.WiFi)
		if _, err := a.Tenant.Apply(context.Background(), []*onboarding.Organization{o}); err != nil {
			a.Fatal(err)
		}
		phones = append(phones, a.downloads(o, fmt.Sprint("visitor", i), p.first, p.second, p.public)...)
	}
	a.aged.Store(0)
	return phones
}

// downloads registers a customer, who downloads a profile for every platform that gets one. roots
// are those in the store of a Windows computer.
func (a *air) downloads(o *onboarding.Organization, name string, roots ...*testkit.Pair) []*phone {
	a.Helper()
	password := "secret of " + name
	made, err := a.Registration.Register(context.Background(), testkit.Manager(o), registration.Request{
		Input: registration.CustomerInput{Username: &name, Password: &password,
			Policies: map[string]bool{"termsOfUse": true, "privacy": true}},
	})
	if err != nil {
		a.Fatal(err)
	}
	var phones []*phone
	for _, platform := range platforms.Platforms() {
		d, err := a.Links.Profile(context.Background(), testkit.Manager(o), made.Customer.ID, platform)
		if onboarding.KindOf(err) == onboarding.Conflict {
			continue // the platform cannot express these settings
		}
		if err != nil {
			a.Fatal(err)
		}
		phones = append(phones, newPhone(a, made.Customer.ID, platform, d.Body, roots...))
	}
	return phones
}

// compare shows a certificate, joins with every phone and compares the forecast, which it returns.
// It adds a row to the table.
func (a *air) compare(table io.Writer, c airCertificate, phones []*phone, all bool) *forecast.Summary {
	a.Helper()
	chain := make([]*x509.Certificate, len(c.chain))
	for i, certificate := range c.chain {
		chain[i] = certificate.Certificate
	}
	verdicts := map[string]trust.Verdict{}
	summary, err := a.Forecasts.Check(context.Background(), forecast.Query{Chain: chain},
		func(p forecast.Profile) error {
			verdicts[p.CustomerID+" "+p.Platform] = p.Verdict
			return nil
		})
	if err != nil {
		a.Fatal(err)
	}
	if summary.Profiles != len(phones) {
		a.Errorf("%s: the forecast counts %d profiles of %d", c.name, summary.Profiles, len(phones))
	}
	h := &handshakes{server: a.radius(), leaf: c.chain[0], own: all, done: map[string]*handshake{}}
	served := a.show(c.chain)
	disagree := make([]string, len(phones))
	join := func(i int) {
		v, listed := verdicts[phones[i].customer+" "+phones[i].platform]
		if !listed {
			v.Result = trust.Accept
		}
		disagree[i] = h.disagreement(phones[i], v, served)
	}
	inParallel(len(phones), join)
	wrong := 0
	for i, text := range disagree {
		if text != "" {
			wrong++
			a.Errorf("%s, %s: %s", c.name, phones[i].platform, text)
		}
	}
	fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", c.name, len(phones), summary.Accept, summary.Refuse,
		summary.Unknown, h.count, wrong, counted(summary.Reasons))
	return summary
}

// disagreement compares a verdict with the air, and returns the difference or "". A certificate
// that FreeRADIUS does not load reaches no phone.
func (h *handshakes) disagreement(p *phone, v trust.Verdict, served bool) string {
	accepted, certain, err := false, true, error(nil)
	if served {
		accepted, certain, err = h.accepts(p)
	}
	switch {
	case err != nil:
		return err.Error()
	case v.Result == trust.Unknown:
		return "" // no prediction
	case !certain:
		return fmt.Sprintf("the forecast is %v, but it depends on the phone", v)
	case accepted != (v.Result == trust.Accept):
		return fmt.Sprintf("the forecast is %v, but in the air the phone accepts: %v (networks %+v)", v, accepted,
			p.networks)
	}
	return ""
}

// inParallel calls work with the numbers 0 to n-1, several at a time.
func inParallel(n int, work func(int)) {
	var wait sync.WaitGroup
	next := make(chan int)
	for range 4 {
		wait.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}

// counted returns counts by name in a fixed order.
func counted(reasons map[trust.Reason]int) string {
	var list []string
	for reason, n := range reasons {
		list = append(list, fmt.Sprint(reason, " ", n))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
