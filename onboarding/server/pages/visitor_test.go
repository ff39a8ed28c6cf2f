package pages

import (
	"testing"
	"time"
)

func TestClockTime(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{zone: rome, now: time.Date(2026, 7, 1, 21, 30, 0, 0, time.UTC)}
	for at, want := range map[time.Time]string{
		time.Date(2026, 7, 1, 21, 38, 0, 0, time.UTC): "23:38",
		time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC): "2026-07-02 00:30",
		time.Date(2027, 7, 1, 21, 30, 0, 0, time.UTC): "2027-07-01 23:30",
	} {
		if got := v.clockTime(at); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}
