package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// SignOnLifetime is the time in which an operator completes a single sign-on.
const SignOnLifetime = 10 * time.Minute

// signOnPurpose binds a sealed SignOn to its use.
const signOnPurpose = "console sign-on"

// signOnField names the way in the audit of a session that began by single sign-on.
const signOnField = "oidc"

// ErrSignOn is the error for a single sign-on that cannot be completed: it took longer than
// SignOnLifetime, began in another browser, or another one of this browser replaced it.
var ErrSignOn = &onboarding.Error{
	Kind: onboarding.Gone, Message: "the sign-on has expired or began in another browser: begin again",
}

// ErrNoRole is the error for an operator whom the OpenID provider knows and who has no role here.
var ErrNoRole = onboarding.ForbiddenError("the account has no role in the console")

// SignOn is a single sign-on in progress. The browser holds it, sealed; nothing is stored.
type SignOn struct {
	State    string `json:"s"` // returns in the answer of the provider
	Nonce    string `json:"n"` // returns in the ID token
	Verifier string `json:"v"` // of PKCE (RFC 7636)
	Agent    string `json:"a"` // hash of the User-Agent
}

// BeginSignOn begins a single sign-on in the caller's browser. sealed is for a cookie.
func (s *Control) BeginSignOn(ctx context.Context, by *onboarding.Caller) (on *SignOn, sealed string, err error) {
	on = &SignOn{
		State: auth.NewSessionToken(), Nonce: auth.NewSessionToken(), Verifier: auth.NewSessionToken(),
		Agent: agentHash(by.Agent),
	}
	sealed, err = s.SealCursor(ctx, signOnPurpose, on)
	return on, sealed, err
}

// ResumeSignOn returns the single sign-on of a cookie, if it is that of the state and of the
// caller's browser; otherwise ErrSignOn, which is limited.
func (s *Control) ResumeSignOn(ctx context.Context, by *onboarding.Caller, sealed, state string) (*SignOn, error) {
	on := &SignOn{}
	err := s.openSealed(ctx, signOnPurpose, sealed, SignOnLifetime, on)
	if err != nil && !errors.Is(err, ErrCursor) {
		return nil, err
	}
	if err != nil || on.State == "" || on.Agent != agentHash(by.Agent) ||
		subtle.ConstantTimeCompare([]byte(on.State), []byte(state)) != 1 {
		return nil, s.LimitWrong(ctx, LimitSignIns, by, ErrSignOn)
	}
	return on, nil
}

// CompleteSignOn begins a session for an operator whom the OpenID provider has authenticated. Its
// role is the first that there can be: one of an organization or a location that does not exist is
// left out. None is ErrNoRole. It returns the session's token, of which only a hash is stored.
func (s *Control) CompleteSignOn(
	ctx context.Context, by *onboarding.Caller, roles []NewSignIn,
) (session string, is *onboarding.OperatorSession, err error) {
	for i := range roles {
		err := s.checkSignIn(ctx, &roles[i])
		if e, ok := errors.AsType[*onboarding.Error](err); ok && e.Kind == onboarding.Invalid {
			continue
		}
		if err != nil {
			return "", nil, err
		}
		err = s.store.Write(ctx, func(tx onboarding.Tx) error {
			session, is, err = s.beginSession(ctx, tx, by, &roles[i], signOnField)
			return err
		})
		if err != nil {
			return "", nil, err
		}
		return session, is, nil
	}
	return "", nil, ErrNoRole
}
