package connectivity_test

import (
	"fmt"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestFloodHidesNoConnection rejects anna's user name from many MAC addresses, as anybody can who
// knows the name, and checks that her accepted phone still counts as connected: before the flood,
// and in its midst, where the limit of rows is reached.
func TestFloodHidesNoConnection(t *testing.T) {
	s := newScene(t)
	sent := 0
	flood := func() {
		for range onboarding.MaxAttemptsOfCustomer + 5 {
			sent++
			s.attempt(fmt.Sprintf("02:00:00:01:%02x:%02x", sent>>8, sent&0xff), onboarding.ReasonWrongPassword)
		}
	}
	s.accept(phone)
	for range 4 {
		s.Advance(time.Hour)
		flood()
	}
	if v := s.verdict(); v.State != on {
		t.Errorf("after a flood the phone is %s: %s", v.State, v.Cause)
	}
	s.Advance(time.Hour)
	flood()
	s.accept(laptop)
	v := s.verdict()
	for _, mac := range []string{phone, laptop} {
		found := false
		for _, st := range v.Stations {
			found = found || st.MAC == mac && st.State == on
		}
		if !found {
			t.Errorf("the station %s is not connected: %+v", mac, v.Stations)
		}
	}
}
