package client_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/client"
)

// TestError: an error names all invalid members and the request.
func TestError(t *testing.T) {
	v := newVenue(t)
	app, _ := v.open(t, v.app)
	email, country := "ada", "Atlantis"
	answer, err := app.CreateCustomerWithResponse(t.Context(), nil, client.NewCustomer{
		Email: &email, Country: &country, Policies: client.NewCustomer_Policies{TermsOfUse: true, Privacy: true},
	})
	if answer != nil {
		t.Errorf("an answer beside the error: %v", answer)
	}
	e := refused(t, err, http.StatusConflict)
	if e.RespCode != "409" || e.Field != "email" || len(e.Fields) != 2 || e.Fields[1].Field != "country" ||
		e.Message != e.Fields[0].Message || e.Denied() || e.NotFound() {
		t.Errorf("%+v", e)
	}
	if want := "onramp: 409 " + e.Message + " (request " + e.RequestID + ")"; err.Error() != want {
		t.Error(cmp.Diff(want, err.Error()))
	}
}
