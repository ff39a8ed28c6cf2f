package radius

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onramp/onboarding"
)

// epoch is when the tests' connections happen.
var epoch = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// drawRecord draws a record of one connection: any value may be missing, and its clock may be
// wrong.
func drawRecord(t *rapid.T) *AccountingRecord {
	r := &AccountingRecord{
		Type: rapid.SampledFrom([]AccountingType{AccountingStart, AccountingInterim, AccountingStop}).Draw(t,
			"type"),
		UniqueID:  "u",
		Duration:  rapid.Int64Range(0, 7200).Draw(t, "duration"),
		Input:     rapid.Int64Range(0, 1<<40).Draw(t, "input"),
		Output:    rapid.Int64Range(0, 1<<40).Draw(t, "output"),
		Cause:     rapid.SampledFrom([]string{"", "User-Request", "Idle-Timeout"}).Draw(t, "cause"),
		Delay:     time.Duration(rapid.IntRange(0, 90).Draw(t, "delay")) * time.Second,
		Addresses: []string{rapid.SampledFrom([]string{"", "192.0.2.7", "192.0.2.8"}).Draw(t, "address")},
	}
	received := epoch.Add(time.Duration(rapid.Int64Range(0, 7300_000).Draw(t, "received ms")) * time.Millisecond)
	r.Received = &received
	if rapid.Bool().Draw(t, "stamped") {
		event := received.Add(time.Duration(rapid.Int64Range(-4000, 4000).Draw(t, "clock")) * time.Second).Truncate(
			time.Second)
		r.Event = &event
	}
	return r
}

// TestMergeIsOrderless verifies that the order and the repetition of records do not change the
// merged connection.
func TestMergeIsOrderless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(drawRecord), 1, 8).Draw(t, "records")
		sessions := make([]onboarding.Connection, len(records))
		for i, r := range records {
			who := owner{}
			if rapid.Bool().Draw(t, "linked") {
				who = owner{login: &onboarding.Login{CustomerID: "c"}, proven: true}
			}
			sessions[i] = r.check(epoch.Add(3*time.Hour)).connection(&origin{key: "nas"}, &who).Connection
		}
		inOrder := sessions[0]
		for _, s := range sessions[1:] {
			inOrder = merge(inOrder, s)
		}
		again := slices.Concat(sessions, rapid.SliceOfN(rapid.SampledFrom(sessions), 0, 8).Draw(t, "repeated"))
		again = rapid.Permutation(again).Draw(t, "order")
		shuffled := again[0]
		for _, s := range again[1:] {
			shuffled = merge(shuffled, s)
		}
		if !equal(&inOrder, &shuffled) {
			t.Fatalf("in order  %+v\nshuffled %+v", inOrder, shuffled)
		}
		// Grouping does not matter either.
		cut := rapid.IntRange(0, len(sessions)-1).Draw(t, "cut")
		right := sessions[cut]
		for _, s := range sessions[cut+1:] {
			right = merge(right, s)
		}
		grouped := right
		if cut > 0 {
			left := sessions[0]
			for _, s := range sessions[1:cut] {
				left = merge(left, s)
			}
			grouped = merge(left, right)
		}
		if !equal(&inOrder, &grouped) {
			t.Fatalf("one by one %+v\ngrouped    %+v", inOrder, grouped)
		}
		if stop := inOrder.Stop(); stop != nil && stop.Before(inOrder.Start()) ||
			inOrder.Seen().Before(inOrder.Start()) {
			t.Fatalf("ends before it begins: %+v", inOrder)
		}
	})
}

func TestSessionOfADay(t *testing.T) {
	at := func(seconds int) *time.Time { v := epoch.Add(time.Duration(seconds) * time.Second); return &v }
	start := &AccountingRecord{Type: AccountingStart, Event: at(0), Received: at(1)}
	interim := &AccountingRecord{Type: AccountingInterim, Event: at(600), Received: at(600), Duration: 600, Input: 10,
		Output: 20}
	stop := &AccountingRecord{Type: AccountingStop, Event: at(1000), Received: at(1001), Duration: 1000, Input: 15,
		Output: 1 << 33, Cause: "User-Request"}
	for _, c := range []struct {
		name            string
		records         []*AccountingRecord
		begun, seen     *time.Time
		stopped         *time.Time
		seconds, octets int64
		cause           string
	}{
		{"whole", []*AccountingRecord{start, interim, stop}, at(0), at(1000), at(1000), 1000, 15 + 1<<33,
			"User-Request"},
		{"open", []*AccountingRecord{start, interim}, at(0), at(600), nil, 600, 30, ""},
		{"a stop without a start", []*AccountingRecord{stop}, at(0), at(1000), at(1000), 1000, 15 + 1<<33,
			"User-Request"},
		{"a late interim", []*AccountingRecord{start, stop, interim}, at(0), at(1000), at(1000), 1000, 15 + 1<<33,
			"User-Request"},
		{"backwards", []*AccountingRecord{stop, interim, start}, at(0), at(1000), at(1000), 1000, 15 + 1<<33,
			"User-Request"},
		{
			"a start that came an hour late, without a clock",
			[]*AccountingRecord{stop, {Type: AccountingStart, Received: at(3600)}}, at(0), at(1000), at(1000), 1000,
			15 + 1<<33, "User-Request",
		},
		{
			"a clock in 1970 until it is set",
			[]*AccountingRecord{{Type: AccountingStart, Event: &time.Time{}, Received: at(2)}, stop}, at(2), at(1000),
			at(1000), 1000, 15 + 1<<33, "User-Request",
		},
		{
			"a clock a year ahead",
			[]*AccountingRecord{{Type: AccountingStart, Event: at(365 * 86400), Received: at(9),
				Delay: 4 * time.Second}}, at(5), at(5), nil, 0, 0, "",
		},
		{
			"no session time",
			[]*AccountingRecord{start, {Type: AccountingStop, Event: at(90), Received: at(90)}}, at(0), at(90), at(90),
			90, 0, "",
		},
		{
			"an absurd session time",
			[]*AccountingRecord{start, {Type: AccountingStop, Event: at(90), Received: at(90), Duration: 1<<32 - 1,
				Input: -5}}, at(0), at(90), at(90), 90, 0, "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.records[0].check(epoch.Add(24*time.Hour)).connection(&origin{}, &owner{}).Connection
			for _, r := range c.records[1:] {
				s = merge(s, r.check(epoch.Add(24*time.Hour)).connection(&origin{}, &owner{}).Connection)
			}
			if !s.Start().Equal(*c.begun) || !s.Seen().Equal(*c.seen) || !onboarding.SameInstant(s.Stop(), c.stopped) ||
				s.Seconds() != c.seconds || s.Traffic() != c.octets || s.TerminateCause() != c.cause {
				t.Errorf("got %v to %v, stopped %v, %d s, %d octets, %q", s.Start(), s.Seen(), s.Stop(), s.Seconds(),
					s.Traffic(), s.TerminateCause())
			}
		})
	}
}

// TestClockBeforeLogin verifies that a connection cannot begin before the authentication that its
// Class records.
func TestClockBeforeLogin(t *testing.T) {
	event, received := epoch.Add(-30*24*time.Hour), epoch
	r := &AccountingRecord{Event: &event, Received: &received}
	if at, stamped := r.check(epoch).at(epoch.Add(-time.Minute)); stamped || !at.Equal(received) {
		t.Errorf("the access point's clock is believed: %v", at)
	}
	if at, stamped := r.check(epoch).at(time.Time{}); !stamped || !at.Equal(event) {
		t.Errorf("without a Class the clock is not believed: %v", at)
	}
}

func TestParseMAC(t *testing.T) {
	for text, want := range map[string]string{
		"02-00-00-AA-bb-01":    "02:00:00:aa:bb:01",
		"02:00:00:AA:BB:01":    "02:00:00:aa:bb:01",
		"0200.00aa.bb01":       "02:00:00:aa:bb:01",
		"020000AABB01":         "02:00:00:aa:bb:01",
		"02 00 00 aa bb 01":    "02:00:00:aa:bb:01",
		"0200:00aa:bb01":       "02:00:00:aa:bb:01",
		"020000-aabb01":        "02:00:00:aa:bb:01",
		"":                     "",
		"02-00-00-AA-bb":       "",
		"02-00-00-AA-bb-01-02": "",
		"02-00-00-AA-bb-0g":    "",
		"-02-00-00-AA-bb-01":   "",
		"02-00-00-AA-bb-01-":   "",
		"anna":                 "",
	} {
		if got, ok := onboarding.ParseMAC(text); got != want || ok != (want != "") {
			t.Errorf("ParseMAC(%q) = %q, %v; want %q", text, got, ok, want)
		}
	}
	for mac, want := range map[string]bool{
		"02:00:00:00:00:00": true, "06:00:00:00:00:00": true, "fa:00:00:00:00:00": true, "ce:00:00:00:00:00": true,
		"00:00:00:00:00:00": false,
		"04:00:00:00:00:00": false,
		"f8:00:00:00:00:00": false,
		"01:00:00:00:00:00": false,
		"":                  false,
	} {
		if onboarding.RandomisedMAC(mac) != want {
			t.Errorf("RandomisedMAC(%q) = %v", mac, !want)
		}
	}
}

func TestParseCalledStation(t *testing.T) {
	for text, want := range map[string][2]string{
		"02-00-00-00-00-01:Café: Wi-Fi": {"02:00:00:00:00:01", "Café: Wi-Fi"},
		"02:00:00:00:00:01:venue":       {"02:00:00:00:00:01", "venue"},
		"02:00:00:00:00:01":             {"02:00:00:00:00:01", ""},
		"0200.0000.0001:venue":          {"02:00:00:00:00:01", "venue"},
		"020000000001":                  {"02:00:00:00:00:01", ""},
		"020000000001:":                 {"02:00:00:00:00:01", ""},
		"venue":                         {"", "venue"},
		"":                              {"", ""},
		"020000000001x":                 {"", "020000000001x"},
	} {
		if mac, ssid := onboarding.ParseCalledStation(text); mac != want[0] || ssid != want[1] {
			t.Errorf("parseCalledStation(%q) = %q, %q", text, mac, ssid)
		}
	}
}

func FuzzParseCalledStation(f *testing.F) {
	f.Add("02-00-00-00-00-01:venue")
	f.Add("020000000001")
	f.Fuzz(func(t *testing.T, text string) {
		mac, ssid := onboarding.ParseCalledStation(text)
		if mac == "" && ssid != text {
			t.Errorf("%q lost something: %q", text, ssid)
		}
		if again, ok := onboarding.ParseMAC(mac); mac != "" && (!ok || again != mac) {
			t.Errorf("%q gives %q, which is no address", text, mac)
		}
	})
}
