package doctor

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"onramp/onboarding"
)

// TestWatch: the last result is kept, and reading it runs no check; lines are bounded; a check that
// panics fails alone; a run that is interrupted changes nothing.
func TestWatch(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	runs := 0
	many := func(context.Context) (lines []Line) {
		for i := range 100 {
			lines = append(lines, ok("many", "line %d", i), warn("tenant", "line %d", i).of("a"),
				warn("tenant", "line %d", i).of("b"))
		}
		return append(lines, fail("long", "a\nb\x00%s", strings.Repeat("ü", 5000)))
	}
	w := NewWatch(func() time.Time { return now }, func(context.Context, time.Time) []Check {
		runs++
		return []Check{many, func(context.Context) []Line { panic("broken") },
			func(context.Context) []Line { return []Line{ok("after", "")} }}
	})
	if w.Last() != nil {
		t.Error("a result before the first run")
	}
	w.Once(t.Context())
	got := map[string]int{}
	for _, line := range w.Last().Lines {
		got[string(line.Status)+" "+line.Check+" "+line.Organization]++
		if len(line.Text) > mostCharacters || !utf8.ValidString(line.Text) || strings.ContainsAny(line.Text, "\n\x00") {
			t.Errorf("%s: %q", line.Check, line.Text)
		}
	}
	want := map[string]int{
		"ok many ": mostLines, "warn tenant a": mostLines, "warn tenant b": mostLines, "fail long ": 1,
		"fail checks ": 1, "ok after ": 1,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	first := w.Last()
	ended, end := context.WithCancel(t.Context())
	end()
	w.Once(ended)
	if w.Last() != first {
		t.Error("an interrupted run changed the result")
	}
	for range 10 {
		w.Last()
	}
	if runs != 2 || !first.At.Equal(now) {
		t.Errorf("%d runs, at %v", runs, first.At)
	}
}

// TestWatchRun: the checks run a second after the start and every five minutes, until the server
// stops.
func TestWatchRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begin := time.Now()
		w := NewWatch(time.Now, func(context.Context, time.Time) []Check {
			at = append(at, time.Since(begin))
			return nil
		})
		ctx, stop := context.WithTimeout(t.Context(), 11*time.Minute)
		defer stop()
		w.Run(ctx)
		want := []time.Duration{time.Second, 5*time.Minute + time.Second, 10*time.Minute + time.Second}
		if fmt.Sprint(at) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", at, want)
		}
	})
}

// TestDisk: the states of the free space.
func TestDisk(t *testing.T) {
	for free, want := range map[uint64]string{
		1 << 40: "ok    disk: 1048576 MB free", 100 << 20: "warn  disk: 100 MB free", 5 << 20: "fail  disk: 5 MB free",
	} {
		contains(t, lines(t, !strings.HasPrefix(want, "fail"), Disk(func() (uint64, bool) { return free, true })), want)
	}
	unknown := Disk(func() (uint64, bool) { return 0, false })
	contains(t, lines(t, true, unknown), "ok    disk: the free space is not known")
}

// TestRADIUSWithoutHandshakes: a silent server fails, and the organizations cost it no request.
func TestRADIUSWithoutHandshakes(t *testing.T) {
	now := time.Now()
	contains(t, lines(t, true, RADIUSWithoutHandshakes(RADIUSServer{Address: "127.0.0.1:1"}, declared{}, now)),
		"warn  radius: no FreeRADIUS configuration", "warn  radius trust")
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	received := make(chan struct{}, 100)
	go func() {
		for buffer := make([]byte, 4096); ; received <- struct{}{} {
			if _, _, err := silent.ReadFrom(buffer); err != nil {
				return
			}
		}
	}()
	var many declared
	for range 20 {
		many = append(many, &onboarding.Organization{ID: onboarding.NewID()})
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	found := RADIUSWithoutHandshakes(RADIUSServer{
		Address: silent.LocalAddr().String(), Secret: []byte("secret"),
	}, many, now)(ctx)
	if last := found[len(found)-1]; last.Status != Fail || last.Check != "radius" {
		t.Errorf("%+v", found)
	}
	if n := len(received); n == 0 || n > 10 {
		t.Errorf("%d requests", n)
	}
}

// TestOwners: findings about an organization name it, so that others do not see them, and those of
// the deployment that operators may read hold no path.
func TestOwners(t *testing.T) {
	o := organization(t)
	o.Portal.Verify = onboarding.VerifyEmail
	now := time.Now()
	expired := now.Add(-time.Hour)
	keys := keyList{{ClientKey: "ck-1", OrganizationID: o.ID, Expires: &expired}}
	missing := func(*onboarding.Organization) string { return "--smtp" }
	for name, check := range map[string]Check{
		"settings": Tenants(declared{o}, now), "codes": Codes(declared{o}, missing, missing),
		"keys": ClientKeys(keys, now),
	} {
		for _, line := range check(t.Context()) {
			if line.Organization != o.ID {
				t.Errorf("%s: %+v is about no organization", name, line)
			}
		}
	}
}

// keyList implements ClientKeySource with fixed keys.
type keyList []*onboarding.ServiceKey

func (k keyList) ServiceKeys(context.Context, string) ([]*onboarding.ServiceKey, error) {
	return k, nil
}
