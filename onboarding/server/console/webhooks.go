package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/hooks"
	"onramp/onboarding/server/web"
)

// webhooksPage is the data of webhooks.html.
type webhooksPage struct {
	Webhooks []webhookCard
	Form     string
}

// webhookCard is one endpoint with its dead events.
type webhookCard struct {
	ID, URL, Events, Tone, State string
	Success, Failure, Reason     string // the last ones
	Waiting, Dead                string
	Test, Rotate, Replay, Enable string // addresses; empty where the act does not apply
	PublicKey                    string
	Letters                      []letterRow
}

// letterRow is an event that was given up.
type letterRow struct {
	ID, Type, Queued, Reason string
}

// webhookSecretPage is the data of webhooksecret.html, which shows a secret once.
type webhookSecretPage struct {
	ID, Secret, OldUntil, Back string
}

// The acts on a webhook, by the last part of their address.
const (
	webhookTest   = "test"
	webhookReplay = "replay"
	webhookEnable = "enable"
	webhookRotate = "rotate"
)

// lettersShown is the number of an endpoint's dead events that the page shows.
const lettersShown = 10

// showWebhooks answers GET /console/{org}/webhooks.
func (s *Console) showWebhooks(c echo.Context, v *visit) error {
	ctx := c.Request().Context()
	endpoints, err := s.Webhooks.Endpoints(ctx, v.organization.ID)
	if err != nil {
		return err
	}
	page := &webhooksPage{Form: v.form}
	for i := range endpoints {
		card := v.webhook(&endpoints[i])
		if endpoints[i].Dead > 0 {
			letters, err := s.Webhooks.Deliveries(ctx, v.organization.ID, onboarding.WebhookQuery{
				WebhookID: card.ID, State: onboarding.WebhookDead, Limit: lettersShown,
			})
			if err != nil {
				return err
			}
			for _, d := range letters {
				card.Letters = append(card.Letters, letterRow{
					ID: d.ID, Type: string(d.Type), Queued: v.minute(d.Created), Reason: d.Reason,
				})
			}
		}
		page.Webhooks = append(page.Webhooks, card)
	}
	return s.render(c, http.StatusOK, v, "webhooks", "webhooks", page)
}

// webhook returns the card of an endpoint.
func (v *visit) webhook(e *hooks.Endpoint) webhookCard {
	must, self := v.texts.must, v.at(webhooksPath+"/"+e.ID)
	card := webhookCard{
		ID: e.ID, URL: e.URL, Events: must("webhooks.all"), State: must("webhooks." + e.State()),
		Tone:    map[string]string{"ok": "good", "failing": "warn", "disabled": "bad"}[e.State()],
		Waiting: strconv.Itoa(e.Waiting), Dead: strconv.Itoa(e.Dead), Rotate: self + "/" + webhookRotate,
	}
	if len(e.Events) > 0 {
		names := make([]string, len(e.Events))
		for i, name := range e.Events {
			names[i] = string(name)
		}
		card.Events = strings.Join(names, ", ")
	}
	if e.LastSuccess != nil {
		card.Success = v.minute(*e.LastSuccess)
	}
	if e.FailingSince != nil {
		card.Failure = v.minute(*e.FailingSince)
	}
	if e.State() != "ok" {
		card.Reason = cmp.Or(e.DisabledReason, e.LastFailure)
	}
	if len(e.Secrets) > 0 {
		card.PublicKey = e.Secrets[0].PublicKey
	}
	if e.Disabled != nil {
		card.Enable = self + "/" + webhookEnable
		return card
	}
	card.Test = self + "/" + webhookTest
	if e.Dead > 0 {
		card.Replay = self + "/" + webhookReplay
	}
	return card
}

// testWebhook answers POST /console/{org}/webhooks/{webhook}/test.
func (s *Console) testWebhook(c echo.Context, v *visit) error {
	_, err := s.Webhooks.Test(c.Request().Context(), v.organization.ID, web.Param(c, "webhook"))
	return done(c, err, v.at(webhooksPath), "tested")
}

// replayWebhook answers POST /console/{org}/webhooks/{webhook}/replay: of the form's event, or of
// all dead ones.
func (s *Console) replayWebhook(c echo.Context, v *visit) error {
	_, err := s.Webhooks.Replay(c.Request().Context(), v.organization.ID, web.Param(c, "webhook"), typed(c, "event"))
	return done(c, err, v.at(webhooksPath), "replayed")
}

// enableWebhook answers POST /console/{org}/webhooks/{webhook}/enable.
func (s *Console) enableWebhook(c echo.Context, v *visit) error {
	err := s.Webhooks.Enable(c.Request().Context(), v.organization.ID, web.Param(c, "webhook"))
	return done(c, err, v.at(webhooksPath), "enabled")
}

// confirmWebhookRotation answers GET /console/{org}/webhooks/{webhook}/rotate. It changes nothing.
func (s *Console) confirmWebhookRotation(c echo.Context, v *visit) error {
	endpoints, err := s.Webhooks.Endpoints(c.Request().Context(), v.organization.ID)
	if err != nil {
		return err
	}
	for i := range endpoints {
		if e := &endpoints[i]; e.ID == web.Param(c, "webhook") {
			must := v.texts.must
			return s.render(c, http.StatusOK, v, "confirm", "webhooks", &confirmPage{
				Title: must("webhooks.rotateTitle"), Name: e.URL, Lead: must("webhooks.rotateLead"),
				Button: must("webhooks.rotate"), Action: v.at(webhooksPath + "/" + e.ID + "/" + webhookRotate),
				Form: v.form, Back: v.at(webhooksPath), BackText: must("webhooks.back"),
			})
		}
	}
	return onboarding.NotFoundError("webhook")
}

// rotateWebhook answers POST /console/{org}/webhooks/{webhook}/rotate.
func (s *Console) rotateWebhook(c echo.Context, v *visit) error {
	id := web.Param(c, "webhook")
	secret, until, err := s.Webhooks.Rotate(c.Request().Context(), v.organization.ID, id, hooks.DefaultOverlap)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v, "webhooksecret", "webhooks", &webhookSecretPage{
		ID: id, Secret: secret, OldUntil: v.minute(until), Back: v.at(webhooksPath),
	})
}
