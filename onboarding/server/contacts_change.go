package server

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// decidePolicies records a contact's opt-ins. It answers what is now said of the policies that were named, and nothing else.
func (s *Server) decidePolicies(c echo.Context) error {
	b, err := bind(c, policiesBody)
	if err != nil {
		return err
	}
	said := b.policyDecisions("policies")
	decided, err := s.service.DecidePolicies(c.Request().Context(), callerOf(c), param(c, "id"), said, *b.faults)
	if err != nil {
		return err
	}
	return s.send(c, http.StatusOK, decided)
}

// policyDecisions reads a list of {policyKey, accepted}.
func (o *object) policyDecisions(name string) []onboarding.PolicyDecision {
	list, _ := o.members[name].([]any)
	if len(list) == 0 {
		o.refuse(name, "not a list of decisions")
		return nil
	}
	said := make([]onboarding.PolicyDecision, 0, len(list))
	for i, one := range list {
		line, ok := one.(map[string]any)
		at := fmt.Sprintf("%s[%d]", name, i)
		if !ok {
			o.refuse(at, "not an object")
			said = append(said, onboarding.PolicyDecision{})
			continue
		}
		member := &object{prefix: o.prefix + at + ".", members: line, faults: o.faults}
		key, accepted := member.needText("policyKey"), member.boolean("accepted")
		if accepted == nil {
			member.refuse("accepted", "missing")
			accepted = &ok // so that it is not blamed for a refusal too
		}
		said = append(said, onboarding.PolicyDecision{Key: key, Accepted: *accepted})
	}
	return said
}

// deleteContact removes a contact and everything that tells whose it was.
func (s *Server) deleteContact(c echo.Context) error {
	if err := s.service.DeleteCustomer(c.Request().Context(), callerOf(c), param(c, "id")); err != nil {
		return err
	}
	return s.send(c, http.StatusOK, s.contactsStamp())
}
