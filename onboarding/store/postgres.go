package store

import (
	"context"
	"errors"

	"onramp/onboarding"
)

func OpenPostgres(ctx context.Context, url string, opts Options) (onboarding.Store, error) {
	return nil, errors.New("not yet")
}
