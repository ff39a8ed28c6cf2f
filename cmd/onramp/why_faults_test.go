package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"onramp/onboarding/devicesim/judge/judgetest"
)

// fault is one thing that goes wrong, or does not, and the right answer of `onramp why`.
type fault struct {
	name     string
	injected string // the fault in words, for a table
	venue    venue
	// run injects the fault and returns the argument of `onramp why`.
	run  func(s *scene) string
	want right
}

// right is the right answer. An empty field is not compared.
type right struct {
	state      string
	cause      string // "none" for null
	detail     string // "none" for null
	confidence string
	exit       int    // 0: by the state
	evidence   string // a regular expression that one of the texts matches
	stations   int
	// later is the time that passes between the fault and the question.
	later time.Duration
}

// answered is the verdict of `onramp why --json`.
type answered struct {
	CustomerID   string     `json:"customerId"`
	State        string     `json:"state"`
	Since        *time.Time `json:"since"`
	LastSeen     *time.Time `json:"lastSeen"`
	Location     any        `json:"location"`
	Hotspot      any        `json:"hotspot"`
	Cause        *string    `json:"cause"`
	Detail       *string    `json:"detail"`
	Confidence   string     `json:"confidence"`
	VisitorStep  string     `json:"visitorStep"`
	OperatorStep string     `json:"operatorStep"`
	Evidence     []struct {
		At     *time.Time `json:"at"`
		Source string     `json:"source"`
		Text   string     `json:"text"`
	} `json:"evidence"`
	Stations []struct {
		MAC   string  `json:"mac"`
		State string  `json:"state"`
		Cause *string `json:"cause"`
	} `json:"stations"`
}

// why runs `onramp why`.
func (a *air) why(t testing.TB, who string, later time.Duration) (code int, v answered, stdout string) {
	t.Helper()
	args := []string{"why", who, "--json"}
	var stderr string
	if later += a.ahead; later == 0 {
		code, stdout, stderr = a.ask(args...)
	} else {
		code, stdout, stderr = a.askLater(t, later, args...)
	}
	if err := json.Unmarshal([]byte(stdout), &v); err != nil && code != 2 {
		t.Fatalf("onramp why %s: %d: %v\n%s%s", who, code, err, stdout, stderr)
	}
	return code, v, stdout + stderr
}

func orNone(text *string) string {
	if text == nil {
		return "none"
	}
	return *text
}

// check compares a verdict with the right answer.
func (w right) check(t testing.TB, code int, v answered, printed string) {
	t.Helper()
	wrong := func(what string, got, want any) {
		t.Errorf("%s is %v, want %v\n%s", what, got, want, printed)
	}
	exit := w.exit
	if exit == 0 && w.state != "connected" {
		exit = 1
	}
	if code != exit {
		wrong("the exit code", code, exit)
	}
	if exit == 2 {
		return
	}
	for _, one := range []struct{ what, got, want string }{
		{"state", v.State, w.state}, {"cause", orNone(v.Cause), w.cause}, {"detail", orNone(v.Detail), w.detail},
		{"confidence", v.Confidence, w.confidence},
	} {
		if one.want != "" && one.got != one.want {
			wrong(one.what, one.got, one.want)
		}
	}
	if w.evidence != "" {
		rule := regexp.MustCompile(w.evidence)
		if !slices.ContainsFunc(v.Evidence, func(e struct {
			At     *time.Time `json:"at"`
			Source string     `json:"source"`
			Text   string     `json:"text"`
		}) bool {
			return rule.MatchString(e.Text)
		}) {
			wrong("no evidence matches", "", w.evidence)
		}
	}
	if w.stations != 0 && len(v.Stations) != w.stations {
		wrong("number of stations", len(v.Stations), w.stations)
	}
	if v.State == "connected" && v.Since == nil {
		wrong("since", nil, "a time")
	}
	if v.State != "connected" && (v.VisitorStep == "" || v.OperatorStep == "") {
		wrong("a step", "empty", "text")
	}
}

// certificates are the authorities and server certificates of the faults.
type certificates struct {
	root, intermediate, other *judgetest.Pair
	sound                     *serverCertificate
}

// serverNames are the names in the sound certificate, for tenants that trust different names.
var serverNames = []string{radiusName, "a.b.wild.faults.example"}

func newCertificates(t testing.TB) *certificates {
	c := &certificates{}
	c.root, c.other = c.authority(t, "Faults Root", nil), c.authority(t, "Other Root", nil)
	c.intermediate = c.authority(t, "Faults Intermediate", c.root)
	c.sound = c.server(t, time.Now().Add(-time.Hour), time.Now().Add(20*time.Hour))
	return c
}

// authority issues a CA certificate.
func (c *certificates) authority(t testing.TB, name string, parent *judgetest.Pair) *judgetest.Pair {
	template := judgetest.CATemplate(name)
	template.NotBefore, template.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(9, 0, 0)
	return judgetest.Issue(t, template, parent)
}

// server issues a certificate with serverNames, with its intermediate.
func (c *certificates) server(t testing.TB, from, to time.Time) *serverCertificate {
	template := judgetest.LeafTemplate(radiusName)
	template.DNSNames, template.NotBefore, template.NotAfter = slices.Clone(serverNames), from, to
	template.ExtKeyUsage = serverUse
	for i := range 20 { // so that it takes several packets
		template.DNSNames = append(template.DNSNames, fmt.Sprintf("another-name-%d.of-the-server.example", i))
	}
	return &serverCertificate{
		leaf: judgetest.Issue(t, template, c.intermediate), above: []*judgetest.Pair{c.intermediate},
	}
}

// TestFortyFaults injects each fault into a real deployment and requires the right answer of
// `onramp why`.
func TestFortyFaults(t *testing.T) {
	certificates := newCertificates(t)
	faults := slices.Concat(trustFaults(certificates), tlsFaults(), silentFaults(), credentialFaults(), realmFaults(),
		profileFaults(certificates), accessPointFaults(t), connectionFaults(t), attributionFaults(), soundCases())
	report := newReport(len(faults))
	began := time.Now()
	t.Run("shared", func(t *testing.T) {
		a := newAir(t, 0)
		tenants := []string{venue{}.yaml(rivalTenant, certificates.other)}
		for i := range faults {
			tenants = append(tenants, faults[i].venue.yaml(i+1, certificates.root))
		}
		a.apply(t, tenants...)
		a.createKeys(t, len(faults))
		a.configure(t, certificates.sound)
		a.startRadius(t)
		system := filepath.Join(t.TempDir(), "system.pem")
		must(t, os.WriteFile(system, judgetest.PEM(certificates.other.Certificate), 0o600))
		t.Logf("started after %.1f s", time.Since(began).Seconds())
		var all sync.WaitGroup
		slots := make(chan struct{}, 12) // most faults wait
		for i := range faults {
			all.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				t.Run(faults[i].name, func(t *testing.T) {
					s := &scene{TB: t, air: a, n: i + 1, rival: rivalTenant, system: system, servers: certificates,
						waits: true}
					report.inject(t, i, &faults[i], s)
				})
			})
		}
		all.Wait()
	})
	t.Run("certificate", func(t *testing.T) { certificateFaults(t, certificates, report) })
	t.Run("clock", func(t *testing.T) { clockFaults(t, certificates, report) })
	t.Run("outage", func(t *testing.T) { outageFaults(t, certificates, report) })
	t.Run("database", func(t *testing.T) { databaseFaults(t, certificates, report) })
	t.Logf("%d faults in %.1f s\n%s", len(report.rows), time.Since(began).Seconds(), report)
}

// rivalTenant is the number of a tenant whose access points the faults borrow.
const rivalTenant = 0xfff

// report is the table of faults and answers.
type report struct {
	mu   sync.Mutex
	rows [][]string
}

func newReport(n int) *report { return &report{rows: make([][]string, n)} }

// add injects a fault beyond the shared ones.
func (r *report) add(t *testing.T, f *fault, s *scene) {
	t.Helper()
	r.mu.Lock()
	r.rows = append(r.rows, nil)
	i := len(r.rows) - 1
	r.mu.Unlock()
	r.inject(t, i, f, s)
}

// inject runs a fault, compares the answer and sets the row.
func (r *report) inject(t *testing.T, i int, f *fault, s *scene) {
	t.Helper()
	who := f.run(s)
	if s.waits {
		s.air.awaitReports(t)
	}
	code, v, printed := s.air.why(t, who, f.want.later)
	f.want.check(t, code, v, printed)
	row := []string{f.name, f.injected, v.State, orNone(v.Cause), orNone(v.Detail), v.Confidence, v.VisitorStep}
	if code == 2 {
		row = []string{f.name, f.injected, "-", "-", "-", "exit 2", strings.TrimSpace(printed)}
	}
	if t.Failed() {
		row[0] = "WRONG " + row[0]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows[i] = row
}

// String returns the table.
func (r *report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "fault\tinjected\tstate\tcause\tdetail\tconfidence\tvisitor's step")
	for _, row := range r.rows {
		if row != nil {
			fmt.Fprintln(table, strings.ReplaceAll(strings.Join(row, "\t"), "\n", " "))
		}
	}
	_ = table.Flush()
	return b.String()
}
