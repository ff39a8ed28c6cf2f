package onboarding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"onramp/onboarding/auth"
)

// Config is what a Service is made of. Store and Sealer are required; Signer is needed only where profiles are
// handed out, PublicURL only where links are made.
type Config struct {
	Store     Store
	Sealer    *Sealer
	Signer    Signer
	PublicURL string // scheme and host, no trailing slash
	Name      string // the externalSource of contacts; empty: DefaultName
	Now       func() time.Time
	Log       *slog.Logger
	Limits    *Limits // nil: DefaultLimits
	// UnattributedKept is how long sessions of no known customer are kept; 0: DefaultUnattributedKept.
	UnattributedKept time.Duration
}

// DefaultName is the name of a deployment that was given none.
const DefaultName = "onramp"

// Service decides. Its methods are safe for concurrent use, and every one that writes returns only when what it wrote is
// durable.
type Service struct {
	store     Store
	sealer    *Sealer
	signer    Signer
	keyring   *auth.Keyring
	publicURL string
	name      string
	clock     func() time.Time
	log       *slog.Logger
	profiles  profileCache
	aaa       aaaState
	cursors   sealingKey
	budgets   *budgets
	delays    delays
	decoy     Credential // stands in for an unknown user's, so that a miss costs what a hit does
	// unattributedKept is how long sessions of no known customer are kept.
	unattributedKept time.Duration
}

// The names under which the deployment keeps what all replicas share.
const (
	settingMasterKey  = "master-key-id"
	settingDeployment = "deployment-id"
	secretJWT         = "jwt-key-1"
)

// Open returns a Service on a database, making the secrets that all replicas share if it is the first. It refuses a
// master key other than the one that the database was sealed under.
func Open(ctx context.Context, c Config) (*Service, error) {
	s := &Service{
		store: c.Store, sealer: c.Sealer, signer: c.Signer,
		publicURL: strings.TrimSuffix(c.PublicURL, "/"), name: cmp.Or(c.Name, DefaultName),
		clock: c.Now, log: c.Log,
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.unattributedKept = c.UnattributedKept; s.unattributedKept == 0 {
		s.unattributedKept = DefaultUnattributedKept
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.budgets, s.delays = newBudgets(s.store, c.Limits, s.now), newDelays()
	if err := s.claimDatabase(ctx); err != nil {
		return nil, err
	}
	deployment, err := s.store.Setting(ctx, settingDeployment)
	if err != nil {
		return nil, fmt.Errorf("deployment ID: %w", err)
	}
	key, err := s.Secret(ctx, secretJWT, 32)
	if err != nil {
		return nil, err
	}
	current, err := auth.RestoreKey(secretJWT, key)
	if err != nil {
		return nil, err
	}
	if s.keyring, err = auth.NewKeyring(deployment, current); err != nil {
		return nil, err
	}
	s.decoy = NewDecoy(s.sealer)
	return s, nil
}

// claimDatabase records the master key's ID and makes a deployment ID on the first start, and compares the former on each later one.
func (s *Service) claimDatabase(ctx context.Context) error {
	check := func(r SecretReader) error {
		id, err := r.Setting(ctx, settingMasterKey)
		if err == nil && id != s.sealer.KeyID() {
			return fmt.Errorf("the database is sealed under master key %s, but the master key given is %s", id, s.sealer.KeyID())
		}
		return err
	}
	err := check(s.store)
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	return s.store.Write(ctx, func(tx Tx) error {
		if err := check(tx); !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := tx.PutSetting(ctx, settingDeployment, NewID()); err != nil {
			return err
		}
		return tx.PutSetting(ctx, settingMasterKey, s.sealer.KeyID())
	})
}

// now is the service's time: UTC, to the microsecond that stores keep.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Ready tells whether the service can work: the database answers, with the schema that this binary needs.
func (s *Service) Ready(ctx context.Context) error { return s.store.Ping(ctx) }

// PrepareSecrets makes the secrets that requests need, and those named besides, and loads them: the first request of a deployment
// waits for no commit but its own. The RADIUS secret is made by `onramp freeradius` (see FreeRADIUSConfigured).
func (s *Service) PrepareSecrets(ctx context.Context, more ...string) error {
	for _, name := range more {
		if _, err := s.Secret(ctx, name, keySize); err != nil {
			return err
		}
	}
	if err := s.prepareKeys(ctx); err != nil {
		return err
	}
	if err := s.prepareResume(ctx); err != nil {
		return err
	}
	return s.prepareCursors(ctx)
}
