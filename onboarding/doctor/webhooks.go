package doctor

import (
	"context"
	"time"

	"onramp/onboarding"
)

// webhookBehind is the age of a waiting event from which its endpoint is behind.
const webhookBehind = time.Hour

// WebhookStates is the storage of webhooks.
type WebhookStates interface {
	WebhookEndpoints(ctx context.Context, organizationID string) ([]*onboarding.WebhookEndpoint, error)
	WebhookBacklogs(ctx context.Context) ([]onboarding.WebhookBacklog, error)
}

// Webhooks warns of endpoints that are disabled, behind, or have dead events.
func Webhooks(s WebhookStates, now time.Time) Check {
	return func(ctx context.Context) []Line {
		endpoints, err := s.WebhookEndpoints(ctx, "")
		if err != nil {
			return []Line{fail("webhooks", "%v", err)}
		}
		backlogs, err := s.WebhookBacklogs(ctx)
		if err != nil {
			return []Line{fail("webhooks", "%v", err)}
		}
		byID := map[string]onboarding.WebhookBacklog{}
		for _, b := range backlogs {
			byID[b.WebhookID] = b
		}
		var lines []Line
		for _, e := range endpoints {
			check, b := "webhook "+e.ID, byID[e.ID]
			switch {
			case e.Disabled != nil:
				lines = append(lines, warn(check, "is disabled since %s: %s; onramp webhook enable makes it work again",
					e.Disabled.Format(time.RFC3339), e.DisabledReason))
			case b.Waiting > 0 && now.Sub(b.Oldest) > webhookBehind:
				lines = append(lines, warn(check, "%d events wait, the oldest since %s: %s", b.Waiting,
					b.Oldest.Format(time.RFC3339), orUnknown(e.LastFailure)))
			case b.Dead > 0:
				lines = append(lines, warn(check, "%d events were given up: %s; onramp webhook list shows them, "+
					"onramp webhook replay sends them again", b.Dead, orUnknown(e.LastFailure)))
			}
		}
		switch {
		case lines != nil:
			return lines
		case len(endpoints) == 0:
			return []Line{ok("webhooks", "no organization has any")}
		}
		return []Line{ok("webhooks", "%d endpoints, none is disabled or behind", len(endpoints))}
	}
}

// orUnknown returns the reason of the last failure.
func orUnknown(reason string) string {
	if reason == "" {
		return "no attempt has failed; does serve run?"
	}
	return "the last failure was: " + reason
}
