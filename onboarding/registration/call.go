package registration

import (
	"time"

	"onramp/onboarding"
)

// call is one request inside its transaction.
type call struct {
	tx           onboarding.Tx
	by           *onboarding.Caller
	organization *onboarding.Organization
	now          time.Time
}

// begin returns the call of by in the transaction, at the current time.
func (s *Registrar) begin(tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization) call {
	return call{tx: tx, by: by, organization: o, now: s.clock.Now()}
}
