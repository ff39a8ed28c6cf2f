package radius

import (
	"context"

	"onramp/onboarding"
)

// countFirst counts the customer's first connection and queues its event. The event has a place
// only if the customer agreed to profiling.
func (s *AAA) countFirst(
	ctx context.Context, tx onboarding.Tx, login *onboarding.Login, f onboarding.FirstConnection,
) error {
	first, err := tx.CountFirstConnection(ctx, f)
	if err != nil || !first {
		return err
	}
	e := onboarding.WebhookEvent{
		OrganizationID: f.OrganizationID, CustomerID: f.CustomerID, Type: onboarding.WebhookConnectionFirst, At: f.At,
	}
	if login.Profiled {
		e.Data.LocationID = f.LocationID
	}
	return tx.QueueWebhooks(ctx, s.clock.Now(), e)
}

// connectionWebhooks returns the events of a change of a profiled customer's connection: its start
// when it is first attributed to the customer, and its stop.
func connectionWebhooks(was, is *onboarding.Connection) []onboarding.WebhookEvent {
	isNew := was == nil || was.CustomerID != is.CustomerID
	stopped := is.Stop() != nil && (isNew || was.Stop() == nil)
	if !isNew && !stopped {
		return nil
	}
	id := onboarding.Event{ID: is.UniqueID}
	data := onboarding.WebhookData{
		ConnectionID: id.PublicID(), Started: onboarding.WebhookTime{Time: is.Start()},
	}
	if !is.Abroad() {
		data.LocationID, data.HotspotID = is.LocationID, is.HotspotID
	}
	var events []onboarding.WebhookEvent
	add := func(t onboarding.WebhookType) *onboarding.WebhookEvent {
		events = append(events, onboarding.WebhookEvent{
			OrganizationID: is.OrganizationID, CustomerID: is.CustomerID, Type: t, At: is.Start(), Data: data,
		})
		return &events[len(events)-1]
	}
	if isNew {
		add(onboarding.WebhookConnectionStarted)
	}
	if stopped {
		e := add(onboarding.WebhookConnectionStopped)
		seconds, octets := is.Seconds(), is.Traffic()
		e.At, e.Data.Stopped = *is.Stop(), onboarding.WebhookTime{Time: *is.Stop()}
		e.Data.Duration, e.Data.Traffic, e.Data.TerminateCause = &seconds, &octets, is.TerminateCause()
	}
	return events
}
