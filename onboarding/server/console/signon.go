package console

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/server/console/oidc"
	"onramp/onboarding/server/web"
)

// signOnCookie is the name of the cookie that holds a single sign-on in progress, sealed.
const signOnCookie = "onramp-console-sign-on"

// signOnKey is the context key of the texts that explain a failed sign-on.
const signOnKey = "onramp.console.signon"

// The texts of a failed sign-on.
const (
	signOnExpired = "signOnExpired"
	signOnDenied  = "signOnDenied"
	signOnRefused = "signOnRefused"
	signOnNoRole  = "signOnNoRole"
	signOnDown    = "signOnDown"
)

// failedSignOn chooses the texts of the error page, and returns the error.
func failedSignOn(c echo.Context, key string, err error) error {
	c.Set(signOnKey, key)
	return err
}

// beginSignOn answers GET /console/oidc: it leads to the OpenID provider.
func (s *Console) beginSignOn(c echo.Context) error {
	if s.SignOn == nil {
		return onboarding.NotFoundError("page")
	}
	on, sealed, err := s.Access.BeginSignOn(c.Request().Context(), web.CallerOf(c))
	if err != nil {
		return err
	}
	address, err := s.SignOn.Address(s.PublicURL+callbackPath, on)
	if err != nil {
		return signOnFault(c, err)
	}
	web.NoStore(c)
	c.SetCookie(s.cookieOf(signOnCookie, sealed, access.SignOnLifetime))
	return c.Redirect(http.StatusSeeOther, address)
}

// completeSignOn answers GET /console/oidc/callback, to which the provider leads the browser back.
// It leads to the first page of the session, and nowhere else.
func (s *Console) completeSignOn(c echo.Context) error {
	if s.SignOn == nil {
		return onboarding.NotFoundError("page")
	}
	ctx, by := c.Request().Context(), web.CallerOf(c)
	web.NoStore(c)
	on, err := s.Access.ResumeSignOn(ctx, by, s.held(c.Request(), signOnCookie), c.QueryParam("state"))
	if err != nil {
		return failedSignOn(c, signOnExpired, err)
	}
	c.SetCookie(s.cookieOf(signOnCookie, "", 0))
	if c.QueryParam("error") == "access_denied" {
		return failedSignOn(c, signOnDenied, onboarding.ForbiddenError("the OpenID provider denied the access"))
	}
	code := c.QueryParam("code")
	if c.QueryParam("error") != "" || code == "" || !s.SignOn.IsIssuer(c.QueryParam("iss")) {
		return s.refusedSignOn(c, oidc.ErrRefused)
	}
	roles, err := s.SignOn.Redeem(ctx, s.PublicURL+callbackPath, code, on)
	if errors.Is(err, oidc.ErrRefused) {
		return s.refusedSignOn(c, err)
	}
	if err != nil {
		return signOnFault(c, err)
	}
	session, is, err := s.Access.CompleteSignOn(ctx, by, roles)
	if errors.Is(err, access.ErrNoRole) {
		return failedSignOn(c, signOnNoRole, err)
	}
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(session))
	return c.Redirect(http.StatusSeeOther, startOf(is))
}

// refusedSignOn returns the error of an answer that is not valid, which is limited.
func (s *Console) refusedSignOn(c echo.Context, cause error) error {
	return failedSignOn(c, signOnRefused, s.Access.LimitWrong(c.Request().Context(), access.LimitSignIns,
		web.CallerOf(c), &onboarding.Error{Kind: onboarding.Forbidden, Message: "the sign-on failed", Cause: cause}))
}

// signOnFault returns the error of a provider that does not answer.
func signOnFault(c echo.Context, err error) error {
	if !errors.Is(err, oidc.ErrUnavailable) {
		return err
	}
	return failedSignOn(c, signOnDown, &onboarding.Error{
		Kind: onboarding.Unavailable, Message: "single sign-on is not available", Cause: err,
	})
}
