package pages

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/links"
)

var opened = time.Date(2026, 3, 2, 15, 50, 0, 0, time.UTC)

// watching returns a visitor with an iPhone, whose link was made at opened.
func watching(now time.Time, change func(*watch)) *watch {
	o := &onboarding.Organization{ID: onboarding.NewID(), Name: "Demo", Locations: []onboarding.Location{{
		ID: "l", Name: "Via Roma", Timezone: "Europe/Rome",
	}}}
	o.WiFi.Passpoint = &onboarding.Passpoint{FriendlyName: "Demo WiFi"}
	o.WiFi.WPA2 = &onboarding.WPA2{SSID: "demo-secure"}
	w := &watch{platform: "ios", since: opened, visitor: &visitor{
		token: "t", texts: pageTexts()["en"], now: now, zone: time.UTC, view: &links.View{
			Organization: o, Customer: &onboarding.Customer{ID: onboarding.NewID()},
			Link: &onboarding.Link{Created: opened, Expires: opened.Add(time.Hour), MaxHits: 10, Hits: 1,
				Platforms: []string{"ios"}},
		},
	}}
	if change != nil {
		change(w)
	}
	return w
}

func station(since time.Time) connectivity.StationVerdict {
	return connectivity.StationVerdict{MAC: "02:00:00:00:00:01", State: connectivity.Connected, Since: &since}
}

// TestConnectionPage checks the kind, the step and the times of the page.
func TestConnectionPage(t *testing.T) {
	joined, before := opened.Add(6*time.Minute), opened.Add(-time.Minute)
	roma := &onboarding.Location{ID: "l", Name: "Via Roma", Timezone: "Europe/Rome"}
	never := &connectivity.Verdict{State: connectivity.NeverConnected, Visitor: connectivity.StepInstall}
	for name, tt := range map[string]struct {
		verdict *connectivity.Verdict
		open    time.Duration
		change  func(*watch)
		kind    string
		place   string
		time    string
		step    string // a part of it
		action  string // a part of its address
	}{
		"joined": {verdict: &connectivity.Verdict{State: connectivity.Connected, Since: &joined, Location: roma,
			Stations: []connectivity.StationVerdict{station(joined)}}, kind: "joined",
			place: "Via Roma", time: "16:56"},
		"joined at an unknown place": {verdict: &connectivity.Verdict{State: connectivity.Connected, Since: &joined,
			Stations: []connectivity.StationVerdict{station(joined)}}, kind: "joined",
			place: "Demo WiFi", time: "15:56"},
		"another device was connected before the link": {verdict: &connectivity.Verdict{State: connectivity.Connected,
			Since: &before, Location: roma, Stations: []connectivity.StationVerdict{station(before)}},
			open: 2 * time.Minute, kind: "missing", step: "Profile Downloaded", action: "/activate/t?"},
		"a second device joined": {verdict: &connectivity.Verdict{State: connectivity.Connected, Since: &before,
			Stations: []connectivity.StationVerdict{station(before), station(joined)}},
			open: 7 * time.Minute, kind: "joined", place: "Demo WiFi", time: "15:56"},
		"not yet seen":          {verdict: never, kind: "waiting"},
		"not seen for a minute": {verdict: never, open: time.Minute, kind: "missing", step: "tap demo-secure"},
		"never downloaded": {verdict: &connectivity.Verdict{Visitor: connectivity.StepDownload}, kind: "missing",
			step: "Download the profile on this phone", action: "platform=ios"},
		"locked": {verdict: &connectivity.Verdict{Visitor: connectivity.StepAskStaff}, open: time.Hour - 1,
			kind: "missing", step: "ask the staff"},
		"lost": {verdict: &connectivity.Verdict{State: connectivity.NotConnected, Since: &joined, LastSeen: &joined,
			Visitor: connectivity.StepComeCloser, Location: roma}, open: 8 * time.Minute, kind: "lost",
			time: "16:56", step: "come closer"},
		"lost before the link": {verdict: &connectivity.Verdict{State: connectivity.NotConnected, Since: &before,
			LastSeen: &before, Visitor: connectivity.StepComeCloser}, open: 8 * time.Minute, kind: "missing",
			step: "Profile Downloaded"},
		"a fault": {verdict: &connectivity.Verdict{State: connectivity.NotConnected, LastSeen: &before,
			Visitor: connectivity.StepWait}, open: 8 * time.Minute, kind: "missing", step: "the staff must repair"},
		"ended link": {verdict: &connectivity.Verdict{Visitor: connectivity.StepInstallAgain}, open: 2 * time.Minute,
			change: func(w *watch) { w.view.Link.Expires = opened }, kind: "missing", step: "Download it again",
			action: "/portal/"},
		"minimised": {verdict: &connectivity.Verdict{}, open: 2 * time.Minute, kind: "hidden",
			change: func(w *watch) { w.view.Customer.PPD = new(false) }},
	} {
		now := opened.Add(max(tt.open, 0))
		if tt.kind == "joined" {
			now = joined.Add(time.Minute)
		}
		page := watching(now, tt.change).page(tt.verdict)
		if page.Kind != tt.kind || page.Place != tt.place || page.Time != tt.time ||
			!strings.Contains(page.Step, tt.step) || (page.Step == "") != (tt.step == "") {
			t.Errorf("%s: %+v", name, page)
		}
		if tt.action != "" && (page.Action == nil || !strings.Contains(page.Action.URL, tt.action)) {
			t.Errorf("%s: the button is %+v", name, page.Action)
		}
		if refreshes := page.Refresh != nil; refreshes != (tt.kind != "joined" && tt.kind != "hidden" &&
			tt.open < refreshFor) {
			t.Errorf("%s: refreshes: %v", name, refreshes)
		}
	}
}

// TestConnectionRefreshes follows the page as a browser does, until it stops.
func TestConnectionRefreshes(t *testing.T) {
	never := &connectivity.Verdict{State: connectivity.NeverConnected, Visitor: connectivity.StepInstall}
	now, loads := opened, 0
	for ; ; loads++ {
		page := watching(now, nil).page(never)
		if page.Refresh == nil {
			break
		}
		if !strings.Contains(page.Refresh.URL, "since=1772466600") {
			t.Fatalf("refreshes to %s", page.Refresh.URL)
		}
		now = now.Add(time.Duration(page.Refresh.Seconds) * time.Second)
	}
	if open := now.Sub(opened); open < refreshFor || open > refreshFor+time.Minute || loads > 60 {
		t.Errorf("%d loads in %s", loads, open)
	}
	stopped := watching(opened, func(w *watch) { w.stopped = true }).page(never)
	if stopped.Refresh != nil || stopped.Again == "" {
		t.Errorf("stopped: %+v", stopped)
	}
}

// TestVerdicts checks that concurrent loads share one computation, and that an error is not kept.
func TestVerdicts(t *testing.T) {
	var now atomic.Int64
	var computed atomic.Int32
	failing := errors.New("failing")
	v := &verdicts{byCustomer: map[string]*recentVerdict{}, clock: func() time.Time { return time.Unix(now.Load(), 0) },
		compute: func(context.Context, string, string) (*connectivity.Verdict, error) {
			if computed.Add(1) == 1 {
				return nil, failing
			}
			return &connectivity.Verdict{}, nil
		}}
	if _, err := v.of(t.Context(), "o", "c"); !errors.Is(err, failing) {
		t.Fatal(err)
	}
	load := func(customer string) {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if got, err := v.of(t.Context(), "o", customer); err != nil || got == nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	for _, want := range []int32{2, 2, 3} {
		load("c")
		if n := computed.Load(); n != want {
			t.Errorf("%d verdicts were computed, want %d", n, want)
		}
		now.Add(int64(verdictLifetime/time.Second) - 1)
	}
	for i := range 2 * maxVerdicts {
		if _, err := v.of(t.Context(), "o", string(rune(i))+"x"); err != nil {
			t.Fatal(err)
		}
	}
	if len(v.byCustomer) > maxVerdicts {
		t.Errorf("%d verdicts are in memory", len(v.byCustomer))
	}
}
