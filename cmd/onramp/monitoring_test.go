package main

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"onramp/onboarding/testkit/postgres"
)

// families lists every family of ours and its labels. The guide has the same list.
var families = map[string][]string{
	"onramp_build_info":                     {"goversion", "version"},
	"onramp_http_requests_total":            {"method", "route", "status"},
	"onramp_http_request_duration_seconds":  {"method", "route"},
	"onramp_http_requests_in_flight":        {},
	"onramp_http_requests_refused_total":    {},
	"onramp_limit_refused_total":            {"limit"},
	"onramp_registrations_total":            {"channel"},
	"onramp_downloads_total":                {"platform", "result", "source"},
	"onramp_installations_total":            {"platform", "source"},
	"onramp_authentications_total":          {"reason", "result"},
	"onramp_handshake_failures_total":       {"reason"},
	"onramp_connections_open":               {},
	"onramp_accounting_refused_total":       {},
	"onramp_accounting_backlog_records":     {"state"},
	"onramp_accounting_backlog_bytes":       {"state"},
	"onramp_disconnects_total":              {"outcome"},
	"onramp_disconnects_waiting":            {},
	"onramp_messages_queued_total":          {"channel", "kind"},
	"onramp_messages_total":                 {"channel", "outcome"},
	"onramp_message_attempts_failed_total":  {"channel"},
	"onramp_messages_waiting":               {"channel"},
	"onramp_webhook_attempts_total":         {"result"},
	"onramp_webhooks_dead_total":            {},
	"onramp_webhooks_dropped_total":         {},
	"onramp_webhooks_waiting":               {},
	"onramp_webhooks_dead":                  {},
	"onramp_webhook_oldest_seconds":         {},
	"onramp_webhooks_disabled":              {},
	"onramp_message_oldest_seconds":         {"channel"},
	"onramp_verifications_total":            {"channel", "result"},
	"onramp_retention_deleted_total":        {"kind"},
	"onramp_retention_held":                 {},
	"onramp_tombstone_lines_total":          {},
	"onramp_tombstone_failures_total":       {},
	"onramp_tombstones_pending":             {},
	"onramp_backup_age_seconds":             {},
	"onramp_certificate_days_left":          {"certificate", "organization"},
	"onramp_client_key_days_left":           {},
	"onramp_key_age_seconds":                {"kind"},
	"onramp_former_aaa_secret_seconds_left": {},
	"onramp_database_duration_seconds":      {"operation"},
	"onramp_database_queue_length":          {},
	"onramp_database_queue_capacity":        {},
	"onramp_database_connections_used":      {},
	"onramp_database_connections_limit":     {},
	"onramp_signing_duration_seconds":       {"form"},
	"onramp_signing_queue_length":           {},
	"onramp_signing_queue_capacity":         {},
	"onramp_signing_refused_total":          {"reason"},
	"onramp_signed_cache_bytes":             {},
	"onramp_signed_cache_total":             {"result"},
	"onramp_state_unread":                   {"state"},
}

// onlyPostgres are the families that SQLite does not have, onlySQLite the reverse.
var (
	onlyPostgres = []string{"onramp_database_connections_used", "onramp_database_connections_limit"}
	onlySQLite   = []string{"onramp_database_queue_length", "onramp_database_queue_capacity"}
)

// scrape reads /metrics as Prometheus does. It returns the labels of each family of ours, and the
// value of each series, such as `name{label="value"}`: of a histogram its count.
func (s *serving) scrape() (labels map[string][]string, values map[string]float64) {
	s.t.Helper()
	response, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text := expfmt.NewTextParser(model.UTF8Validation)
	all, err := text.TextToMetricFamilies(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatal(response.Status, err)
	}
	labels, values = map[string][]string{}, map[string]float64{}
	for name, family := range all {
		if !strings.HasPrefix(name, "onramp_") {
			continue
		}
		for i, m := range family.Metric {
			pairs, names := []string{}, []string{}
			for _, l := range m.Label {
				names = append(names, l.GetName())
				pairs = append(pairs, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			slices.Sort(names)
			slices.Sort(pairs)
			if i > 0 && !slices.Equal(labels[name], names) {
				s.t.Errorf("%s has series with different labels: %v and %v", name, labels[name], names)
			}
			labels[name] = names
			series := name
			if len(pairs) > 0 {
				series += "{" + strings.Join(pairs, ",") + "}"
			}
			// exactly one is set
			values[series] = m.Counter.GetValue() + m.Gauge.GetValue() + float64(m.Histogram.GetSampleCount())
		}
	}
	return labels, values
}

// radius posts a request as FreeRADIUS does.
func (s *serving) radius(status int, path, body string) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodPost, s.aaa+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.SetBasicAuth("radius", s.demo().AAASecret)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != status {
		s.t.Fatalf("%s: %d, want %d", path, response.StatusCode, status)
	}
}

// TestMetrics scrapes a server after one of each event, and compares every family's name, labels
// and values with the expected ones.
func TestMetrics(t *testing.T) {
	data, raddb := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "raddb")
	s := startServe(t, data)
	if labels, _ := s.scrape(); labels["onramp_accounting_backlog_records"] != nil {
		t.Error("a backlog without a folder of FreeRADIUS")
	}
	if code, _, stderr := onramp(t, "", "freeradius", raddb, "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	s.stop() // states are kept for some time
	s.start()
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	const person = `{"username":"anna","password":"passwort-anna","profiling":true,"ppd":true,` +
		`"policies":{"termsOfUse":true,"privacy":true}}`
	guid := []string{"Onramp-Guid", "my-phone-0123456789"}
	id := s.must(http.StatusCreated, "POST", "/v3/customers", app, person, guid...).body["id"].(string)
	s.must(http.StatusConflict, "POST", "/v3/customers", app, `{"username":"berta"}`)
	s.must(http.StatusOK, "GET", "/v3/customers/"+id+"/profile?platform=ios", app, "", guid...)
	s.must(http.StatusOK, "GET", "/v3/customers/"+id+"/profile?platform=windows", manager, "")
	s.must(http.StatusCreated, "POST", "/v3/customers/"+id+"/installations", app,
		`{"platform":"ios","type":"passpoint","installedBy":"a","installed":"2026-07-08T08:08:44Z"}`, guid...)
	const place = `"NAS-Identifier":"door","Calling-Station-Id":"02-00-00-00-AA-01"`
	s.radius(http.StatusOK, "/aaa/authorize", `{"User-Name":"anna",`+place+`}`)
	s.radius(http.StatusNoContent, "/aaa/post-auth", `{"User-Name":"anna","Onramp-Outcome":"accept",`+place+`}`)
	s.radius(http.StatusNoContent, "/aaa/post-auth", `{"User-Name":"anna","Onramp-Outcome":"reject",`+place+`}`)
	s.radius(http.StatusNoContent, "/aaa/post-auth", `{"User-Name":"x@y","Onramp-Outcome":"handshake",`+place+`}`)
	s.radius(http.StatusNoContent, "/aaa/accounting", `{"Acct-Status-Type":"Start","Acct-Unique-Session-Id":"1",`+
		`"Acct-Session-Id":"1","User-Name":"anna",`+place+`}`)
	s.radius(http.StatusConflict, "/aaa/accounting", `{"Acct-Status-Type":"Start",`+place+`}`)
	if err := os.WriteFile(filepath.Join(raddb, "accounting", "backlog"),
		[]byte("now\n\tUser-Name = \"anna\"\n\tTimestamp = 1\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	labels, values := s.scrape()
	for name, want := range families {
		got, there := labels[name]
		switch absent := slices.Contains(onlyPostgres, name); {
		case absent == there:
			t.Errorf("%s: present %t", name, there)
		case there && !slices.Equal(got, want):
			t.Errorf("%s has the labels %v, want %v", name, got, want)
		}
	}
	for name := range labels {
		if _, listed := families[name]; !listed {
			t.Errorf("%s is not in the list of families", name)
		}
	}
	for series, want := range map[string]float64{
		`onramp_registrations_total{channel="app"}`:                                    1,
		`onramp_registrations_total{channel="portal"}`:                                 0,
		`onramp_downloads_total{platform="ios",result="ok",source="app"}`:              1,
		`onramp_downloads_total{platform="windows",result="ok",source="kiosk"}`:        1,
		`onramp_installations_total{platform="ios",source="app"}`:                      1,
		`onramp_authentications_total{reason="none",result="accept"}`:                  1,
		`onramp_authentications_total{reason="wrong-password",result="reject"}`:        1,
		`onramp_authentications_total{reason="handshake",result="reject"}`:             1,
		`onramp_handshake_failures_total{reason="handshake"}`:                          1,
		`onramp_connections_open`:                                                      1,
		`onramp_accounting_refused_total`:                                              1,
		`onramp_accounting_backlog_records{state="waiting"}`:                           1,
		`onramp_accounting_backlog_records{state="refused"}`:                           0,
		`onramp_disconnects_waiting`:                                                   0,
		`onramp_former_aaa_secret_seconds_left`:                                        math.Inf(1),
		`onramp_disconnects_total{outcome="unanswered"}`:                               0,
		`onramp_signing_duration_seconds{form="cms"}`:                                  1,
		`onramp_signing_duration_seconds{form="xmldsig"}`:                              1,
		`onramp_state_unread{state="accounting"}`:                                      0,
		`onramp_http_requests_total{method="POST",route="/v3/customers",status="409"}`: 1,
	} {
		if got, there := values[series]; !there || got != want {
			t.Errorf("%s is %v (present %t), want %v", series, got, there, want)
		}
	}
	for series := range values {
		if strings.Contains(series, "anna") || strings.Contains(series, id) || strings.Contains(series, "door") {
			t.Errorf("%s holds what a caller chose", series)
		}
	}
	for _, certificate := range []string{
		`{certificate="signer",organization=""}`, `{certificate="radius",organization=""}`,
		`{certificate="trust-anchor",organization="` + demo.OrganizationID + `"}`,
	} {
		if days := values["onramp_certificate_days_left"+certificate]; days < 1 || days > 100*366 {
			t.Errorf("%s: %v days", certificate, days)
		}
	}
	if code, _, stderr := onramp(t, "", "rekey", "aaa", "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	s.stop() // states are kept for some time
	s.start()
	_, values = s.scrape()
	if left := values["onramp_former_aaa_secret_seconds_left"]; left < 24*3600 || left > 26*3600 {
		t.Errorf("the former AAA secret, which FreeRADIUS still uses, has %v s left", left)
	}
}

// TestMetricsOnPostgres: the pool takes the place of the writer's queue, and two replicas export
// the same states.
func TestMetricsOnPostgres(t *testing.T) {
	replicas := startReplicas(t, 2, postgres.Require(t).NewDatabase(t)+"?pool_max_conns=7")
	states := []map[string]float64{}
	for _, s := range replicas {
		labels, values := s.scrape()
		for _, name := range onlyPostgres {
			if labels[name] == nil {
				t.Errorf("no family %s", name)
			}
		}
		for _, name := range onlySQLite {
			if labels[name] != nil {
				t.Errorf("%s without a queue", name)
			}
		}
		if most := values["onramp_database_connections_limit"]; most != 7 {
			t.Errorf("a pool of %v connections", most)
		}
		if values[`onramp_database_duration_seconds{operation="read"}`] == 0 ||
			values[`onramp_database_duration_seconds{operation="write"}`] == 0 {
			t.Error("no database call was measured")
		}
		shared := map[string]float64{}
		for series, value := range values {
			if strings.HasPrefix(series, "onramp_certificate_days_left") || series == "onramp_connections_open" ||
				series == "onramp_disconnects_waiting" {
				shared[series] = value
			}
		}
		states = append(states, shared)
	}
	if len(states[0]) < 4 || !maps.Equal(states[0], states[1]) {
		t.Errorf("states differ: %v and %v", states[0], states[1])
	}
}
