package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const (
	signInColumns          = "hash, organization_id, role, location_id, created, expires"
	operatorColumns        = "hash, id, agent_hash, organization_id, role, location_id, created, last_used, expires"
	deleteSignInLinks      = "DELETE FROM sign_in_links"
	deleteOperatorSessions = "DELETE FROM operator_sessions"
)

var (
	insertSignInLink      = insert("sign_in_links", signInColumns)
	insertOperatorSession = insert("operator_sessions", operatorColumns)
)

func scanSignInLink(row rows) (*onboarding.SignInLink, error) {
	var l onboarding.SignInLink
	err := row.Scan(&l.Hash, textInto(&l.OrganizationID), textInto(&l.Role), textInto(&l.LocationID),
		instant{&l.Created}, instant{&l.Expires})
	return &l, err
}

// SignInLink implements onboarding.OperatorReader.
func (r *reader) SignInLink(ctx context.Context, hash string) (*onboarding.SignInLink, error) {
	return get(ctx, r.db, scanSignInLink, "SELECT "+signInColumns+" FROM sign_in_links WHERE hash = $1"+
		r.db.lockRows(), hash)
}

func (t *transaction) InsertSignInLink(ctx context.Context, l *onboarding.SignInLink) error {
	return t.db.send(ctx, nil, insertSignInLink, l.Hash, orNull(l.OrganizationID), string(l.Role), orNull(l.LocationID),
		micros(l.Created),
		micros(l.Expires))
}

func (t *transaction) DeleteSignInLink(ctx context.Context, hash string) error {
	n, err := t.db.exec(ctx, deleteSignInLinks+" WHERE hash = $1", hash)
	if err == nil && n == 0 {
		return onboarding.ErrNotFound
	}
	return err
}

func scanOperatorSession(row rows) (*onboarding.OperatorSession, error) {
	var s onboarding.OperatorSession
	err := row.Scan(&s.Hash, &s.ID, &s.AgentHash, textInto(&s.OrganizationID), textInto(&s.Role),
		textInto(&s.LocationID), instant{&s.Created},
		instant{&s.LastUsed}, instant{&s.Expires})
	return &s, err
}

// OperatorSession implements onboarding.OperatorReader.
func (r *reader) OperatorSession(ctx context.Context, hash string) (*onboarding.OperatorSession, error) {
	return get(ctx, r.db, scanOperatorSession, "SELECT "+operatorColumns+" FROM operator_sessions WHERE hash = $1"+
		r.db.lockRows(), hash)
}

func (t *transaction) InsertOperatorSession(ctx context.Context, s *onboarding.OperatorSession) error {
	return t.db.send(ctx, nil, insertOperatorSession, s.Hash, s.ID, s.AgentHash, orNull(s.OrganizationID),
		string(s.Role), orNull(s.LocationID), micros(s.Created), micros(s.LastUsed), micros(s.Expires))
}

func (t *transaction) TouchOperatorSession(ctx context.Context, hash string, at time.Time) error {
	return t.db.send(ctx, nil, "UPDATE operator_sessions SET last_used = $2 WHERE hash = $1 AND last_used < $2",
		hash, micros(at))
}

func (t *transaction) DeleteOperatorSession(ctx context.Context, hash string) error {
	return t.db.send(ctx, nil, deleteOperatorSessions+" WHERE hash = $1", hash)
}

func (t *transaction) DeleteOperators(ctx context.Context) (int, error) {
	if err := t.db.send(ctx, nil, deleteSignInLinks); err != nil {
		return 0, err
	}
	return t.db.exec(ctx, deleteOperatorSessions)
}

func (t *transaction) SweepOperators(ctx context.Context, now time.Time) error {
	for _, statement := range []string{deleteSignInLinks, deleteOperatorSessions} {
		if err := t.db.send(ctx, nil, statement+" WHERE expires <= $1", micros(now)); err != nil {
			return err
		}
	}
	return nil
}
