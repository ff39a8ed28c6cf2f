package journey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

// arriving returns a crowd at a rate, on its way to a venue.
func arriving(v *venue, c Crowd) *load {
	c.Link, c.Trust, c.Now, c.Platforms = v.portal(), judgetest.Trust(), judgetest.Now, []string{judge.IOS}
	return &load{Crowd: c, transport: http.DefaultTransport, tally: newTally(), start: time.Now()}
}

func (l *load) reported() *LoadReport { return l.tally.report(&l.Crowd, time.Second, false) }

// TestArrivalsDoNotWait has a venue that answers nothing until all visitors have arrived.
func TestArrivalsDoNotWait(t *testing.T) {
	v := newVenue(t)
	answer := make(chan struct{})
	v.respond = func(http.ResponseWriter, *http.Request) bool {
		<-answer
		return false
	}
	l := arriving(v, Crowd{Devices: 10, Concurrency: 3, Rate: 1000})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.arrive(t.Context())
	}()
	for l.reported().NotStarted < 7 {
		select {
		case <-ended:
			t.Fatal("the crowd ended before the venue answered")
		case <-time.After(time.Millisecond):
		}
	}
	close(answer)
	<-ended
	if r := l.reported(); r.Journeys != 3 || r.Failed != 0 || r.NotStarted != 7 {
		t.Errorf("%+v", r)
	}
}

// TestDurationsCountFromThePlan starts arrivals that were planned a minute ago.
func TestDurationsCountFromThePlan(t *testing.T) {
	l := arriving(newVenue(t), Crowd{Devices: 3, Concurrency: 3, Rate: 1000})
	l.start = l.start.Add(-time.Minute)
	l.arrive(t.Context())
	const least = 59_900 // milliseconds; a histogram has three digits
	r := l.reported()
	if r.Journeys != 3 || r.Failed != 0 || r.P50 < least || r.P999 < least || r.StartDelay.P50 < least {
		t.Errorf("%+v", r)
	}
	if len(r.Steps) != 6 || r.Steps[0].Step != "open the portal" || r.Steps[0].Count != 3 || r.Steps[0].P50 >= least {
		t.Errorf("steps %+v", r.Steps)
	}
}

// TestDuration checks that a duration ends a crowd without a number of visitors in both models.
func TestDuration(t *testing.T) {
	v := newVenue(t)
	for _, rate := range []float64{0, 200} {
		c := arriving(v, Crowd{Concurrency: 2, Rate: rate, Duration: 20 * time.Millisecond}).Crowd
		r, err := Load(t.Context(), c)
		if err != nil || r.Failed != 0 || rate > 0 && r.Journeys+r.NotStarted != 4 {
			t.Errorf("rate %g: %+v, %v", rate, r, err)
		}
	}
}

func TestInterruptedLoad(t *testing.T) {
	v := newVenue(t)
	ctx, cancel := context.WithCancel(t.Context())
	v.respond = func(http.ResponseWriter, *http.Request) bool {
		cancel()
		return false
	}
	for _, rate := range []float64{0, 0.001} {
		c := arriving(v, Crowd{Devices: 50, Concurrency: 1, Rate: rate}).Crowd
		if r, err := Load(ctx, c); err != nil || !r.Interrupted || r.Journeys > 1 {
			t.Errorf("rate %g: %+v, %v", rate, r, err)
		}
	}
}

func TestFailureKinds(t *testing.T) {
	status := func(code int, after string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if after != "" {
				w.Header().Set("Retry-After", after)
			}
			w.WriteHeader(code)
		}
	}
	for _, c := range []struct {
		path, step, kind string
		respond          func(http.ResponseWriter)
	}{
		{"/portal/org1", "open the portal", "HTTP 503 with Retry-After", status(503, "1")},
		{"/portal/org1", "open the portal", "HTTP 503", status(503, "")},
		{"/portal/org1", "open the portal", "transport: connection lost",
			func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
		{"/ios", "download the profile", "HTTP 410", status(410, "")},
		{"/ios", "install the profile", "refused: apple-cms-der", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/x-apple-aspen-config")
			_, _ = w.Write([]byte("no profile"))
		}},
		{"/installed", "report the installation", "HTTP 429 with Retry-After", status(429, "60")},
		{"/installed", "report the installation", "unexpected answer",
			func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{}`)) }},
	} {
		v := newVenue(t)
		v.respond = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, c.path) {
				return false
			}
			c.respond(w)
			return true
		}
		l := arriving(v, Crowd{Devices: 2, Concurrency: 2, Rate: 100})
		l.arrive(t.Context())
		want := []FailureCount{{c.step, c.kind, 2}}
		if r := l.reported(); !reflect.DeepEqual(r.Kinds, want) || r.Errors[c.step] != 2 || r.Failed != 2 {
			t.Errorf("got %v and %v, want %v", r.Kinds, r.Errors, want)
		}
	}
}

func TestParseMix(t *testing.T) {
	for text, want := range map[string]string{
		"ios=60,android=40":    "[ios android ios android ios]",
		"ios=1":                "[ios]",
		"android=100,ios=0":    "[android]",
		"ios=1,android=1":      "[ios android]",
		"":                     "journeys support",
		"ios":                  `"ios": the share`,
		"ios=":                 `"ios=": the share`,
		"ios=-1":               "whole number up to 1000",
		"ios=1001":             "whole number up to 1000",
		"ios=0.5":              "whole number",
		"ios=0,android=0":      "every share is 0",
		"ios=1,ios=2":          "twice",
		"ios=1,symbian=2":      "journeys support ios and android only",
		"ios=999,android=1000": "",
	} {
		got, err := ParseMix(text)
		if err != nil {
			if want == "" || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", text, err, want)
			}
		} else if s := fmt.Sprint(got); want != "" && s != want {
			t.Errorf("%s: %s, want %s", text, s, want)
		}
	}
	if _, err := ParseMix("windows=1"); !errors.Is(err, judge.ErrPlatform) {
		t.Errorf("windows: %v", err)
	}
}

// TestLoadText checks the text of a report with failures.
func TestLoadText(t *testing.T) {
	tally := newTally()
	tally.step("open the portal", 1500*time.Microsecond)
	tally.done(12*time.Millisecond, nil)
	tally.done(0, &StepError{Step: "send the sign-up form", Kind: "HTTP 503 with Retry-After"})
	tally.delayed(time.Millisecond)
	tally.missed()
	crowd := Crowd{Rate: 2.5, Concurrency: 1, Platforms: []string{judge.IOS, judge.IOS, judge.Android}}
	var text strings.Builder
	if err := tally.report(&crowd, time.Second, true).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	const want = `2 journeys at 2.5 a second, at most 1 at a time, in 1.0 s (android 33.3 %, ios 66.7 %)
1.0 a second succeeded; 1 failed, 1 not started
interrupted

  milliseconds           count   p50   p90   p99  p99.9   max
  whole journey              1  12.0  12.0  12.0   12.0  12.0
  open the portal            1   1.5   1.5   1.5    1.5   1.5
  delay of the start         2   1.0   1.0   1.0    1.0   1.0

  failures               count  kind
  send the sign-up form      1  HTTP 503 with Retry-After
`
	if got := text.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
