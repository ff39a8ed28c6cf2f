package doctor

import (
	"context"
	"strconv"
	"time"

	"onramp/onboarding"
)

// webhookBehind is the age of a waiting event from which its endpoint is behind.
const webhookBehind = time.Hour

// WebhookStates is the storage of webhooks.
type WebhookStates interface {
	WebhookEndpoints(ctx context.Context, organizationID string) ([]*onboarding.WebhookEndpoint, error)
	WebhookBacklogs(ctx context.Context, organizationID string) ([]onboarding.WebhookBacklog, error)
}

// Webhooks warns of endpoints that are disabled, behind, or have dead events.
func Webhooks(s WebhookStates, now time.Time) Check {
	return func(ctx context.Context) []Line {
		endpoints, err := s.WebhookEndpoints(ctx, "")
		if err != nil {
			return []Line{fail("webhooks", "%v", err)}
		}
		backlogs, err := s.WebhookBacklogs(ctx, "")
		if err != nil {
			return []Line{fail("webhooks", "%v", err)}
		}
		byID := map[string]onboarding.WebhookBacklog{}
		for _, b := range backlogs {
			byID[b.WebhookID] = b
		}
		var lines []Line
		for _, e := range endpoints {
			if line, found := webhookLine(e, byID[e.ID], now); found {
				lines = append(lines, line.of(e.OrganizationID))
			}
		}
		switch {
		case lines != nil:
			return lines
		case len(endpoints) == 0:
			return []Line{ok("webhooks", "no organization has any").as("noWebhook")}
		}
		return []Line{ok("webhooks", "%d endpoints, none is disabled or behind", len(endpoints)).
			as("webhooks", "n", strconv.Itoa(len(endpoints)))}
	}
}

// webhookLine returns the finding about an endpoint, if there is one.
func webhookLine(e *onboarding.WebhookEndpoint, b onboarding.WebhookBacklog, now time.Time) (Line, bool) {
	const check = "webhooks"
	count := func(n int) []string { return []string{"id", e.ID, "n", strconv.Itoa(n)} }
	switch {
	case e.Disabled != nil:
		at := e.Disabled.Format(time.RFC3339)
		return warn(check, "%s is disabled since %s: %s; onramp webhook enable makes it work again", e.ID, at,
			e.DisabledReason).as("webhookDisabled", "id", e.ID, "time", at), true
	case b.Waiting > 0 && now.Sub(b.Oldest) > webhookBehind:
		at := b.Oldest.Format(time.RFC3339)
		return warn(check, "%s: %d events wait, the oldest since %s: %s", e.ID, b.Waiting, at,
			orUnknown(e.LastFailure)).as("webhookBehind", append(count(b.Waiting), "time", at)...), true
	case b.Dead > 0:
		return warn(check, "%s: %d events were given up: %s; onramp webhook list shows them, onramp webhook replay "+
			"sends them again", e.ID, b.Dead, orUnknown(e.LastFailure)).as("webhookDead", count(b.Dead)...), true
	}
	return Line{}, false
}

// orUnknown returns the reason of the last failure.
func orUnknown(reason string) string {
	if reason == "" {
		return "no attempt has failed; does serve run?"
	}
	return "the last failure was: " + reason
}
