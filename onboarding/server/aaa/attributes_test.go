package aaa

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/server/web"
)

func TestInstants(t *testing.T) {
	at := func(micros int64) *time.Time { v := time.UnixMicro(micros).UTC(); return &v }
	for text, want := range map[string]*time.Time{
		"1795339855": at(1795339855000000), "1795339855+12345": at(1795339855012345),
		"1795339855+999999": at(1795339855999999), "0": at(0),
		"Nov 22 2026 08:42:08 UTC": at(1795336928000000), "Nov  2 2026 08:42:08 UTC": at(1793608928000000),
		"2026-11-22T09:42:08+01:00": at(1795336928000000),
		"":                          nil, "soon": nil, "-1": nil, "99999999999": nil, "1795339855+": nil,
		"1795339855+1000000":       nil,
		"1795339855.5":             nil,
		"Nov 22 2026 08:42:08 XYZ": nil, // whose time?
	} {
		if got := (attributes{"x": {text}}).instant("x"); !cmp.Equal(got, want) {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func FuzzAttributes(f *testing.F) {
	f.Add([]byte(`{"User-Name":{"type":"string","value":["jos\u00C3\u00A9"]}}`))
	f.Add([]byte(`{"Class":["0x6f","x"],"Event-Timestamp":1e3,"Acct-Input-Octets":4294967296}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		members, err := web.ParseObject(raw, attributesBody)
		if err != nil {
			return
		}
		pairs := attributes{}
		for name, member := range members {
			pairs.add(name, member)
		}
		pairs.instant("Event-Timestamp")
		if n := pairs.octets("Input"); n < 0 {
			t.Errorf("%d octets", n)
		}
		for _, class := range pairs.octetStrings("Class") {
			if len(class) > len(raw) {
				t.Errorf("a Class of %d bytes out of %d", len(class), len(raw))
			}
		}
		for _, values := range pairs {
			for _, text := range values {
				if again := unfoldBytes(text); !bytes.Equal([]byte(again), []byte(text)) && len(again) >= len(text) {
					t.Errorf("%q unfolds to %q", text, again)
				}
			}
		}
	})
}
