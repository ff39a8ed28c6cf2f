package metrics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/profiles"
)

// series returns the values of the registry's series by name, such as `name{label="value"}`. That
// of a histogram is its count.
func series(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			name := f.GetName()
			if len(labels) > 0 {
				name += "{" + strings.Join(labels, ",") + "}"
			}
			switch {
			case m.Counter != nil:
				all[name] = m.Counter.GetValue()
			case m.Gauge != nil:
				all[name] = m.Gauge.GetValue()
			case m.Histogram != nil:
				all[name] = float64(m.Histogram.GetSampleCount())
			}
		}
	}
	return all
}

func want(t *testing.T, got map[string]float64, name string, value float64) {
	t.Helper()
	if have, ok := got[name]; !ok || have != value {
		t.Errorf("%s is %v (present %t), want %v; known: %v", name, have, ok, value, slices.Sorted(maps.Keys(got)))
	}
}

// TestLabelsAreBounded: values outside the lists share one series.
func TestLabelsAreBounded(t *testing.T) {
	registry := prometheus.NewRegistry()
	m, err := New(registry)
	if err != nil {
		t.Fatal(err)
	}
	before := len(series(t, registry))
	for i := range 1000 {
		text := fmt.Sprint("value ", i)
		m.Registered(onboarding.Channel(text))
		m.Authenticated(onboarding.Reason(text))
		m.DisconnectFinished(onboarding.DisconnectOutcome(text))
		m.Database(text, time.Millisecond)
		m.Downloaded(text, onboarding.Source(text), i%2 == 0)
		m.Installed(text, onboarding.Source(text))
	}
	got := series(t, registry)
	if len(got) != before+7 {
		t.Errorf("%d series became %d", before, len(got))
	}
	want(t, got, `onramp_registrations_total{channel="other"}`, 1000)
	want(t, got, `onramp_authentications_total{reason="other",result="reject"}`, 1000)
	m.Authenticated("")
	m.Authenticated(onboarding.ReasonHandshake)
	got = series(t, registry)
	want(t, got, `onramp_authentications_total{reason="none",result="accept"}`, 1)
	want(t, got, `onramp_authentications_total{reason="handshake",result="reject"}`, 1)
	want(t, got, `onramp_handshake_failures_total{reason="handshake"}`, 1)
	if _, err := New(registry); err == nil {
		t.Error("a registry holds two sets of metrics")
	}
}

type failingSigner struct{ signed int }

func (s *failingSigner) Sign([]byte) ([]byte, error)    { s.signed++; return nil, errors.New("no") }
func (s *failingSigner) SignXML([]byte) ([]byte, error) { s.signed++; return []byte("x"), nil }
func (s *failingSigner) XMLRefusal() string             { return "refused" }
func (s *failingSigner) Fingerprint() string            { return "none" }

func TestSigner(t *testing.T) {
	registry := prometheus.NewRegistry()
	m, err := New(registry)
	if err != nil {
		t.Fatal(err)
	}
	inner := &failingSigner{}
	s := m.Signer(inner)
	if _, err := s.Sign(nil); err == nil || s.XMLRefusal() != "refused" {
		t.Error("the signer's answers are changed")
	}
	if out, err := s.SignXML(nil); err != nil || string(out) != "x" || inner.signed != 2 {
		t.Errorf("%q, %v", out, err)
	}
	got := series(t, registry)
	want(t, got, `onramp_signing_duration_seconds{form="cms"}`, 1)
	want(t, got, `onramp_signing_duration_seconds{form="xmldsig"}`, 1)
}

// database is a Store with fixed answers.
type database struct {
	open, waiting, calls int
	organizations        []*onboarding.Organization
	keys                 []*onboarding.ServiceKey
	err                  error
	oldest               time.Time
}

func (d *database) CountOpenConnections(_ context.Context, _ time.Time, most int) (int, error) {
	d.calls++
	return min(d.open, most), d.err
}

func (d *database) CountWaitingDisconnects(_ context.Context, most int) (int, error) {
	return min(d.waiting, most), d.err
}

func (d *database) Organizations(context.Context) ([]*onboarding.Organization, error) {
	return d.organizations, d.err
}

func (d *database) WebhookBacklogs(context.Context, string) ([]onboarding.WebhookBacklog, error) {
	return []onboarding.WebhookBacklog{
		{WebhookID: "a", Waiting: 3, Dead: 1, Oldest: d.oldest}, {WebhookID: "b", Dead: 2},
	}, d.err
}

func (d *database) WebhookEndpoints(context.Context, string) ([]*onboarding.WebhookEndpoint, error) {
	return []*onboarding.WebhookEndpoint{{ID: "a"}, {ID: "b", Disabled: &d.oldest}}, d.err
}

func (d *database) MessageBacklogs(context.Context) ([]onboarding.MessageBacklog, error) {
	return []onboarding.MessageBacklog{{Channel: onboarding.MessageSMS, Waiting: 4, Oldest: d.oldest}}, d.err
}

func (d *database) ServiceKeys(context.Context, string) ([]*onboarding.ServiceKey, error) {
	return d.keys, d.err
}

func TestStates(t *testing.T) {
	now := time.Now()
	pki, err := certs.EnsureDevelopment(t.TempDir(), now, "radius.example")
	if err != nil {
		t.Fatal(err)
	}
	root, err := certs.LoadCertificates(pki.RADIUSRoot)
	if err != nil {
		t.Fatal(err)
	}
	d := &database{open: 200_000, waiting: 7, oldest: now.Add(-time.Minute), organizations: []*onboarding.Organization{
		{ID: "o1", WiFi: wifiWith(t, pki.RADIUSRoot)}, {ID: "o2"},
	}}
	clock := now
	revoked, later := now.Add(-time.Hour), now.Add(50*24*time.Hour)
	d.keys = []*onboarding.ServiceKey{{Expires: &revoked, Revoked: &revoked}, {Expires: &later}, {}}
	var left *Backlog
	var ends time.Time
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewStates(Sources{
		Store: d, Now: func() time.Time { return clock },
		Certificates: func(context.Context) ([]Certificate, error) {
			return []Certificate{{CertificateSigner, clock.Add(-time.Minute)}}, nil
		},
		Keys: func(context.Context) ([]onboarding.KeyAge, error) {
			return []onboarding.KeyAge{{Kind: "jwt", Created: now.Add(-time.Hour)}, {Kind: "aaa"},
				{Kind: "scroll", Created: now.Add(time.Hour)}}, nil
		},
		Backlog:      func(context.Context) (*Backlog, error) { return left, nil },
		FormerSecret: func(context.Context) (time.Time, error) { return ends, nil },
		WriterQueue:  func() (int, int) { return 3, 1024 },
	}))
	got := series(t, registry)
	want(t, got, "onramp_connections_open", connectionsMost)
	want(t, got, "onramp_disconnects_waiting", 7)
	want(t, got, `onramp_client_key_days_left`, 50)
	want(t, got, `onramp_key_age_seconds{kind="jwt"}`, 3600)
	want(t, got, `onramp_key_age_seconds{kind="scroll"}`, 0) // of a clock that is ahead
	if _, there := got[`onramp_key_age_seconds{kind="aaa"}`]; there {
		t.Error("an unknown age is exported")
	}
	want(t, got, "onramp_webhooks_waiting", 3)
	want(t, got, "onramp_webhooks_dead", 3)
	want(t, got, "onramp_webhook_oldest_seconds", 60)
	want(t, got, "onramp_webhooks_disabled", 1)
	want(t, got, `onramp_messages_waiting{channel="sms"}`, 4)
	want(t, got, `onramp_messages_waiting{channel="email"}`, 0)
	want(t, got, `onramp_message_oldest_seconds{channel="sms"}`, 60)
	want(t, got, `onramp_message_oldest_seconds{channel="email"}`, 0)
	want(t, got, `onramp_certificate_days_left{certificate="signer",organization=""}`, -1)
	want(t, got, `onramp_certificate_days_left{certificate="trust-anchor",organization="o1"}`,
		days(root[0].NotAfter, now))
	want(t, got, "onramp_former_aaa_secret_seconds_left", math.Inf(1))
	want(t, got, "onramp_database_queue_length", 3)
	want(t, got, "onramp_database_queue_capacity", 1024)
	want(t, got, `onramp_state_unread{state="connections"}`, 0)
	for name := range got {
		if strings.HasPrefix(name, "onramp_accounting") || strings.HasPrefix(name, "onramp_database_connections") {
			t.Errorf("%s has no source", name)
		}
	}

	// A reading is used for some seconds, and read anew afterwards.
	d.open, left, ends = 5, &Backlog{WaitingBytes: 100, Refused: 2}, clock.Add(time.Hour)
	want(t, series(t, registry), "onramp_connections_open", connectionsMost)
	if d.calls != 1 {
		t.Errorf("read %d times", d.calls)
	}
	clock = clock.Add(countAge)
	got = series(t, registry)
	want(t, got, "onramp_connections_open", 5)
	want(t, got, "onramp_former_aaa_secret_seconds_left", ends.Sub(clock).Seconds())
	want(t, got, `onramp_accounting_backlog_bytes{state="waiting"}`, 100)
	want(t, got, `onramp_accounting_backlog_records{state="waiting"}`, 0)
	want(t, got, `onramp_accounting_backlog_records{state="refused"}`, 2)

	// A state that cannot be read is absent, and the others remain.
	d.err = errors.New("database is down")
	clock = clock.Add(certificateAge)
	got = series(t, registry)
	want(t, got, `onramp_state_unread{state="connections"}`, 1)
	want(t, got, `onramp_state_unread{state="certificates"}`, 1)
	want(t, got, `onramp_certificate_days_left{certificate="signer",organization=""}`, -1)
	want(t, got, `onramp_accounting_backlog_bytes{state="waiting"}`, 100)
	if _, ok := got["onramp_connections_open"]; ok {
		t.Error("an unread state has a value")
	}
	d.err, d.organizations[1].WiFi.TrustAnchor = nil, "no PEM"
	clock = clock.Add(certificateAge)
	got = series(t, registry)
	want(t, got, `onramp_state_unread{state="certificates"}`, 1)
	want(t, got, `onramp_certificate_days_left{certificate="trust-anchor",organization="o1"}`,
		days(root[0].NotAfter, clock))
}

func wifiWith(t *testing.T, anchorFile string) profiles.WiFi {
	t.Helper()
	text, err := os.ReadFile(anchorFile)
	if err != nil {
		t.Fatal(err)
	}
	return profiles.WiFi{TrustAnchor: string(text)}
}
