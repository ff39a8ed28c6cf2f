package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"

	"onramp/onboarding/devicesim/journey"
	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/radio"
)

func TestExitCodes(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	words := strings.NewReplacer(
		"CONNECT", "connect --platform android", "LOAD", "load --url http://127.0.0.1:1/portal/x",
		"TAKEN", "testdata/taken.config", "REFUSED", "testdata/refused.config",
		"SECRET", "--radius-secret-file "+secret, "ACCOUNTING", "--accounting 127.0.0.1:1 --radius-secret-file "+secret,
	)
	for _, c := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"check --platform android TAKEN", 0, `"accepted": true`, "warning: android-no-ca"},
		{"check TAKEN --platform android", 0, `"accepted": true`, ""},
		{"check --platform=android REFUSED", 1, `"accepted": false`, `refused: android-inner-method: "CHAP"`},
		{"check --platform ios TAKEN", 1, "", "refused: apple-cms-der"},
		{"check --platform android", 2, "", "accepts 1 arg"},
		{"check TAKEN", 2, "", `"platform" not set`},
		{"check --platform symbian TAKEN", 2, "", "the platforms are android, chromeos,"},
		{"check --platform android testdata/none.config", 2, "", "none.config"},
		{"check --platform ios --trust testdata/none.pem TAKEN", 2, "", "none.pem"},
		{"check --platform ios --trust TAKEN TAKEN", 2, "", "no certificate"},
		{"check --platform android --verbose TAKEN", 2, "", "unknown flag"},
		{"", 2, "", "command required"},
		{"dance", 2, "", "unknown command"},
		{"rules", 0, `"name": "android-inner-method"`, ""},
		{"rules x", 2, "", "unknown command"},
		{"--help", 0, "onboard", ""},
		{"onboard --platform ios", 2, "", `"url" not set`},
		{"onboard --platform windows --url http://127.0.0.1:1/", 2, "", "--platform must be ios or android"},
		{"onboard --platform ios --url http://127.0.0.1:1/portal/x", 1, "", "open the portal"},
		{"onboard --platform ios --url http://127.0.0.1:1/portal/x --radius 127.0.0.1:1812", 2, "",
			"must be given together"},
		{"onboard --platform ios --url nonsense", 1, "", "not an absolute"},
		{"load --url http://127.0.0.1:1/portal/x --devices 2 --concurrency 2", 1, `"open the portal": 2`,
			"open the portal"},
		{"load --url http://127.0.0.1:1/portal/x --devices 0", 2, "", "at least 1"},
		{"LOAD --devices 2 --text", 1, "transport: connection refused", "open the portal"},
		{"LOAD --rate 100 --duration 30ms --json", 1, `"kind": "transport: connection refused"`, "open the portal"},
		{"LOAD --rate 0 --duration 1s", 2, "", "--rate must be positive"},
		{"LOAD --rate NaN --duration 1s", 2, "", "--rate must be positive"},
		{"LOAD --rate 1e9 --duration 1s", 2, "", "at most 100000 a second"},
		{"LOAD --duration -1s", 2, "", "--duration must be positive"},
		{"LOAD --concurrency 0", 2, "", "--concurrency must be at least 1"},
		{"LOAD --mix ios=60,windows=40", 2, "", "journeys support ios and android only"},
		{"LOAD --mix ios", 2, "", `--mix: "ios": the share`},
		{"LOAD --mix ios=1 --platform ios", 2, "", "[mix platform] were all set"},
		{"LOAD --json --text", 2, "", "[json text] were all set"},
		{"LOAD --platform linux", 2, "", "--platform must be ios or android"},
		{"bench --only disk,speed", 2, "", `no row "speed"; the rows are profiles-rsa, `},
		{"bench --contacts 9999", 2, "", "at least 10000 contacts"},
		{"bench --onramp testdata/none", 2, "", "--onramp: "},
		{"bench --help", 0, "registrations-postgresql", ""},
		{"ceiling", 2, "", "sign or serve"},
		{"CONNECT TAKEN", 2, "", "are required"},
		{"CONNECT --radius 127.0.0.1:1 SECRET REFUSED", 1, "", "android-inner-method"},
		{"CONNECT --radius 127.0.0.1:1 --radius-secret-file testdata/none TAKEN", 2, "", "testdata/none"},
		{"CONNECT --radius 127.0.0.1:1 SECRET", 2, "", "at least 1 arg"},
		{"connect --platform symbian --radius 127.0.0.1:1 SECRET TAKEN", 2, "", "the platforms are android, chromeos,"},
		{"CONNECT --radius 127.0.0.1:1 SECRET --seed 2 TAKEN", 2, "", "--seed requires --sessions"},
		{"CONNECT --sessions 0 ACCOUNTING TAKEN", 2, "", "--sessions must be at least 1"},
		{"CONNECT --sessions 5 --accounting 127.0.0.1:1 TAKEN", 2, "", "--sessions requires --radius-secret-file"},
		{"CONNECT --sessions 5 SECRET TAKEN", 2, "", "--radius or --accounting"},
		{"CONNECT --sessions 5 --radius 127.0.0.1:65535 SECRET TAKEN", 2, "", "--accounting is required"},
		{"CONNECT --sessions 5 --radius 127.0.0.1 SECRET TAKEN", 2, "", "--radius"},
		{"CONNECT --sessions 5 --accounting nowhere SECRET TAKEN", 2, "", "accounting address"},
		{"CONNECT --sessions 5 ACCOUNTING --begin yesterday TAKEN", 2, "", "--begin"},
		{"CONNECT --sessions 5 ACCOUNTING --begin 2199-01-01T00:00:00Z TAKEN", 2, "", "in the future"},
		{"CONNECT --sessions 50 --day 1m ACCOUNTING TAKEN", 2, "", "do not fit into 1m0s: the maximum is 9"},
		{"CONNECT --sessions 5 ACCOUNTING --access-point ap1,nonsense TAKEN", 2, "", "is not a MAC address"},
		{"CONNECT --sessions 5 ACCOUNTING --access-point , TAKEN", 2, "", "NAS-Identifier is missing"},
		{"CONNECT --sessions 5 ACCOUNTING REFUSED", 1, "", "android-inner-method"},
		{"CONNECT --sessions 5 ACCOUNTING TAKEN", 1, `"acknowledged": 0`, "does not respond"},
		{"connect --help", 0, "--sessions N", ""},
	} {
		t.Run(c.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(strings.Fields(words.Replace(c.args)), &stdout, &stderr)
			if code != c.code {
				t.Errorf("exit code %d, want %d; stderr %s", code, c.code, &stderr)
			}
			if !strings.Contains(stdout.String(), c.stdout) {
				t.Errorf("stdout %q, want %q in it", &stdout, c.stdout)
			}
			if !strings.Contains(stderr.String(), c.stderr) {
				t.Errorf("stderr %q, want %q in it", &stderr, c.stderr)
			}
		})
	}
}

// TestCheckHidesThePassword checks that a verdict is safe to paste into a ticket.
func TestCheckHidesThePassword(t *testing.T) {
	var stdout, stderr bytes.Buffer
	run([]string{"check", "--platform", "android", "testdata/taken.config"}, &stdout, &stderr)
	if all := stdout.String() + stderr.String(); strings.Contains(all, "s3cret!") ||
		strings.Contains(all, "czNjcmV0IQ") {
		t.Error("the password is printed")
	}
	var verdict judge.Verdict
	if err := json.Unmarshal(stdout.Bytes(), &verdict); err != nil || !verdict.Accepted {
		t.Errorf("stdout is not a verdict: %v", err)
	}
}

// portal serves an install page for a registered customer.
func portal(t *testing.T) *httptest.Server {
	t.Helper()
	profile, err := os.ReadFile("testdata/taken.config")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		switch r.URL.Path {
		case "/activate/t0ken":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<a href="/activate/t0ken/android">Install</a>`)
		case "/activate/t0ken/android":
			w.Header().Set("Content-Type", "application/x-wifi-config")
			w.Header().Set("Content-Transfer-Encoding", "base64")
			_, _ = w.Write(profile)
		case "/activate/t0ken/installed":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"status":"OK","generated":"2026-12-01T12:00:00Z","id":"i1","customerId":"c1"}`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func TestOnboard(t *testing.T) {
	server := portal(t)
	for _, out := range []string{"", filepath.Join(t.TempDir(), "profile.config")} {
		args := []string{"onboard", "--platform", "android", "--url", server.URL + "/activate/t0ken"}
		if out != "" {
			args = append(args, "--out", out)
		}
		var stdout, stderr bytes.Buffer
		if code := run(args, &stdout, &stderr); code != 0 {
			t.Fatalf("exit code %d: %s", code, &stderr)
		}
		var got map[string]string
		if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got["customerId"] != "c1" || got["username"] != "user@example.com" || got["platform"] != "android" ||
			out != "" && got["file"] != out ||
			len(got) != 4 {
			t.Errorf("got %v", got)
		}
		info, err := os.Stat(got["file"])
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the profile's mode is %v", info.Mode())
		}
		if out == "" {
			_ = os.Remove(got["file"])
		}
	}
}

func TestLoad(t *testing.T) {
	server := portal(t)
	var stdout, stderr bytes.Buffer
	args := []string{
		"load",
		"--platform",
		"android",
		"--devices",
		"3",
		"--concurrency",
		"2",
		"--url",
		server.URL + "/activate/t0ken",
	}
	if code := run(args, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	var report journey.LoadReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || report.Journeys != 3 || report.Failed != 0 ||
		report.PerSecond <= 0 {
		t.Errorf("report %+v, %v", report, err)
	}
}

// TestDay sends a day to a server that only acknowledges.
func TestDay(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var places sync.Map
	server := radius.PacketServer{
		SecretSource: radius.StaticSecretSource([]byte("s3cret")),
		Handler: radius.HandlerFunc(func(w radius.ResponseWriter, r *radius.Request) {
			places.Store(rfc2865.NASIdentifier_GetString(r.Packet)+" "+rfc2865.CalledStationID_GetString(r.Packet),
				true)
			_ = w.Write(r.Response(radius.CodeAccountingResponse))
		}),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(conn)
	}()
	defer func() {
		_ = conn.Close()
		<-done
	}()
	args := []string{
		"connect",
		"--platform",
		"android",
		"--sessions",
		"30",
		"--begin",
		"2026-01-02T00:00:00Z",
		"--day",
		"10h",
		"--interim",
		"1h",
		"--seed",
		"9",
		"--access-point",
		"front",
		"--access-point",
		"hall,02:00:00:00:00:0b,Caffè, nero",
		"--accounting",
		conn.LocalAddr().String(),
		"--radius-secret-file",
		secret,
		"testdata/taken.config",
		"testdata/taken.config",
	}
	var reports [2]radio.DayReport
	for i := range reports {
		var stdout, stderr bytes.Buffer
		if code := run(args, &stdout, &stderr); code != 0 {
			t.Fatalf("exit code %d: %s", code, &stderr)
		}
		if err := json.Unmarshal(stdout.Bytes(), &reports[i]); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(stdout.String(), "s3cret") {
			t.Error("a secret is printed")
		}
		reports[i].PerSecond = 0
	}
	r := reports[0]
	if !reflect.DeepEqual(r, reports[1]) {
		t.Error("the same seed is another day")
	}
	if r.Sessions != 30 || len(r.Connections) != 30 || r.Records < 30 || r.Acknowledged != r.Records ||
		r.Begin.Year() != 2026 ||
		r.End.Sub(r.Begin) != 10*time.Hour ||
		r.Seed != 9 {
		t.Errorf("%+v", r)
	}
	for _, place := range []string{"front ", "hall 02-00-00-00-00-0B:Caffè, nero"} {
		if _, seen := places.Load(place); !seen {
			t.Errorf("no record from %q", place)
		}
	}
}
