package storetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

var webhookParts = []part{
	{"WebhooksDeclared", testWebhooksDeclared},
	{"WebhooksQueued", testWebhooksQueued},
	{"WebhookOrder", testWebhookOrder},
	{"WebhookCrowd", testWebhookCrowd},
	{"WebhookLife", testWebhookLife},
	{"WebhookRace", testWebhookRace},
	{"WebhooksDisabled", testWebhooksDisabled},
	{"WebhooksTrimmed", testWebhooksTrimmed},
	{"WebhooksOfDeleted", testWebhooksOfDeleted},
	{"WebhooksOfMinimised", testWebhooksOfMinimised},
	{"WebhookSecrets", testWebhookSecrets},
	{"WebhookOfFirstDownload", testWebhookOfFirstDownload},
	{"EndedCredentials", testEndedCredentials},
	{"RefusalsOfHour", testRefusalsOfHour},
}

// hooked stores an organization with a webhook for each list of events, and returns it.
func hooked(t *testing.T, s onboarding.Store, events ...[]onboarding.WebhookType) *onboarding.Organization {
	t.Helper()
	o := newOrganization()
	o.Webhooks = nil
	for i, e := range events {
		o.Webhooks = append(o.Webhooks, onboarding.Webhook{
			ID: onboarding.NewID(), URL: fmt.Sprintf("https://crm.example.com/%d", i), Events: e,
		})
	}
	putOrganization(t, s, o)
	return o
}

func putOrganization(t *testing.T, s onboarding.Store, o *onboarding.Organization) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) })
}

// event returns an event of a customer of the organization.
func event(o *onboarding.Organization, customerID string, t onboarding.WebhookType) onboarding.WebhookEvent {
	return onboarding.WebhookEvent{OrganizationID: o.ID, CustomerID: customerID, Type: t, At: noon}
}

// queueEvents queues events at noon.
func queueEvents(t *testing.T, s onboarding.Store, events ...onboarding.WebhookEvent) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.QueueWebhooks(ctx, noon, events...) })
}

// deliveriesOf returns the organization's deliveries, oldest first.
func deliveriesOf(t *testing.T, s onboarding.Store, o *onboarding.Organization) []*onboarding.WebhookDelivery {
	t.Helper()
	var all []*onboarding.WebhookDelivery
	for _, w := range must(s.WebhookEndpoints(t.Context(), o.ID))(t) {
		page := must(s.WebhookDeliveries(t.Context(), onboarding.WebhookQuery{WebhookID: w.ID, Limit: 100}))(t)
		all = append(all, page...)
	}
	slices.SortFunc(all, func(a, b *onboarding.WebhookDelivery) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// typesOf returns the types of deliveries.
func typesOf(all []*onboarding.WebhookDelivery) []onboarding.WebhookType {
	types := []onboarding.WebhookType{}
	for _, d := range all {
		types = append(types, d.Type)
	}
	return types
}

// finishedDelivery stores a delivery that is kept until an instant.
func finishedDelivery(ctx context.Context, tx onboarding.Tx, until time.Time) error {
	w := &onboarding.WebhookEndpoint{ID: onboarding.NewID(), OrganizationID: "o"}
	id, err := tx.QueueWebhookTest(ctx, w, until.Add(-time.Hour))
	if err != nil {
		return err
	}
	d, err := tx.WebhookDelivery(ctx, w.ID, id)
	if err != nil {
		return err
	}
	_, err = tx.FinishWebhookDelivery(ctx, d, onboarding.WebhookFinish{
		State: onboarding.WebhookDelivered, At: until.Add(-time.Minute), Until: until,
	})
	return err
}

// testWebhooksDeclared checks that the webhooks follow the declaration, and belong to one
// organization.
func testWebhooksDeclared(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := hooked(t, s, nil, []onboarding.WebhookType{onboarding.WebhookCustomerCreated})
	first := o.Webhooks[0].ID
	all := must(s.WebhookEndpoints(ctx, o.ID))(t)
	equal(t, "endpoints", len(all), 2)
	equal(t, "endpoint", must(s.WebhookEndpoint(ctx, o.Webhooks[1].ID))(t), &onboarding.WebhookEndpoint{
		ID: o.Webhooks[1].ID, OrganizationID: o.ID, URL: "https://crm.example.com/1", Signature: onboarding.WebhookHMAC,
		Events: []onboarding.WebhookType{onboarding.WebhookCustomerCreated},
	})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.MarkWebhook(ctx, first, "HTTP status 500", noon); err != nil {
			return err
		}
		return tx.DisableWebhook(ctx, first, "gone", noon)
	})
	o.Webhooks = o.Webhooks[:1]
	o.Webhooks[0].Signature = onboarding.WebhookEd25519
	putOrganization(t, s, o)
	e := must(s.WebhookEndpoint(ctx, first))(t)
	if e.Disabled == nil || e.Failures != 1 || e.Signature != onboarding.WebhookEd25519 {
		t.Errorf("an apply with the same URL: %+v", e)
	}
	equal(t, "endpoints left", len(must(s.WebhookEndpoints(ctx, o.ID))(t)), 1)
	o.Webhooks[0].URL = "https://other.example.com/"
	putOrganization(t, s, o)
	if e = must(s.WebhookEndpoint(ctx, first))(t); e.Disabled != nil || e.DisabledReason != "" ||
		e.URL != "https://other.example.com/" {
		t.Errorf("another URL: %+v", e)
	}
	other := newOrganization()
	other.Webhooks = []onboarding.Webhook{{ID: first, URL: "https://thief.example.com/"}}
	err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, other) })
	equal(t, "another organization", onboarding.KindOf(err), onboarding.Conflict)
	equal(t, "kept", must(s.WebhookEndpoint(ctx, first))(t).URL, "https://other.example.com/")
}

// testWebhooksQueued checks that each event is queued once for each webhook that has its type.
func testWebhooksQueued(t *testing.T, s onboarding.Store) {
	o := hooked(t, s, nil, []onboarding.WebhookType{onboarding.WebhookConsentChanged},
		[]onboarding.WebhookType{onboarding.WebhookCustomerCreated, onboarding.WebhookCustomerDeleted})
	hooked(t, s, nil)
	created := event(o, "c1", onboarding.WebhookCustomerCreated)
	created.Data = onboarding.WebhookData{Channel: "portal", Policies: map[string]bool{"privacy": true}}
	queueEvents(t, s, created, event(o, "c1", onboarding.WebhookProfileInstalled),
		event(o, "", onboarding.WebhookConnectionRefused))
	got := map[string][]onboarding.WebhookType{}
	for _, d := range deliveriesOf(t, s, o) {
		got[d.WebhookID] = append(got[d.WebhookID], d.Type)
	}
	equal(t, "queued", got, map[string][]onboarding.WebhookType{
		o.Webhooks[0].ID: {onboarding.WebhookCustomerCreated, onboarding.WebhookProfileInstalled,
			onboarding.WebhookConnectionRefused},
		o.Webhooks[2].ID: {onboarding.WebhookCustomerCreated},
	})
	all := deliveriesOf(t, s, o)
	first := all[0]
	equal(t, "body", string(first.Body), `{"type":"customer.created","timestamp":"2026-03-29T10:00:00.123Z","data":{`+
		`"organizationId":"`+o.ID+`","customerId":"c1","channel":"portal","policies":{"privacy":true}}}`)
	first.Number, first.ID, first.Body, first.WebhookID = 0, "", nil, ""
	equal(t, "delivery", first, &onboarding.WebhookDelivery{
		OrganizationID: o.ID, CustomerID: "c1", Type: onboarding.WebhookCustomerCreated, Created: noon.UTC(),
		Due: noon.UTC(), State: onboarding.WebhookWaiting,
	})
	if !json.Valid(all[1].Body) {
		t.Errorf("body: %s", all[1].Body)
	}
	id := ""
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		e, err := tx.WebhookEndpoint(ctx, o.Webhooks[1].ID)
		if err == nil {
			id, err = tx.QueueWebhookTest(ctx, e, noon)
		}
		return err
	})
	d := must(s.WebhookDelivery(t.Context(), o.Webhooks[1].ID, id))(t)
	equal(t, "test", d.Type, onboarding.WebhookTest)
	_, err := s.WebhookDelivery(t.Context(), o.Webhooks[0].ID, id)
	equal(t, "test of another webhook", onboarding.KindOf(err), onboarding.NotFound)
}

// due returns the deliveries of a webhook that are due.
func due(t *testing.T, s onboarding.Store, webhookID string, at time.Time) []*onboarding.WebhookDelivery {
	t.Helper()
	all, next := dueAfter(t, s, webhookID, at, onboarding.WebhookPosition{}, 10)
	equal(t, "examined", next, onboarding.WebhookPosition{})
	return all
}

// dueAfter returns up to limit of them after a position, and the next position.
func dueAfter(
	t *testing.T, s onboarding.Store, webhookID string, at time.Time, after onboarding.WebhookPosition, limit int,
) ([]*onboarding.WebhookDelivery, onboarding.WebhookPosition) {
	t.Helper()
	all, next, err := s.DueWebhookDeliveries(t.Context(), webhookID, at, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return all, next
}

// finish ends a delivery.
func finish(t *testing.T, s onboarding.Store, d *onboarding.WebhookDelivery, state onboarding.WebhookState) bool {
	t.Helper()
	return changed(t, s, func(tx onboarding.Tx) (bool, error) {
		return tx.FinishWebhookDelivery(t.Context(), d, onboarding.WebhookFinish{
			State: state, Reason: "HTTP status 500", At: noon, Until: noon.Add(time.Hour),
		})
	})
}

// testWebhookOrder checks that a delivery waits for earlier ones of its customer at the same
// webhook, and for no others.
func testWebhookOrder(t *testing.T, s onboarding.Store) {
	o := hooked(t, s, nil, nil)
	a, b := o.Webhooks[0].ID, o.Webhooks[1].ID
	queueEvents(t, s, event(o, "c1", onboarding.WebhookCustomerCreated),
		event(o, "c1", onboarding.WebhookConsentChanged), event(o, "c2", onboarding.WebhookCustomerCreated),
		event(o, "", onboarding.WebhookConnectionRefused), event(o, "", onboarding.WebhookConnectionRefused))
	heads := []onboarding.WebhookType{onboarding.WebhookCustomerCreated, onboarding.WebhookCustomerCreated,
		onboarding.WebhookConnectionRefused, onboarding.WebhookConnectionRefused}
	equal(t, "first", typesOf(due(t, s, a, noon)), heads)
	equal(t, "before", len(due(t, s, a, noon.Add(-time.Second))), 0)
	limited, next := dueAfter(t, s, a, noon, onboarding.WebhookPosition{}, 1)
	equal(t, "limit", []any{len(limited), next}, []any{1, onboarding.WebhookPosition{}})
	head := due(t, s, a, noon)[0]
	if !changed(t, s, func(tx onboarding.Tx) (bool, error) {
		return tx.LeaseWebhookDelivery(t.Context(), head, noon.Add(time.Minute))
	}) {
		t.Fatal("not leased")
	}
	equal(t, "while it is leased", typesOf(due(t, s, a, noon)), heads[1:])
	equal(t, "at the other webhook", len(due(t, s, b, noon)), 4)
	if !finish(t, s, head, onboarding.WebhookDead) {
		t.Fatal("not finished")
	}
	equal(t, "after it was given up", typesOf(due(t, s, a, noon)), []onboarding.WebhookType{
		onboarding.WebhookConsentChanged, onboarding.WebhookCustomerCreated, onboarding.WebhookConnectionRefused,
		onboarding.WebhookConnectionRefused,
	})
	equal(t, "webhooks", len(must(s.DueWebhooks(t.Context(), noon))(t)), 2)
	equal(t, "webhooks before", len(must(s.DueWebhooks(t.Context(), noon.Add(-time.Second)))(t)), 0)
}

// testWebhookCrowd checks that a customer with thousands of waiting deliveries, whose first one is
// leased, delays the search for those of others by a bounded part at a time.
func testWebhookCrowd(t *testing.T, s onboarding.Store) {
	const crowd = 2500
	o := hooked(t, s, nil)
	w := o.Webhooks[0].ID
	var events []onboarding.WebhookEvent
	for range crowd {
		events = append(events, event(o, "busy", onboarding.WebhookConsentChanged))
	}
	queueEvents(t, s, append(events, event(o, "c2", onboarding.WebhookCustomerCreated))...)
	all, next := dueAfter(t, s, w, noon, onboarding.WebhookPosition{}, 2)
	equal(t, "first", typesOf(all), []onboarding.WebhookType{onboarding.WebhookConsentChanged})
	equal(t, "examined", next, onboarding.WebhookPosition{Due: noon.UTC(), Number: all[0].Number + 999})
	if !changed(t, s, func(tx onboarding.Tx) (bool, error) {
		return tx.LeaseWebhookDelivery(t.Context(), all[0], noon.Add(time.Minute))
	}) {
		t.Fatal("not leased")
	}
	found, parts := []onboarding.WebhookType{}, 0
	for next = (onboarding.WebhookPosition{}); parts == 0 || next != (onboarding.WebhookPosition{}); parts++ {
		all, next = dueAfter(t, s, w, noon, next, 2)
		found = append(found, typesOf(all)...)
	}
	equal(t, "all", found, []onboarding.WebhookType{onboarding.WebhookCustomerCreated})
	equal(t, "parts", parts, 3)
}

// testWebhookLife checks the life of a delivery: leased, postponed, dead, replayed, delivered.
func testWebhookLife(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := hooked(t, s, nil)
	w := o.Webhooks[0].ID
	queueEvents(t, s, event(o, "c1", onboarding.WebhookCustomerCreated))
	d := due(t, s, w, noon)[0]
	lease := func(d *onboarding.WebhookDelivery) bool {
		return changed(t, s, func(tx onboarding.Tx) (bool, error) {
			return tx.LeaseWebhookDelivery(ctx, d, noon.Add(time.Minute))
		})
	}
	if !lease(d) || lease(d) {
		t.Error("a delivery is leased once")
	}
	postpone := func(attempt int) bool {
		return changed(t, s, func(tx onboarding.Tx) (bool, error) {
			return tx.PostponeWebhookDelivery(ctx, d, attempt, noon.Add(2*time.Minute), "HTTP status 503")
		})
	}
	if postpone(2) || !postpone(1) {
		t.Error("an attempt postpones the delivery while no other has begun")
	}
	again := must(s.WebhookDelivery(ctx, w, d.ID))(t)
	equal(t, "postponed", []any{again.Attempts, again.Reason, again.Due},
		[]any{1, "HTTP status 503", noon.Add(2 * time.Minute).UTC()})
	other := *d
	other.ID = "another of the same number"
	if finish(t, s, &other, onboarding.WebhookDelivered) {
		t.Error("another event was finished")
	}
	if !finish(t, s, again, onboarding.WebhookDead) || finish(t, s, again, onboarding.WebhookDead) {
		t.Error("a delivery is finished once")
	}
	equal(t, "backlog", must(s.WebhookBacklogs(ctx, o.ID))(t), []onboarding.WebhookBacklog{{WebhookID: w, Dead: 1}})
	replay := func(webhookID, id string, limit int) (n int) {
		write(t, s, func(_ context.Context, tx onboarding.Tx) (err error) {
			n, err = tx.ReplayWebhookDeliveries(ctx, webhookID, id, noon.Add(time.Hour), limit)
			return err
		})
		return n
	}
	equal(t, "replays", []int{replay("other", d.ID, 9), replay(w, "other", 9), replay(w, d.ID, 9), replay(w, "", 9)},
		[]int{0, 0, 1, 0})
	replayed := must(s.WebhookDelivery(ctx, w, d.ID))(t)
	equal(t, "replayed", []any{replayed.Attempts, replayed.State, replayed.Finished == nil, string(replayed.Body)},
		[]any{0, onboarding.WebhookWaiting, true, string(d.Body)})
	equal(t, "backlog", must(s.WebhookBacklogs(ctx, o.ID))(t), []onboarding.WebhookBacklog{
		{WebhookID: w, Waiting: 1, Oldest: noon.Add(time.Hour).UTC()},
	})
	if !finish(t, s, replayed, onboarding.WebhookDelivered) {
		t.Error("not delivered")
	}
	done := must(s.WebhookDelivery(ctx, w, d.ID))(t)
	equal(t, "delivered", []any{done.State, done.Body == nil, *done.Finished},
		[]any{onboarding.WebhookDelivered, true, noon.UTC()})
	equal(t, "dead ones", len(must(s.WebhookDeliveries(ctx, onboarding.WebhookQuery{WebhookID: w,
		State: onboarding.WebhookDead, Limit: 9}))(t)), 0)
	equal(t, "before the first", len(must(s.WebhookDeliveries(ctx, onboarding.WebhookQuery{
		WebhookID: w, Before: done.Number, Limit: 9}))(t)), 0)
}

// testWebhookRace queues events of one customer in concurrent transactions, which read a common
// counter, and checks that their numbers ascend with the counter. Meanwhile senders lease them.
func testWebhookRace(t *testing.T, s onboarding.Store) {
	const writers, each = 6, 10
	o := hooked(t, s, nil)
	w := o.Webhooks[0].ID
	var leases, left atomic.Int64
	left.Store(writers)
	errs := make([]error, writers+2)
	race(writers+2, func(i int) {
		if i < writers {
			defer left.Add(-1)
			for range each {
				errs[i] = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
					return tx.QueueWebhooks(ctx, noon, event(o, "c", onboarding.WebhookConsentChanged))
				})
			}
			return
		}
		seen := int64(0)
		for {
			last := left.Load() == 0
			all, _, err := s.DueWebhookDeliveries(t.Context(), w, noon, onboarding.WebhookPosition{}, 9)
			if err != nil || len(all) > 1 {
				errs[i] = fmt.Errorf("%d are due at once, %w", len(all), err)
				return
			}
			if len(all) == 0 {
				if last {
					return
				}
				continue
			}
			d, leased := all[0], false
			errs[i] = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
				if leased, err = tx.LeaseWebhookDelivery(ctx, d, noon.Add(time.Minute)); err != nil || !leased {
					return err
				}
				_, err = tx.FinishWebhookDelivery(ctx, d, onboarding.WebhookFinish{
					State: onboarding.WebhookDelivered, At: noon, Until: noon,
				})
				return err
			})
			if leased {
				leases.Add(1)
				if d.Number <= seen {
					errs[i] = fmt.Errorf("number %d after %d", d.Number, seen)
					return
				}
				seen = d.Number
			}
		}
	})
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "leases", leases.Load(), int64(writers*each))
}

// testWebhooksDisabled checks that a disabled webhook gets nothing, and keeps its waiting events as
// dead ones.
func testWebhooksDisabled(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := hooked(t, s, nil)
	w := o.Webhooks[0].ID
	events := []onboarding.WebhookEvent{event(o, "c1", onboarding.WebhookCustomerCreated)}
	for i := range 1200 {
		events = append(events, event(o, fmt.Sprint("d", i), onboarding.WebhookConsentChanged))
	}
	queueEvents(t, s, events...)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.DisableWebhook(ctx, w, "answered 410", noon); err != nil {
			return err
		}
		for _, want := range []int{1000, 201, 0} {
			n, _, err := tx.TrimWebhook(ctx, w, onboarding.WebhookLimits{
				Waiting: 9999, Dead: 9999, Now: noon, Until: noon.Add(time.Hour),
			})
			if err != nil {
				return err
			}
			equal(t, "given up", n, want)
		}
		return nil
	})
	queueEvents(t, s, event(o, "c1", onboarding.WebhookConsentChanged))
	all := deliveriesOf(t, s, o)
	equal(t, "backlog", must(s.WebhookBacklogs(ctx, o.ID))(t), []onboarding.WebhookBacklog{{WebhookID: w, Dead: 1201}})
	equal(t, "backlogs of others", len(must(s.WebhookBacklogs(ctx, "others"))(t)), 0)
	equal(t, "state", []any{all[0].State, all[0].Reason, *all[0].Finished},
		[]any{onboarding.WebhookDead, "answered 410", noon.UTC()})
	e := must(s.WebhookEndpoint(ctx, w))(t)
	equal(t, "disabled", []any{*e.Disabled, e.DisabledReason}, []any{noon.UTC(), "answered 410"})
	equal(t, "due", len(must(s.DueWebhooks(ctx, noon))(t)), 0)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.EnableWebhook(ctx, w) })
	queueEvents(t, s, event(o, "c1", onboarding.WebhookConsentChanged))
	equal(t, "due", len(must(s.DueWebhooks(ctx, noon))(t)), 1)
	err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.EnableWebhook(ctx, "other") })
	equal(t, "unknown", onboarding.KindOf(err), onboarding.NotFound)
	mark := func(reason string, at time.Time) *onboarding.WebhookEndpoint {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.MarkWebhook(ctx, w, reason, at) })
		return must(s.WebhookEndpoint(ctx, w))(t)
	}
	mark("first", noon)
	e = mark("second", noon.Add(time.Minute))
	equal(t, "failing", []any{e.Failures, *e.FailingSince, e.LastFailure}, []any{2, noon.UTC(), "second"})
	e = mark("", noon.Add(time.Hour))
	equal(t, "works", []any{e.Failures, e.FailingSince == nil, *e.LastSuccess},
		[]any{0, true, noon.Add(time.Hour).UTC()})
}

// testWebhooksTrimmed checks the bounds of a webhook's deliveries, and the end of those of webhooks
// that are no longer declared.
func testWebhooksTrimmed(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := hooked(t, s, nil, nil)
	w := o.Webhooks[0].ID
	for i := range 5 {
		queueEvents(t, s, event(o, fmt.Sprint("c", i), onboarding.WebhookCustomerCreated))
	}
	trim := func(waiting, dead int, created time.Time) (n [2]int) {
		write(t, s, func(_ context.Context, tx onboarding.Tx) (err error) {
			n[0], n[1], err = tx.TrimWebhook(ctx, w, onboarding.WebhookLimits{
				Waiting: waiting, Dead: dead, Created: created, Now: noon, Until: noon.Add(time.Hour),
			})
			return err
		})
		return n
	}
	equal(t, "within the bounds", trim(5, 5, noon), [2]int{0, 0})
	equal(t, "beyond", trim(3, 5, noon), [2]int{2, 0})
	waiting := []string{}
	for _, d := range due(t, s, w, noon) {
		waiting = append(waiting, d.CustomerID)
	}
	equal(t, "the newest wait", waiting, []string{"c2", "c3", "c4"})
	equal(t, "beyond both", trim(2, 1, noon), [2]int{1, 2})
	equal(t, "dropped", must(s.WebhookEndpoint(ctx, w))(t).Dropped, int64(2))
	equal(t, "aged", trim(9, 9, noon.Add(time.Microsecond)), [2]int{2, 0})
	equal(t, "of the other", len(due(t, s, o.Webhooks[1].ID, noon)), 5)
	o.Webhooks = o.Webhooks[1:]
	putOrganization(t, s, o)
	forget := func(limit int) (n int) {
		write(t, s, func(_ context.Context, tx onboarding.Tx) (err error) {
			n, err = tx.DeleteUndeclaredWebhooks(ctx, noon, limit)
			return err
		})
		return n
	}
	equal(t, "undeclared", []int{forget(2), forget(2), forget(2)}, []int{2, 1, 0})
	equal(t, "of the other", len(deliveriesOf(t, s, o)), 5)
}

// testWebhooksOfDeleted checks that a deletion erases the customer's deliveries, and that the event
// of the deletion stays and is not sent while an attempt may be in progress.
func testWebhooksOfDeleted(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := hooked(t, s, nil, nil)
	w := o.Webhooks[0].ID
	c, other := newCustomer(o.ID), newCustomer(o.ID)
	insertCustomer(t, s, c)
	insertCustomer(t, s, other)
	queueEvents(t, s, event(o, c.ID, onboarding.WebhookCustomerCreated),
		event(o, other.ID, onboarding.WebhookCustomerCreated))
	head := due(t, s, w, noon)[0]
	if !changed(t, s, func(tx onboarding.Tx) (bool, error) {
		return tx.LeaseWebhookDelivery(ctx, head, noon.Add(time.Minute))
	}) {
		t.Fatal("not leased")
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		_, err := onboarding.BeginDeletion(ctx, tx, onboarding.CustomerKey{ID: c.ID, OrganizationID: o.ID}, noon)
		return err
	})
	left := map[onboarding.WebhookType][]string{}
	for _, d := range deliveriesOf(t, s, o) {
		left[d.Type] = append(left[d.Type], d.CustomerID)
		if d.Type == onboarding.WebhookCustomerDeleted {
			equal(t, "due", d.Due, noon.Add(onboarding.WebhookLease).UTC())
		}
	}
	equal(t, "left", left, map[onboarding.WebhookType][]string{
		onboarding.WebhookCustomerCreated: {other.ID, other.ID}, onboarding.WebhookCustomerDeleted: {"", ""},
	})
	if finish(t, s, head, onboarding.WebhookDelivered) {
		t.Error("an erased delivery was finished")
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		_, err := onboarding.BeginDeletion(ctx, tx, onboarding.CustomerKey{ID: other.ID, OrganizationID: o.ID}, noon)
		return err
	})
	for _, d := range deliveriesOf(t, s, o)[2:] {
		equal(t, "due without an attempt", d.Due, noon.UTC())
		if !finish(t, s, d, onboarding.WebhookDelivered) {
			t.Fatal("not delivered")
		}
	}
	for _, d := range deliveriesOf(t, s, o)[2:] {
		equal(t, "the body of a delivered deletion", string(d.Body), "")
	}
}

// testWebhooksOfMinimised checks that the end of a consent erases the waiting events that it
// allowed.
func testWebhooksOfMinimised(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := hooked(t, s, nil)
	c := newCustomer(o.ID)
	insertCustomer(t, s, c)
	for _, of := range onboarding.WebhookTypes() {
		if of != onboarding.WebhookCustomerDeleted {
			queueEvents(t, s, event(o, c.ID, of))
		}
	}
	write(t, s, func(_ context.Context, tx onboarding.Tx) error { return tx.ForgetBehaviour(ctx, c.ID) })
	for _, d := range deliveriesOf(t, s, o) {
		if d.Type == onboarding.WebhookConnectionStarted || d.Type == onboarding.WebhookConnectionStopped {
			t.Errorf("%s is left without profiling", d.Type)
		}
	}
	write(t, s, func(_ context.Context, tx onboarding.Tx) error { return tx.MinimiseCustomer(ctx, c.ID) })
	equal(t, "left", typesOf(deliveriesOf(t, s, o)), []onboarding.WebhookType{
		onboarding.WebhookCustomerCreated, onboarding.WebhookConsentChanged, onboarding.WebhookConnectionRefused,
		onboarding.WebhookCredentialRotated, onboarding.WebhookCredentialLocked, onboarding.WebhookCredentialUnlocked,
		onboarding.WebhookCredentialEnded,
	})
}

// testWebhookSecrets checks the life of secrets: shown once, ended, deleted.
func testWebhookSecrets(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := hooked(t, s, nil)
	w := o.Webhooks[0].ID
	secret := func(id string, at time.Time) *onboarding.WebhookSecret {
		return &onboarding.WebhookSecret{WebhookID: w, ID: id, Signature: onboarding.WebhookEd25519,
			Value: onboarding.Sealed{KeyID: "k", Box: []byte("box " + id)}, Created: at.UTC()}
	}
	old, fresh := secret("a", noon), secret("b", noon.Add(time.Hour))
	write(t, s, func(_ context.Context, tx onboarding.Tx) error { return tx.InsertWebhookSecret(ctx, old) })
	equal(t, "secrets", must(s.WebhookSecrets(ctx, w, noon))(t), []*onboarding.WebhookSecret{old})
	show := func() bool {
		return changed(t, s, func(tx onboarding.Tx) (bool, error) { return tx.ShowWebhookSecret(ctx, w, "a", noon) })
	}
	if !show() || show() {
		t.Error("a secret is shown once")
	}
	ends := noon.Add(2 * time.Hour).UTC()
	write(t, s, func(_ context.Context, tx onboarding.Tx) error {
		if err := tx.EndWebhookSecrets(ctx, w, ends); err != nil {
			return err
		}
		return tx.InsertWebhookSecret(ctx, fresh)
	})
	old.Shown, old.Ends = ptr(noon.UTC()), &ends
	equal(t, "both", must(s.WebhookSecrets(ctx, w, noon))(t), []*onboarding.WebhookSecret{fresh, old})
	equal(t, "one", must(s.WebhookSecrets(ctx, w, ends))(t), []*onboarding.WebhookSecret{fresh})
	write(t, s, func(_ context.Context, tx onboarding.Tx) error {
		_, err := tx.DeleteUndeclaredWebhooks(ctx, ends, 10)
		return err
	})
	equal(t, "after the end", must(s.WebhookSecrets(ctx, w, noon))(t), []*onboarding.WebhookSecret{fresh})
	o.Webhooks = nil
	putOrganization(t, s, o)
	write(t, s, func(_ context.Context, tx onboarding.Tx) error {
		_, err := tx.DeleteUndeclaredWebhooks(ctx, noon, 10)
		return err
	})
	equal(t, "undeclared", len(must(s.WebhookSecrets(ctx, w, noon))(t)), 0)
}

// testWebhookOfFirstDownload checks that repeated downloads of a profile queue one event.
func testWebhookOfFirstDownload(t *testing.T, s onboarding.Store) {
	o := hooked(t, s, nil)
	c := newCustomer(o.ID)
	insertCustomer(t, s, c)
	download := func(platform string) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			d := &onboarding.Download{CustomerID: c.ID, OrganizationID: o.ID, Platform: platform, Credential: noon,
				Source: onboarding.SourceVisitor, SettingsID: "s", Expires: noon, First: noon, Last: noon, Count: 1}
			e := event(o, c.ID, onboarding.WebhookProfileDownloaded)
			e.Download, e.Data.Platform = d, platform
			if err := tx.PutProfileSettings(ctx, &onboarding.ProfileSettings{ID: "s", OrganizationID: o.ID,
				First: noon}); err != nil {
				return err
			}
			if err := tx.QueueWebhooks(ctx, noon, e); err != nil {
				return err
			}
			return tx.CountDownload(ctx, d)
		})
	}
	for _, platform := range []string{"ios", "android", "ios", "ios"} {
		download(platform)
	}
	equal(t, "queued", len(deliveriesOf(t, s, o)), 2)
}

// testEndedCredentials checks the pages of credentials that have ended.
func testEndedCredentials(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o, silent := hooked(t, s, nil), newOrganization()
	silent.Webhooks = nil
	putOrganization(t, s, silent)
	var ids []string
	for i := range 4 {
		of := o
		if i == 1 {
			of = silent
		}
		c := newCustomer(of.ID)
		insertCustomer(t, s, c)
		k := newCredential(c)
		k.Expires = noon.Add(time.Duration(i) * time.Minute)
		write(t, s, func(_ context.Context, tx onboarding.Tx) error { return tx.InsertCredential(ctx, k) })
		ids = append(ids, c.ID)
	}
	page := func(after onboarding.CredentialPosition, until time.Time, limit int) (ended []string) {
		for _, c := range must(s.EndedCredentials(ctx, after, until, limit))(t) {
			ended = append(ended, c.CustomerID)
		}
		return ended
	}
	before := onboarding.CredentialPosition{Expires: noon.Add(-time.Hour)}
	equal(t, "first", page(before, noon.Add(2*time.Minute), 10), []string{ids[0], ids[2]})
	equal(t, "limit", page(before, noon.Add(time.Hour), 1), ids[:1])
	equal(t, "next", page(onboarding.CredentialPosition{Expires: noon, CustomerID: ids[0]}, noon.Add(time.Hour), 10),
		ids[2:])
}

// testRefusalsOfHour checks the sums by location and reason.
func testRefusalsOfHour(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o, silent := hooked(t, s, nil, nil), newOrganization()
	silent.Webhooks = nil
	putOrganization(t, s, silent)
	hotspot := o.Locations[0].Hotspots[0].ID
	for i, f := range []onboarding.LoginFailure{
		{OrganizationID: o.ID, HotspotID: hotspot, AccessPoint: "a", Reason: onboarding.ReasonExpired},
		{OrganizationID: o.ID, HotspotID: hotspot, AccessPoint: "b", Reason: onboarding.ReasonExpired},
		{OrganizationID: o.ID, AccessPoint: "b", Reason: onboarding.ReasonExpired},
		{OrganizationID: silent.ID, AccessPoint: "b", Reason: onboarding.ReasonExpired},
	} {
		write(t, s, func(_ context.Context, tx onboarding.Tx) error {
			return tx.CountFailure(ctx, f, noon.Add(time.Duration(i)*time.Minute))
		})
	}
	write(t, s, func(_ context.Context, tx onboarding.Tx) error {
		return tx.CountFailure(ctx, onboarding.LoginFailure{OrganizationID: o.ID, Reason: onboarding.ReasonLocked},
			noon.Add(time.Hour))
	})
	equal(t, "refusals", must(s.RefusalsOfHour(ctx, noon.Truncate(time.Hour)))(t), []onboarding.HourRefusals{
		{OrganizationID: o.ID, Reason: onboarding.ReasonExpired, Count: 1, Last: noon.Add(2 * time.Minute).UTC()},
		{OrganizationID: o.ID, LocationID: o.Locations[0].ID, Reason: onboarding.ReasonExpired, Count: 2,
			Last: noon.Add(time.Minute).UTC()},
	})
}

func insertCustomer(t *testing.T, s onboarding.Store, c *onboarding.Customer) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) })
}
