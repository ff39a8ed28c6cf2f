package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"onramp/onboarding/registration"
)

// BenchmarkTenThousandContacts answers the largest page there is, from the request to the last
// byte.
func BenchmarkTenThousandContacts(b *testing.B) {
	h := newHouseOn(b, openSQLite(b), unlimited(b))
	people := make([]registration.Enrolment, 1000)
	for i := range 10 {
		for j := range people {
			people[j] = registration.Enrolment{At: h.clock.now().Add(-time.Duration(i) * time.Hour),
				Input: registration.CustomerInput{
					FirstName: new("Anna"), LastName: new(fmt.Sprint("Rossi ", j)),
					Email: new(fmt.Sprintf("anna.%d.%d@example.com", i, j)), PhoneNumber: new("+393331234567"),
					BirthDate: new("1990-02-28"), Language: new("it"), Country: new("IT"),
					Custom:    map[string]string{"shoe": "42"},
					Policies:  map[string]bool{"termsOfUse": true, "privacy": true, "mktgCommunications": true},
					Profiling: new(true), PPD: new(true),
				}}
		}
		if err := h.service.Registration.RegisterMany(b.Context(), demoID, people); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, searchPath+"?size=10000", nil)
		r.Header.Set("Authorization", "Bearer "+h.manager)
		w := httptest.NewRecorder()
		h.server.API().ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
		b.SetBytes(int64(w.Body.Len()))
	}
}
