package onboarding

import (
	"context"
	"time"

	"onramp/onboarding/auth"
)

// SignInLink leads one operator into the console, once. `onramp console` prints it.
type SignInLink struct {
	Hash           string // of its token
	OrganizationID string // empty: all organizations
	Role           auth.Role
	LocationID     string // of a LocationManager
	Created        time.Time
	Expires        time.Time
}

// OperatorSession is an operator's session in the console.
type OperatorSession struct {
	ID             string // the actor in the audit
	Hash           string // of the cookie's token
	AgentHash      string // of the browser's User-Agent, to which the session is bound
	OrganizationID string // empty: all organizations
	Role           auth.Role
	LocationID     string // of a LocationManager
	Created        time.Time
	LastUsed       time.Time // to the minute
	Expires        time.Time
}

// OperatorReader reads sign-in links and sessions of the console.
type OperatorReader interface {
	// SignInLink returns the link with that hash; ErrNotFound if there is none, or it was used.
	SignInLink(ctx context.Context, hash string) (*SignInLink, error)
	// OperatorSession returns the session with that hash; ErrNotFound if it was ended.
	OperatorSession(ctx context.Context, hash string) (*OperatorSession, error)
}

// OperatorWriter writes sign-in links and sessions of the console.
type OperatorWriter interface {
	InsertSignInLink(ctx context.Context, l *SignInLink) error
	// DeleteSignInLink deletes a link; ErrNotFound if there is none. Of concurrent calls for one
	// link, one succeeds.
	DeleteSignInLink(ctx context.Context, hash string) error
	InsertOperatorSession(ctx context.Context, s *OperatorSession) error
	// TouchOperatorSession sets LastUsed unless it is later. An unknown hash is no error.
	TouchOperatorSession(ctx context.Context, hash string, at time.Time) error
	// DeleteOperatorSession ends a session. An unknown hash is no error.
	DeleteOperatorSession(ctx context.Context, hash string) error
	// DeleteOperators deletes all links and sessions, and returns the number of sessions.
	DeleteOperators(ctx context.Context) (int, error)
	// SweepOperators deletes the links and sessions that had expired at now.
	SweepOperators(ctx context.Context, now time.Time) error
}
