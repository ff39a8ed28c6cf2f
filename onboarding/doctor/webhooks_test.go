package doctor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/doctor"
)

// webhookStates is the state of endpoints.
type webhookStates struct {
	endpoints []*onboarding.WebhookEndpoint
	backlogs  []onboarding.WebhookBacklog
	err       error
}

func (s webhookStates) WebhookEndpoints(context.Context, string) ([]*onboarding.WebhookEndpoint, error) {
	return s.endpoints, s.err
}

func (s webhookStates) WebhookBacklogs(context.Context, string) ([]onboarding.WebhookBacklog, error) {
	return s.backlogs, s.err
}

// TestWebhooks checks the line of each state of an endpoint.
func TestWebhooks(t *testing.T) {
	now := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	one := []*onboarding.WebhookEndpoint{{ID: "w", LastFailure: "HTTP status 500"}}
	of := func(b onboarding.WebhookBacklog) webhookStates {
		b.WebhookID = "w"
		return webhookStates{endpoints: one, backlogs: []onboarding.WebhookBacklog{b}}
	}
	disabled := []*onboarding.WebhookEndpoint{{Disabled: &now, DisabledReason: "the receiver answered 410"}}
	for want, s := range map[string]webhookStates{
		"ok no organization has any":       {},
		"ok none is disabled":              {endpoints: one},
		"fail lost":                        {err: errors.New("lost")},
		"warn the receiver answered 410":   {endpoints: disabled},
		"warn 3 events wait":               of(onboarding.WebhookBacklog{Waiting: 3, Oldest: now.Add(-2 * time.Hour)}),
		"ok 1 endpoints":                   of(onboarding.WebhookBacklog{Waiting: 3, Oldest: now.Add(-time.Minute)}),
		"warn 2 events were given up: the": of(onboarding.WebhookBacklog{Dead: 2}),
	} {
		lines := doctor.Webhooks(s, now)(t.Context())
		status, text, _ := strings.Cut(want, " ")
		if len(lines) != 1 || string(lines[0].Status) != status || !strings.Contains(lines[0].Text, text) {
			t.Errorf("%s: %+v", want, lines)
		}
	}
}
