package server

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// policiesBody holds the members of a request that updates consents.
var policiesBody = web.ObjectOf("guid").With("policies",
	&web.Wanted{Items: web.ObjectOf("policyKey", "accepted"), Text: true})

// decidePolicies records a contact's consents and returns the current state of the given policies.
func (s *Server) decidePolicies(c echo.Context) error {
	b, err := bind(c, policiesBody)
	if err != nil {
		return err
	}
	said := policyDecisions(b.Object, "policies")
	decided, err := s.service.Registration.DecidePolicies(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), said,
		*b.Faults)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, decided)
}

// policyDecisions parses a list of {policyKey, accepted}.
func policyDecisions(o *web.Object, name string) []registration.PolicyDecision {
	list := o.List(name)
	if len(list) == 0 {
		o.Refuse(name, "not a list of decisions")
		return nil
	}
	said := make([]registration.PolicyDecision, 0, len(list))
	for i, one := range list {
		line, ok := one.(map[string]any)
		at := fmt.Sprintf("%s[%d]", name, i)
		if !ok {
			o.Refuse(at, "not an object")
			said = append(said, registration.PolicyDecision{})
			continue
		}
		member := o.Member(at, line)
		key, accepted := member.RequiredText("policyKey"), member.Boolean("accepted")
		if accepted == nil {
			member.Refuse("accepted", "missing")
			accepted = &ok // a refusal would be reported as a second fault
		}
		said = append(said, registration.PolicyDecision{Key: key, Accepted: *accepted})
	}
	return said
}
