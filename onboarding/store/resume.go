package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const resumeColumns = "code_hash, token_hash, created, expires"

// putResume replaces the link's earlier code.
var putResume = insert("resume_codes", resumeColumns) + " ON CONFLICT (token_hash) DO UPDATE SET " +
	excluded("code_hash, created, expires")

func scanResume(row rows) (*onboarding.Resume, error) {
	var r onboarding.Resume
	err := row.Scan(&r.CodeHash, &r.TokenHash, instant{&r.Created}, instant{&r.Expires})
	return &r, err
}

func (r *reader) Resume(ctx context.Context, codeHash string, now time.Time) (*onboarding.Resume, error) {
	return get(ctx, r.db, scanResume,
		"SELECT "+resumeColumns+" FROM resume_codes WHERE code_hash = $1 AND expires > $2"+r.db.lockRows(),
		codeHash, micros(now))
}

func (t *transaction) PutResume(ctx context.Context, r *onboarding.Resume) error {
	return t.db.send(ctx, nil, putResume, r.CodeHash, r.TokenHash, micros(r.Created), micros(r.Expires))
}

func (t *transaction) TakeResume(ctx context.Context, codeHash string) (bool, error) {
	n, err := t.db.exec(ctx, "DELETE FROM resume_codes WHERE code_hash = $1", codeHash)
	return n == 1, err
}
