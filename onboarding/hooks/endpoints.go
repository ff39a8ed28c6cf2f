package hooks

import (
	"context"
	"errors"
	"slices"
	"time"

	"onramp/onboarding"
)

// Endpoint is a webhook with its state.
type Endpoint struct {
	onboarding.WebhookEndpoint
	onboarding.WebhookBacklog
	Secrets []Secret // that sign now, newest first
}

// Secret is a key of an endpoint's signatures, without its value.
type Secret struct {
	Created   time.Time
	Ends      *time.Time // of a replaced one
	Shown     *time.Time
	PublicKey string // of ed25519
}

// State returns the state in a word: disabled, failing, new (nothing was sent yet) or ok.
func (e *Endpoint) State() string {
	switch {
	case e.Disabled != nil:
		return "disabled"
	case e.Failures > 0:
		return "failing"
	case e.LastSuccess == nil:
		return "new"
	}
	return "ok"
}

// Endpoints returns the webhooks of an organization, or all if the ID is empty.
func (h *Hooks) Endpoints(ctx context.Context, organizationID string) ([]Endpoint, error) {
	all, err := h.Store.WebhookEndpoints(ctx, organizationID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	backlogs, err := h.Store.WebhookBacklogs(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	byID := map[string]onboarding.WebhookBacklog{}
	for _, b := range backlogs {
		byID[b.WebhookID] = b
	}
	endpoints := make([]Endpoint, len(all))
	for i, e := range all {
		endpoints[i] = Endpoint{WebhookEndpoint: *e, WebhookBacklog: byID[e.ID]}
		secrets, err := h.Store.WebhookSecrets(ctx, e.ID, h.Clock.Now())
		if err != nil {
			return nil, err
		}
		for _, s := range secrets {
			shown := Secret{Created: s.Created, Ends: s.Ends, Shown: s.Shown}
			if s.Signature == onboarding.WebhookEd25519 {
				plain, err := h.open(s)
				if err != nil {
					return nil, err
				}
				shown.PublicKey = text(s.Signature, plain)
			}
			endpoints[i].Secrets = append(endpoints[i].Secrets, shown)
		}
	}
	return endpoints, nil
}

// endpoint returns the organization's webhook, or any if the organization is empty.
func endpoint(
	ctx context.Context, r onboarding.WebhookReader, organizationID, webhookID string,
) (*onboarding.WebhookEndpoint, error) {
	e, err := r.WebhookEndpoint(ctx, webhookID)
	isOther := err == nil && organizationID != "" && e.OrganizationID != organizationID
	if isOther || errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("webhook")
	}
	return e, err
}

// Deliveries returns a page of a webhook's deliveries, newest first. An empty organization allows
// any webhook.
func (h *Hooks) Deliveries(
	ctx context.Context, organizationID string, q onboarding.WebhookQuery,
) ([]*onboarding.WebhookDelivery, error) {
	if _, err := endpoint(ctx, h.Store, organizationID, q.WebhookID); err != nil {
		return nil, err
	}
	return h.Store.WebhookDeliveries(ctx, q)
}

// change runs a change of a webhook and records it. An empty organization allows any webhook.
func (h *Hooks) change(
	ctx context.Context, organizationID, webhookID string, action onboarding.AuditAction,
	do func(tx onboarding.Tx, e *onboarding.WebhookEndpoint) (count int, err error),
) error {
	return h.Store.Write(ctx, func(tx onboarding.Tx) error {
		e, err := endpoint(ctx, tx, organizationID, webhookID)
		if err != nil {
			return err
		}
		n, err := do(tx, e)
		if err != nil {
			return err
		}
		return h.Access.Record(ctx, tx, onboarding.Act{
			OrganizationID: e.OrganizationID, Action: action, Target: onboarding.TargetWebhook, TargetID: e.ID,
			Count: n,
		})
	})
}

// ErrShown is the error of a secret that was shown before.
var ErrShown = onboarding.ConflictField("webhook", "the secret was shown before; make another one by a rotation")

// ShowSecret returns the newest secret of a webhook, once. A public key is returned each time.
func (h *Hooks) ShowSecret(ctx context.Context, organizationID, webhookID string) (secret string, err error) {
	err = h.change(ctx, organizationID, webhookID, onboarding.AuditWebhookSecretRead,
		func(tx onboarding.Tx, e *onboarding.WebhookEndpoint) (int, error) {
			now := h.Clock.Now()
			secrets, err := tx.WebhookSecrets(ctx, e.ID, now)
			if err != nil {
				return 0, err
			}
			if len(secrets) == 0 {
				return 0, errNoSecret
			}
			s := secrets[0]
			first, err := tx.ShowWebhookSecret(ctx, e.ID, s.ID, now)
			if err != nil {
				return 0, err
			}
			if !first && s.Signature != onboarding.WebhookEd25519 {
				return 0, ErrShown
			}
			plain, err := h.open(s)
			if err != nil {
				return 0, err
			}
			secret = text(s.Signature, plain)
			return 1, nil
		})
	return secret, err
}

var errSecrets = onboarding.ConflictField("overlap",
	"five secrets sign now; wait for the end of one, or end all of them by the overlap 0")

// Rotate gives a webhook another secret and returns it, the only time. The old ones go on signing
// for the overlap at most: each event has a signature of each meanwhile. Without an overlap there
// may be up to MaxSecrets.
func (h *Hooks) Rotate(
	ctx context.Context, organizationID, webhookID string, overlap time.Duration,
) (secret string, oldUntil time.Time, err error) {
	if overlap < 0 || overlap > MaxOverlap {
		return "", oldUntil, onboarding.InvalidField("overlap", "must be 0 to 30 days")
	}
	err = h.change(ctx, organizationID, webhookID, onboarding.AuditWebhookRotated,
		func(tx onboarding.Tx, e *onboarding.WebhookEndpoint) (int, error) {
			now := h.Clock.Now()
			signing, err := tx.WebhookSecrets(ctx, e.ID, now)
			if err != nil {
				return 0, err
			}
			if len(signing) >= MaxSecrets && overlap > 0 {
				return 0, errSecrets
			}
			oldUntil = now.Add(overlap)
			if err := tx.EndWebhookSecrets(ctx, e.ID, oldUntil); err != nil {
				return 0, err
			}
			fresh := h.newSecret(e.ID, e.Signature)
			fresh.Shown = &now
			plain, err := h.open(fresh)
			if err != nil {
				return 0, err
			}
			secret = text(fresh.Signature, plain)
			return 1, tx.InsertWebhookSecret(ctx, fresh)
		})
	return secret, oldUntil, err
}

// Enable makes a disabled webhook work again. Events of the time in between are not sent. It is
// idempotent.
func (h *Hooks) Enable(ctx context.Context, organizationID, webhookID string) error {
	return h.change(ctx, organizationID, webhookID, onboarding.AuditWebhookEnabled,
		func(tx onboarding.Tx, e *onboarding.WebhookEndpoint) (int, error) {
			return 1, tx.EnableWebhook(ctx, e.ID)
		})
}

var errDisabled = onboarding.ConflictField("webhook", "is disabled; enable it first")

// replayAtOnce is the most deliveries that one transaction replays.
const replayAtOnce = 1000

// Replay makes dead deliveries of a webhook wait again, with all their attempts: that of an event,
// or all if the ID is empty. It returns their number.
func (h *Hooks) Replay(ctx context.Context, organizationID, webhookID, eventID string) (total int, err error) {
	for n := replayAtOnce; n == replayAtOnce; {
		err = h.change(ctx, organizationID, webhookID, onboarding.AuditWebhookReplayed,
			func(tx onboarding.Tx, e *onboarding.WebhookEndpoint) (int, error) {
				if e.Disabled != nil {
					return 0, errDisabled
				}
				n, err = tx.ReplayWebhookDeliveries(ctx, e.ID, eventID, h.Clock.Now(), replayAtOnce)
				if err == nil && n == 0 && eventID != "" {
					return 0, onboarding.NotFoundError("dead delivery of this event")
				}
				return n, err
			})
		if err != nil {
			return total, err
		}
		total += n
	}
	h.signal()
	return total, nil
}

// Test queues the event webhook.test for a webhook, and returns its ID. It has one attempt.
func (h *Hooks) Test(ctx context.Context, organizationID, webhookID string) (eventID string, err error) {
	err = h.change(ctx, organizationID, webhookID, onboarding.AuditWebhookTested,
		func(tx onboarding.Tx, e *onboarding.WebhookEndpoint) (int, error) {
			if e.Disabled != nil {
				return 0, errDisabled
			}
			eventID, err = tx.QueueWebhookTest(ctx, e, h.Clock.Now())
			return 1, err
		})
	h.signal()
	return eventID, err
}

// Delivery returns the delivery of an event to a webhook. An empty organization allows any webhook.
func (h *Hooks) Delivery(
	ctx context.Context, organizationID, webhookID, eventID string,
) (*onboarding.WebhookDelivery, error) {
	if _, err := endpoint(ctx, h.Store, organizationID, webhookID); err != nil {
		return nil, err
	}
	d, err := h.Store.WebhookDelivery(ctx, webhookID, eventID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("event")
	}
	return d, err
}

// ParseState reads the state of deliveries.
func ParseState(field, text string) (onboarding.WebhookState, error) {
	if state := onboarding.WebhookState(text); slices.Contains(onboarding.WebhookStates(), state) {
		return state, nil
	}
	return "", onboarding.InvalidField(field, "must be waiting, delivered or dead")
}
