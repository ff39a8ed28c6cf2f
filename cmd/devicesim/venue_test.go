package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/radio"
	"onramp/onboarding/testkit/process"
)

// deployment is an Onramp process with its demo organization, and with [deploy] a FreeRADIUS
// process.
type deployment struct {
	*testing.T
	onramp, data                string
	url, auth, acct, secretFile string
	demo                        struct {
		PortalURL, ProfileRoot string
		ManagerKey             json.RawMessage
	}
	token string
}

// deploy builds and starts everything as the README describes, with more flags of serve.
func deploy(t *testing.T, more ...string) *deployment {
	t.Helper()
	process.Require(t, "freeradius", "eapol_test")
	d := serveDemo(t, more...)
	radius := filepath.Join(t.TempDir(), "radius")
	d.auth, d.acct = process.FreeAddress(t), process.FreeAddress(t)
	d.secretFile = filepath.Join(radius, "radius-secret")
	_, authPort, _ := net.SplitHostPort(d.auth)
	_, acctPort, _ := net.SplitHostPort(d.acct)
	if out, err := exec.Command(d.onramp, "freeradius", radius, "--data", d.data, "--auth-port", authPort,
		"--acct-port", acctPort).CombinedOutput(); err != nil {
		t.Fatalf("onramp freeradius: %v\n%s", err, out)
	}
	process.StartFreeRADIUS(t, process.FreeRADIUS(radius))
	var login struct{ Token string }
	d.call(http.MethodPost, "/v1/sts/login/services", d.demo.ManagerKey, &login)
	d.token = login.Token
	return d
}

// serveDemo builds and starts Onramp with its demo organization, with more flags of serve.
func serveDemo(t *testing.T, more ...string) *deployment {
	t.Helper()
	dir := t.TempDir()
	onramp, data := filepath.Join(dir, "onramp"), filepath.Join(dir, "data")
	if out, err := exec.Command("go", "build", "-o", onramp, "onramp/cmd/onramp").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	d := &deployment{T: t, onramp: onramp, data: data}
	web := process.FreeAddress(t)
	d.url = "http://" + web
	serve := append([]string{"serve", "--data", data, "--listen", web, "--aaa-listen",
		process.FreeAddress(t), "--admin-listen", process.FreeAddress(t)}, more...)
	process.Start(t, exec.Command(onramp, serve...)).Await(t, `"msg":"serving"`)
	text, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d.demo); err != nil {
		t.Fatal(err)
	}
	return d
}

// call makes a request to the API.
func (d *deployment) call(method, path string, body []byte, answer any) {
	d.Helper()
	req, err := http.NewRequest(method, d.url+path, bytes.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		d.Fatalf("%s %s: %s %s %v", method, path, res.Status, text, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		d.Fatal(err)
	}
}

// devicesim runs a command line that must end well.
func (d *deployment) devicesim(answer any, args ...string) {
	d.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, &stdout, &stderr); code != 0 {
		d.Fatalf("devicesim %s ends %d: %s\n%s", strings.Join(args, " "), code, &stderr, &stdout)
	}
	if err := json.Unmarshal(stdout.Bytes(), answer); err != nil {
		d.Fatal(err)
	}
}

// accounting is a connection as the API shows it.
type accounting struct {
	Start            time.Time  `json:"start"`
	Stop             *time.Time `json:"stop"`
	Duration         int64      `json:"duration"`
	Traffic          int64      `json:"traffic"`
	LocationName     *string    `json:"locationName"`
	APName           *string    `json:"apName"`
	MACAddressClient string     `json:"macAddressClient"`
	IPAddressClient  string     `json:"ipAddressClient"`
	TerminateCause   *string    `json:"terminateCause"`
}

// apNames are the demo organization's hotspots by NAS-Identifier.
var apNames = map[string]string{"ap1.demo.onramp.example": "Front door", "ap2.demo.onramp.example": "Hall"}

// TestVenue covers the whole loop: new customers sign up, join through FreeRADIUS and spend a day
// in the venue; the API then returns every connection that the access points reported.
func TestVenue(t *testing.T) {
	d := deploy(t)
	// The days must not overlap: an access point that restarts closes all older connections.
	for _, c := range []struct {
		name, platform string
		args           []string
		// slack is the tolerance for times. Times of a guest before authentication are derived from
		// Acct-Delay-Time, in whole seconds.
		slack time.Duration
	}{
		{"named without an authentication", judge.Android,
			[]string{"--begin", time.Now().Add(-72 * time.Hour).Format(time.RFC3339)}, 0},
		{"known by Class", judge.IOS, []string{"--radius", d.auth}, 5 * time.Second},
		{"known by Class, within minutes", judge.Android, []string{"--radius", d.auth, "--day", "4m"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := *d
			d.T = t
			var who onboarded
			file := filepath.Join(t.TempDir(), "profile")
			d.devicesim(&who, "onboard", "--platform", c.platform, "--url", d.demo.PortalURL, "--trust",
				d.demo.ProfileRoot, "--out", file, "--radius", d.auth, "--radius-secret-file", d.secretFile)
			var day radio.DayReport
			d.devicesim(
				&day,
				append([]string{"connect", "--platform", c.platform, "--trust", d.demo.ProfileRoot, "--sessions", "24",
					"--accounting", d.acct, "--radius-secret-file", d.secretFile, file}, c.args...)...)
			if len(day.Connections) != 24 || day.Acknowledged != day.Records ||
				day.Authenticated != slices.Contains(c.args, "--radius") ||
				day.Cut == 0 && !slices.Contains(c.args, "--day") ||
				day.Doubled == 0 ||
				day.Late == 0 {
				t.Errorf("the day: %+v", day)
			}
			var known struct {
				Count       int
				Connections []accounting
			}
			d.call(http.MethodGet, "/v2/customers/"+who.CustomerID+"/accountings", nil, &known)
			if !day.Authenticated { // a user name alone identifies no customer
				if len(known.Connections) != 0 {
					t.Errorf("%d connections are attributed by a user name alone", len(known.Connections))
				}
				return
			}
			compareDay(t, day.Connections, known.Connections, c.slack)

			var devices struct {
				Devices []struct {
					MACAddress  string
					Connections int
				}
			}
			d.call(http.MethodGet, "/v2/customers/"+who.CustomerID+"/devices", nil, &devices)
			want, got := map[string]int{}, map[string]int{}
			for _, c := range day.Connections {
				want[c.MAC]++
			}
			for _, device := range devices.Devices {
				got[device.MACAddress] = device.Connections
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("devices %v, want %v", got, want)
			}
		})
	}
}

// compareDay compares the API's connections with those that the access points reported.
func compareDay(t *testing.T, want []radio.DayConnection, got []accounting, slack time.Duration) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d connections are known, want %d", len(got), len(want))
	}
	// Sort by device: with tolerant times, two connections that began together may be swapped.
	sort.Slice(want, func(i, j int) bool {
		a, b := want[i], want[j]
		return a.MAC < b.MAC || a.MAC == b.MAC && a.Start.Before(b.Start)
	})
	sort.Slice(got, func(i, j int) bool {
		a, b := got[i], got[j]
		return a.MACAddressClient < b.MACAddressClient ||
			a.MACAddressClient == b.MACAddressClient && a.Start.Before(b.Start)
	})
	near := func(a, b time.Time) bool { return a.Sub(b).Abs() <= slack }
	text := func(s *string) string {
		if s == nil {
			return "(null)"
		}
		return *s
	}
	for i, w := range want {
		g := got[i]
		off := g.Duration - w.Duration
		if text(w.TerminateCause) != "NAS-Reboot" {
			off *= 1000 // the access point counted it: to the second
		}
		if !near(g.Start, w.Start) || (g.Stop == nil) != (w.Stop == nil) || g.Stop != nil && !near(*g.Stop, *w.Stop) ||
			time.Duration(off)*time.Second > slack || time.Duration(-off)*time.Second > slack ||
			g.Traffic != w.Traffic || g.MACAddressClient != w.MAC || g.IPAddressClient != w.Address ||
			text(g.TerminateCause) != text(w.TerminateCause) ||
			text(g.LocationName) != "Demo venue" || text(g.APName) != apNames[w.NASIdentifier] {
			t.Errorf("connection %d is known as\n%+v, stop %v, cause %s, want\n%+v, stop %v, cause %s", i, g, g.Stop,
				text(g.TerminateCause), w, w.Stop, text(w.TerminateCause))
		}
	}
}
