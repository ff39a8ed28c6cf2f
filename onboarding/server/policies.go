package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// policyKeys is getListOfPolicies: the keys alone, in the organization's order.
func (s *Server) policyKeys(c echo.Context) error {
	o, err := s.service.OrganizationFor(c.Request().Context(), callerOf(c), param(c, "org"))
	if err != nil {
		return err
	}
	keys := make([]string, len(o.Policies))
	for i, p := range o.Policies {
		keys[i] = p.Key
	}
	return s.send(c, http.StatusOK, struct {
		stamp
		Policies []string `json:"policies"`
		Count    int      `json:"count"`
	}{s.stamp(), keys, len(keys)})
}

// policy is one with its texts in one language: the text itself, or the address where it is.
type policy struct {
	Key       string  `json:"key"`
	Title     *string `json:"title"`
	URL       *string `json:"url"`
	Text      *string `json:"text"`
	Version   string  `json:"version"`
	Mandatory bool    `json:"mandatory"`
}

func (s *Server) policies(c echo.Context) error {
	q, err := queryOf(c)
	if err != nil {
		return err
	}
	language := onboarding.CurrentLanguage(q.text("lang"))
	if err := q.err(); err != nil {
		return err
	}
	o, err := s.service.OrganizationFor(c.Request().Context(), callerOf(c), param(c, "org"))
	if err != nil {
		return err
	}
	list := make([]policy, len(o.Policies))
	for i, p := range o.Policies {
		list[i] = policy{
			Key: p.Key, Title: orNull(inLanguage(p.Title, language, o)), URL: orNull(p.URL),
			Text: orNull(inLanguage(p.Text, language, o)), Version: p.Version, Mandatory: p.Mandatory(),
		}
	}
	return s.send(c, http.StatusOK, struct {
		stamp
		Policies []policy `json:"policies"`
		Count    int      `json:"count"`
	}{s.stamp(), list, len(list)})
}
