package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// verificationBody asks for a code.
type verificationBody struct {
	Channel string  `json:"channel"`
	Guid    *string `json:"guid"`
}

// startVerification sends a code to the customer's address.
func (s *Server) startVerification(c echo.Context) error {
	b, err := bind[verificationBody](c)
	if err != nil {
		return err
	}
	v, err := s.verification.Start(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"),
		onboarding.VerifyChannel(b.Value.Channel), *b.Faults)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusAccepted, struct {
		web.Stamp
		ID          string        `json:"id"`
		Channel     string        `json:"channel"`
		Expires     web.Timestamp `json:"expires"`
		ResendAfter web.Timestamp `json:"resendAfter"`
	}{s.stamp(), v.ID, string(v.Channel), web.Millis(v.CodeEnds), web.Millis(v.Resend)})
}

// codeBody is a code that a person has typed.
type codeBody struct {
	Code string  `json:"code"`
	Guid *string `json:"guid"`
}

// checkVerification compares a code with the one that was sent.
func (s *Server) checkVerification(c echo.Context) error {
	b, err := bind[codeBody](c)
	if err != nil {
		return err
	}
	checked, err := s.verification.Check(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"),
		web.Param(c, "verification"), b.Value.Code, *b.Faults)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		CustomerID string `json:"customerId"` // for whom the address is verified now
	}{s.stamp(), checked.Holder})
}
