package aaa

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/server/web"
)

// Guard checks the password with which FreeRADIUS at an address logs in.
type Guard interface {
	Check(ctx context.Context, secret, from string) (right bool, err error)
}

// Config configures the routes; every field is required.
type Config struct {
	RADIUS *radius.AAA
	Guard  Guard
	Log    *slog.Logger
	// Refused counts the accounting records that were refused for good.
	Refused prometheus.Counter
}

// Routes returns the routes that FreeRADIUS calls.
func Routes(c Config) []web.Route {
	line := func(pattern string, handle echo.HandlerFunc) web.Route {
		return web.Route{
			Method: http.MethodPost, Pattern: pattern, Handle: c.guard(handle), Access: web.Anybody,
			BodyLimit: web.AttributeLimit,
			RADIUS:    true, Fail: failRADIUS,
		}
	}
	return []web.Route{
		line("/aaa/authorize", c.authorize),
		line("/aaa/resume", c.resume),
		line("/aaa/post-auth", c.postAuth),
		line("/aaa/accounting", c.accounting),
	}
}

// aaaUser is the user name with which FreeRADIUS logs in.
const aaaUser = "radius"

// guard allows only requests with HTTP Basic credentials of FreeRADIUS: its user name and an AAA
// secret.
func (s Config) guard(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, secret, _ := c.Request().BasicAuth()
		right := false
		if user == aaaUser {
			from, _, err := net.SplitHostPort(c.Request().RemoteAddr)
			if err != nil {
				from = c.Request().RemoteAddr
			}
			if right, err = s.Guard.Check(c.Request().Context(), secret, from); err != nil {
				return err
			}
		}
		if !right {
			web.Drain(c.Request().Body)
			return &onboarding.Error{Kind: onboarding.Unauthenticated, Message: "the AAA secret is required"}
		}
		return handle(c)
	}
}

// failRADIUS answers with a status alone, because rlm_rest reads nothing else. A 401 has an empty
// JSON object: rlm_rest parses that body and logs an error if there is none.
func failRADIUS(c echo.Context, status int, _ *onboarding.Error) error {
	if status != http.StatusUnauthorized {
		return c.NoContent(status)
	}
	web.NoStore(c)
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Basic realm="radius"`)
	return c.JSONBlob(status, []byte("{}"))
}

// value is one attribute of an answer. FreeRADIUS expands %{...} in a value unless do_xlat is
// false.
type value struct {
	Operator string   `json:"op"`
	Expand   bool     `json:"do_xlat"`
	JSON     bool     `json:"is_json"`
	Value    []string `json:"value"`
}

func set(text string) value { return value{Operator: ":=", Value: []string{text}} }

// authorize answers with the password and attributes of a login, or with 401 for a rejected one.
func (s Config) authorize(c echo.Context) error {
	pairs, err := bindAttributes(c)
	if err != nil {
		return err
	}
	username, err := pairs.need("User-Name")
	if err != nil {
		return err
	}
	s.RADIUS.NoteSecret(c.Request().Context(), pairs.text("Onramp-Secret"), pairs.accessPoint(), nil)
	access, err := s.RADIUS.Authorize(c.Request().Context(), radius.AccessRequest{
		Username: username, AccessPoint: pairs.accessPoint(), WantsPseudonym: pairs.text(pseudonymAttribute) != "",
	})
	if err != nil {
		return err
	}
	if access.Reason != "" {
		web.SetError(c, &onboarding.Error{Kind: onboarding.Kind(access.Reason)})
		return failRADIUS(c, http.StatusUnauthorized, nil)
	}
	return web.Send(c, http.StatusOK, accept(access))
}

// resume answers with the attributes of a login that continues an earlier session, or with 401 for
// a rejected one.
func (s Config) resume(c echo.Context) error {
	pairs, err := bindAttributes(c)
	if err != nil {
		return err
	}
	if _, err := pairs.need("User-Name"); err != nil {
		return err
	}
	outcome, err := loginOutcome(pairs)
	if err != nil {
		return err
	}
	r := radius.Resumption{LoginOutcome: outcome, WantsPseudonym: pairs.text(pseudonymAttribute) != ""}
	if class := pairs.octetStrings("Class"); len(class) > 0 {
		r.Class = class[0]
	}
	s.RADIUS.NoteSecret(c.Request().Context(), pairs.text("Onramp-Secret"), pairs.accessPoint(), nil)
	access, recorded, err := s.RADIUS.Resume(c.Request().Context(), r)
	if err != nil {
		return err
	}
	if access.Reason != "" {
		web.SetError(c, &onboarding.Error{Kind: onboarding.Kind(access.Reason)})
		return failRADIUS(c, http.StatusUnauthorized, nil)
	}
	answer := reply(access)
	if recorded {
		answer["control:Onramp-Recorded"] = set("yes")
	}
	return web.Send(c, http.StatusOK, answer)
}

// postAuth records the result of an authentication.
func (s Config) postAuth(c echo.Context) error {
	pairs, err := bindAttributes(c)
	if err != nil {
		return err
	}
	outcome, err := loginOutcome(pairs)
	if err != nil {
		return err
	}
	if outcome.Username == "" && (outcome.Accepted || outcome.Failure == radius.FailureRejected) {
		return onboarding.InvalidField("User-Name", "missing")
	}
	if err := s.RADIUS.RecordLogin(c.Request().Context(), outcome); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// accounting stores an accounting record. The answer comes after the record is durable, so that
// FreeRADIUS may discard its copy. A record that is refused permanently is counted and logged, and
// FreeRADIUS moves it to accounting/refused.
func (s Config) accounting(c echo.Context) error {
	err := s.record(c)
	if status, shown := web.Translate(c.Request().Context(),
		err); err != nil && (status == http.StatusConflict || status == http.StatusRequestEntityTooLarge) {
		s.Refused.Inc()
		s.Log.WarnContext(c.Request().Context(), "accounting record refused", "requestId", web.RequestID(c), "field",
			onboarding.CutText(shown.Field, 200), "reason", shown.Message)
	}
	return err
}

func (s Config) record(c echo.Context) error {
	pairs, err := bindAttributes(c)
	if err != nil {
		return err
	}
	record, err := accountingRecord(pairs)
	if err != nil {
		return err
	}
	s.RADIUS.NoteSecret(c.Request().Context(), pairs.text("Onramp-Secret"), pairs.accessPoint(),
		pairs.instant("Onramp-Received"))
	if err := s.RADIUS.Account(c.Request().Context(), record); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
