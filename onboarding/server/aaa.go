package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// aaaUser is the user name by which FreeRADIUS shows itself.
const aaaUser = "radius"

// radius lets only FreeRADIUS in: HTTP Basic, its user name and the AAA secret, compared without telling how much of them is right. Without a
// secret nobody is.
func (s *Server) radius(handle echo.HandlerFunc) echo.HandlerFunc {
	want := sha256.Sum256([]byte(s.aaaSecret))
	return func(c echo.Context) error {
		user, secret, _ := c.Request().BasicAuth()
		got := sha256.Sum256([]byte(secret))
		right := subtle.ConstantTimeCompare(got[:], want[:]) & subtle.ConstantTimeCompare([]byte(user), []byte(aaaUser))
		if right != 1 || s.aaaSecret == "" {
			drain(c.Request().Body)
			return &onboarding.Error{Kind: onboarding.Unauthenticated, Message: "the AAA secret is needed"}
		}
		return handle(c)
	}
}

// failRADIUS answers with a status, which is all that rlm_rest looks at. For a 401 it also looks for attributes, and logs an error where there is no body.
func failRADIUS(c echo.Context, status int, _ *onboarding.Error) error {
	if status != http.StatusUnauthorized {
		return c.NoContent(status)
	}
	noStore(c)
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Basic realm="radius"`)
	return c.JSONBlob(status, []byte("{}"))
}

// value is one attribute of an answer. Without do_xlat false FreeRADIUS would expand a %{...} in it.
type value struct {
	Operator string   `json:"op"`
	Expand   bool     `json:"do_xlat"`
	JSON     bool     `json:"is_json"`
	Value    []string `json:"value"`
}

func set(text string) value { return value{Operator: ":=", Value: []string{text}} }

// aaaAuthorize answers who may connect, with what. A rejection is 401 and no attributes.
func (s *Server) aaaAuthorize(c echo.Context) error {
	pairs, err := bindAttributes(c)
	if err != nil {
		return err
	}
	username, err := pairs.need("User-Name")
	if err != nil {
		return err
	}
	access, err := s.service.Authorize(c.Request().Context(), onboarding.AccessRequest{
		Username: username, AccessPoint: pairs.accessPoint(), WantsPseudonym: pairs.text(pseudonymAttribute) != "",
	})
	if err != nil {
		return err
	}
	if access.Reason != "" {
		note(c, &onboarding.Error{Kind: onboarding.Kind(access.Reason)})
		return failRADIUS(c, http.StatusUnauthorized, nil)
	}
	return s.send(c, http.StatusOK, accept(access))
}

// aaaPostAuth takes what came of an authentication.
func (s *Server) aaaPostAuth(c echo.Context) error {
	pairs, err := bindAttributes(c)
	if err != nil {
		return err
	}
	outcome := onboarding.LoginOutcome{Username: pairs.text("User-Name"), AccessPoint: pairs.accessPoint(), CallingStation: pairs.device("Calling-Station-Id"), Accepted: true}
	failure := pairs.text("Module-Failure-Message")
	switch pairs.text("Onramp-Outcome") {
	case "accept":
	case "reject":
		outcome.Accepted = false
	case "handshake":
		outcome.Accepted, outcome.Handshake = false, true
	default: // a configuration of the operator's own
		outcome.Accepted = failure == ""
	}
	if outcome.Username == "" && !outcome.Handshake {
		return onboarding.InvalidField("User-Name", "missing")
	}
	if err := s.service.RecordLogin(c.Request().Context(), outcome); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// aaaAccounting takes one accounting record. It is answered when the record is durable, so that FreeRADIUS may forget it. A record that is refused
// for good is counted and logged: FreeRADIUS sets it aside.
func (s *Server) aaaAccounting(c echo.Context) error {
	err := s.keepAccounting(c)
	if status, shown := translate(c.Request().Context(), err); err != nil && (status == http.StatusConflict || status == http.StatusRequestEntityTooLarge) {
		s.metrics.refusedRecords.Inc()
		s.log.WarnContext(c.Request().Context(), "accounting record refused", "requestId", requestID(c), "field", cut(shown.Field, 200), "reason", shown.Message)
	}
	return err
}

func (s *Server) keepAccounting(c echo.Context) error {
	pairs, err := bindAttributes(c)
	if err != nil {
		return err
	}
	record, err := accountingRecord(pairs)
	if err != nil {
		return err
	}
	if err := s.service.Account(c.Request().Context(), record); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
