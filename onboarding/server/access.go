package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// loginBody is the body of a login.
type loginBody struct {
	ClientKey    string `json:"clientKey"`
	ClientSecret string `json:"clientSecret"`
}

// login exchanges a client key and its secret for a token.
func (s *Server) login(c echo.Context) error {
	b, err := bind[loginBody](c)
	if err != nil {
		return err
	}
	if err := b.Err(); err != nil {
		return err
	}
	token, err := s.access.Login(c.Request().Context(), web.CallerOf(c), b.Value.ClientKey,
		b.Value.ClientSecret)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Token string `json:"token"`
	}{token})
}

// named is an object with an ID and a name.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// serviceDomain describes a token's service to its holder. Its only authority is its role.
type serviceDomain struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Scope         string   `json:"scope"` // separated by spaces (RFC 6749)
	Authorities   []string `json:"authorities"`
	Organizations []named  `json:"organizations"`
	Locations     []named  `json:"locations"`
}

func (s *Server) describeService(c echo.Context) error {
	info, err := s.access.DescribeService(c.Request().Context(), web.CallerOf(c), web.Param(c, "service"))
	if err != nil {
		return err
	}
	type domains struct {
		Service serviceDomain `json:"service"`
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		ID        string        `json:"id"`
		Domains   domains       `json:"domains"`
	}{s.generated(), info.ID, domains{serviceDomain{
		ID: info.ID, Name: info.Name, Scope: info.Scopes.String(), Authorities: []string{string(info.Role)},
		Organizations: []named{{info.Organization.ID, info.Organization.Name}},
		Locations:     locations(info.Locations),
	}}})
}

func locations(all []onboarding.Location) []named {
	list := make([]named, len(all))
	for i, l := range all {
		list[i] = named{l.ID, l.Name}
	}
	return list
}

func (s *Server) logout(c echo.Context) error {
	if err := s.access.Logout(c.Request().Context(), web.CallerOf(c)); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}
