package server

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/hooks"
	"onramp/onboarding/server/web"
)

// webhookSecret is a key of a webhook's signatures on the wire, without its value.
type webhookSecret struct {
	Created   web.Timestamp  `json:"created"`
	Ends      *web.Timestamp `json:"ends"`
	PublicKey *string        `json:"publicKey"`
}

// webhook is a webhook with its state on the wire.
type webhook struct {
	ID             string                      `json:"id"`
	URL            string                      `json:"url"`
	Events         []onboarding.WebhookType    `json:"events"`
	Signature      onboarding.WebhookSignature `json:"signature"`
	State          string                      `json:"state"`
	Disabled       *web.Timestamp              `json:"disabled"`
	DisabledReason *string                     `json:"disabledReason"`
	Failures       int                         `json:"failures"`
	FailingSince   *web.Timestamp              `json:"failingSince"`
	LastFailure    *string                     `json:"lastFailure"`
	LastSuccess    *web.Timestamp              `json:"lastSuccess"`
	Waiting        int                         `json:"waiting"`
	OldestWaiting  *web.Timestamp              `json:"oldestWaiting"`
	Dead           int                         `json:"dead"`
	Dropped        int64                       `json:"dropped"`
	Secrets        []webhookSecret             `json:"secrets"`
}

func wireWebhook(e hooks.Endpoint) webhook {
	w := webhook{
		ID: e.ID, URL: e.URL, Events: append([]onboarding.WebhookType{}, e.Events...), Signature: e.Signature,
		State: e.State(), Disabled: web.SecondsOrNull(e.Disabled), DisabledReason: web.OrNull(e.DisabledReason),
		Failures: e.Failures, FailingSince: web.SecondsOrNull(e.FailingSince), LastFailure: web.OrNull(e.LastFailure),
		LastSuccess: web.SecondsOrNull(e.LastSuccess), Waiting: e.Waiting, Dead: e.Dead, Dropped: e.Dropped,
		Secrets: each(e.Secrets, func(s hooks.Secret) webhookSecret {
			return webhookSecret{web.Seconds(s.Created), web.SecondsOrNull(s.Ends), web.OrNull(s.PublicKey)}
		}),
	}
	if len(w.Events) == 0 {
		w.Events = onboarding.WebhookTypes()
	}
	if !e.Oldest.IsZero() {
		w.OldestWaiting = web.SecondsOrNull(&e.Oldest)
	}
	return w
}

// webhooksOf returns the ID of the organization in the path, if the caller belongs to it.
func (s *Server) webhooksOf(c echo.Context) (organizationID string, err error) {
	o, err := s.access.Organization(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"))
	if err != nil {
		return "", err
	}
	return o.ID, nil
}

// webhooks lists the webhooks of an organization with their state.
func (s *Server) webhooks(c echo.Context) error {
	organization, err := s.webhooksOf(c)
	if err != nil {
		return err
	}
	all, err := s.hooks.Endpoints(c.Request().Context(), organization)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		Count     int           `json:"count"`
		Webhooks  []webhook     `json:"webhooks"`
	}{s.generatedSecond(), len(all), each(all, wireWebhook)})
}

// webhookDelivery is an event for a webhook on the wire, without its body.
type webhookDelivery struct {
	ID         string                  `json:"id"`
	Type       onboarding.WebhookType  `json:"type"`
	CustomerID *string                 `json:"customerId"`
	Queued     web.Timestamp           `json:"queued"`
	State      onboarding.WebhookState `json:"state"`
	Attempts   int                     `json:"attempts"`
	Next       *web.Timestamp          `json:"next"`
	Finished   *web.Timestamp          `json:"finished"`
	Reason     *string                 `json:"reason"`
}

func wireDelivery(d *onboarding.WebhookDelivery) webhookDelivery {
	w := webhookDelivery{
		ID: d.ID, Type: d.Type, CustomerID: web.OrNull(d.CustomerID), Queued: web.Seconds(d.Created), State: d.State,
		Attempts: d.Attempts, Finished: web.SecondsOrNull(d.Finished), Reason: web.OrNull(d.Reason),
	}
	if d.State == onboarding.WebhookWaiting {
		w.Next = web.SecondsOrNull(&d.Due)
	}
	return w
}

// The sizes of a page of deliveries.
const (
	deliveriesDefault = 100
	deliveriesMost    = 1000
)

// webhookDeliveries lists a webhook's events, newest first, in pages.
func (s *Server) webhookDeliveries(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	page := onboarding.WebhookQuery{WebhookID: web.Param(c, "webhook"), Limit: deliveriesDefault}
	if text := q.Raw("state"); text != nil {
		state, err := hooks.ParseState("state", *text)
		if err := q.Faults.Add(err); err != nil {
			return err
		}
		page.State = state
	}
	if size := q.Number("size"); size != nil {
		if *size < 1 || *size > deliveriesMost {
			q.Refuse("size", "must be 1 to 1000")
		}
		page.Limit = *size
	}
	if before := q.Number("before"); before != nil {
		if *before < 1 {
			q.Refuse("before", "must be the next of the page before")
		}
		page.Before = int64(*before)
	}
	if err := q.Err(); err != nil {
		return err
	}
	organization, err := s.webhooksOf(c)
	if err != nil {
		return err
	}
	all, err := s.hooks.Deliveries(c.Request().Context(), organization, page)
	if err != nil {
		return err
	}
	var next *int64
	if len(all) == page.Limit {
		next = &all[len(all)-1].Number
	}
	return web.Send(c, http.StatusOK, struct {
		Generated  web.Timestamp     `json:"generated"`
		Count      int               `json:"count"`
		Next       *int64            `json:"next"`
		Deliveries []webhookDelivery `json:"deliveries"`
	}{s.generatedSecond(), len(all), next, each(all, wireDelivery)})
}

// replayBody names the event of a replay; without one, all dead events are replayed.
type replayBody struct {
	Event *string `json:"event"`
	Guid  *string `json:"guid"`
}

// replayWebhook makes dead events of a webhook wait again.
func (s *Server) replayWebhook(c echo.Context) error {
	organization, err := s.webhooksOf(c)
	if err != nil {
		return err
	}
	b, err := bindOptional[replayBody](c)
	if err != nil {
		return err
	}
	if err := b.Err(); err != nil {
		return err
	}
	event := ""
	if b.Value.Event != nil {
		if event = *b.Value.Event; event == "" {
			return onboarding.InvalidField("event", "must be the ID of an event")
		}
	}
	n, err := s.hooks.Replay(c.Request().Context(), organization, web.Param(c, "webhook"), event)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		Count int `json:"count"`
	}{s.stamp(), n})
}

// testWebhook queues the event webhook.test.
func (s *Server) testWebhook(c echo.Context) error {
	organization, err := s.webhooksOf(c)
	if err != nil {
		return err
	}
	id, err := s.hooks.Test(c.Request().Context(), organization, web.Param(c, "webhook"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusAccepted, struct {
		web.Stamp
		ID string `json:"id"`
	}{s.stamp(), id})
}

// enableWebhook makes a disabled webhook work again.
func (s *Server) enableWebhook(c echo.Context) error {
	organization, err := s.webhooksOf(c)
	if err != nil {
		return err
	}
	if err := s.hooks.Enable(c.Request().Context(), organization, web.Param(c, "webhook")); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}

// rotateBody is the request for another secret.
type rotateBody struct {
	Overlap *int    `json:"overlap"` // seconds
	Guid    *string `json:"guid"`
}

// rotateWebhook gives a webhook another secret and shows it, the only time.
func (s *Server) rotateWebhook(c echo.Context) error {
	organization, err := s.webhooksOf(c)
	if err != nil {
		return err
	}
	b, err := bindOptional[rotateBody](c)
	if err != nil {
		return err
	}
	if err := b.Err(); err != nil {
		return err
	}
	overlap := hooks.DefaultOverlap
	if n := b.Value.Overlap; n != nil {
		if *n < 0 || *n > int(hooks.MaxOverlap/time.Second) {
			return onboarding.InvalidField("overlap", "must be 0 to 2592000 seconds")
		}
		overlap = time.Duration(*n) * time.Second
	}
	secret, until, err := s.hooks.Rotate(c.Request().Context(), organization, web.Param(c, "webhook"), overlap)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		Secret         string        `json:"secret"`
		OldSecretUntil web.Timestamp `json:"oldSecretUntil"`
	}{s.stamp(), secret, web.Seconds(until)})
}
