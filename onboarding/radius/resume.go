package radius

import (
	"context"
	"errors"

	"onramp/onboarding"
)

// Resumption is the request of a device that continues the TLS session of an earlier authentication
// (RFC 5077, RFC 5281 section 15.4), without a tunnel and so without a password.
type Resumption struct {
	// LoginOutcome holds what is recorded if the device may connect. Its user name is the one
	// within the tunnel of the earlier authentication.
	LoginOutcome
	WantsPseudonym bool   // as in AccessRequest
	Class          []byte // of the answer to the earlier authentication
}

// Resume decides about a resumed session by the rules of Authorize, where the Class takes the place
// of the password: it must be one of this customer, made with the present password. It records an
// accepted login. If that fails, recorded is false, and the login must be reported to RecordLogin.
// A rejection is not recorded.
func (s *AAA) Resume(ctx context.Context, r Resumption) (answer *Access, recorded bool, err error) {
	request := AccessRequest{
		Username: r.Username, AccessPoint: r.AccessPoint, WantsPseudonym: r.WantsPseudonym,
	}
	d, err := s.decide(ctx, &request, func(login *onboarding.Login) (bool, error) {
		class, err := s.openClass(ctx, r.Class)
		if errors.Is(err, errForeignClass) {
			return false, nil
		}
		if err != nil || class.customerID != login.CustomerID {
			return false, err
		}
		return s.marked(ctx, class, login)
	})
	if err != nil {
		return nil, false, err
	}
	if d.reason != "" {
		s.noteRefusal(ctx, &d.from, d.login, d.reason)
		return &Access{Reason: d.reason}, false, nil
	}
	if d.probe {
		return d.answer, true, nil
	}
	r.Accepted, r.VLAN = true, d.answer.VLAN
	err = s.recordAccept(ctx, &r.LoginOutcome, &d.from, d.login, r.at(s.clock.Now()))
	if err != nil {
		s.log.WarnContext(ctx, "resumed login not recorded yet", "error", err)
	}
	return d.answer, err == nil, nil
}
