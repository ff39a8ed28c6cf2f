package server

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// policiesBody is a request that updates consents.
type policiesBody struct {
	Guid     *string          `json:"guid"`
	Policies []*consentMember `json:"policies"`
}

type consentMember struct {
	PolicyKey *string `json:"policyKey"`
	Accepted  *bool   `json:"accepted"`
}

// decidePolicies records a contact's consents and returns the current state of the given policies.
func (s *Server) decidePolicies(c echo.Context) error {
	b, err := bind[policiesBody](c)
	if err != nil {
		return err
	}
	decisions := policyDecisions(b.Body)
	decided, err := s.registration.DecidePolicies(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), decisions,
		*b.Faults)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, decided)
}

// policyDecisions returns the decisions in the body.
func policyDecisions(b *web.Body[policiesBody]) []registration.PolicyDecision {
	if len(b.Value.Policies) == 0 {
		b.Faults.Refuse("policies", "not a list of decisions")
		return nil
	}
	decisions := make([]registration.PolicyDecision, len(b.Value.Policies))
	for i, one := range b.Value.Policies {
		if one == nil {
			continue // a fault already
		}
		at := fmt.Sprintf("policies[%d].", i)
		decisions[i].Key = b.Required(at+"policyKey", one.PolicyKey)
		decisions[i].Accepted = true // if absent: a refusal would be reported as a second fault
		if one.Accepted == nil {
			b.Faults.Refuse(at+"accepted", "missing")
		} else {
			decisions[i].Accepted = *one.Accepted
		}
	}
	return decisions
}
