package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// policyKeys implements getListOfPolicies: the keys in the organization's order.
func (s *Server) policyKeys(c echo.Context) error {
	o, err := s.access.Organization(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"))
	if err != nil {
		return err
	}
	keys := make([]string, len(o.Policies))
	for i, p := range o.Policies {
		keys[i] = p.Key
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		Policies []string `json:"policies"`
		Count    int      `json:"count"`
	}{s.stamp(), keys, len(keys)})
}

// policy is a policy in one language: its text, or the text's address.
type policy struct {
	Key       string  `json:"key"`
	Title     *string `json:"title"`
	URL       *string `json:"url"`
	Text      *string `json:"text"`
	Version   string  `json:"version"`
	Mandatory bool    `json:"mandatory"`
	Changes   *string `json:"changes"` // from the version before
}

func (s *Server) policies(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	language := onboarding.CurrentLanguage(q.Text("lang"))
	if err := q.Err(); err != nil {
		return err
	}
	o, err := s.access.Organization(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"))
	if err != nil {
		return err
	}
	list := make([]policy, len(o.Policies))
	for i, p := range o.Policies {
		list[i] = policy{
			Key: p.Key, Title: web.OrNull(web.InLanguage(p.Title, language, o)), URL: web.OrNull(p.URL),
			Text: web.OrNull(web.InLanguage(p.Text, language, o)), Version: p.Version, Mandatory: p.Mandatory(),
			Changes: web.OrNull(web.InLanguage(p.Changes, language, o)),
		}
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		Policies []policy `json:"policies"`
		Count    int      `json:"count"`
	}{s.stamp(), list, len(list)})
}
