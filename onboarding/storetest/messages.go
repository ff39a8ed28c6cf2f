package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

var messageParts = []part{
	{"Messages", testMessages},
	{"MessageOrder", testMessageOrder},
	{"MessageCounts", testMessageCounts},
	{"MessageRace", testMessageRace},
	{"MessagesOfDeleted", testMessagesOfDeleted},
	{"MessagesAfterRestore", testMessagesAfterRestore},
}

func newMessage(organizationID, customerID string) *onboarding.Message {
	return &onboarding.Message{
		ID: onboarding.NewID(), OrganizationID: organizationID, CustomerID: customerID,
		Channel: onboarding.MessageEmail, Kind: onboarding.MessageVerification, Language: "it", Recipient: "hash",
		Content: onboarding.Sealed{KeyID: "k1", Box: []byte("\x00content\xff")},
		Created: noon.UTC(), Due: noon.UTC(), NotAfter: noon.Add(10 * time.Minute).UTC(),
	}
}

// finishedMessage stores a message that was delivered at an instant.
func finishedMessage(ctx context.Context, tx onboarding.Tx, at time.Time) error {
	m := newMessage("o", "")
	if _, err := tx.InsertMessage(ctx, m); err != nil {
		return err
	}
	_, err := tx.FinishMessage(ctx, m.ID, onboarding.MessageDelivered, at)
	return err
}

// queue stores messages.
func queue(t *testing.T, s onboarding.Store, messages ...*onboarding.Message) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, m := range messages {
			if fresh, err := tx.InsertMessage(ctx, m); err != nil || !fresh {
				return fmt.Errorf("inserted: %t, %w", fresh, err)
			}
		}
		return nil
	})
}

// changed runs a change of a message in a transaction, and returns whether it applied.
func changed(t *testing.T, s onboarding.Store, change func(tx onboarding.Tx) (bool, error)) (applied bool) {
	t.Helper()
	write(t, s, func(_ context.Context, tx onboarding.Tx) (err error) {
		applied, err = change(tx)
		return err
	})
	return applied
}

// testMessages checks the life of a message: due, leased, postponed, finished.
func testMessages(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	m := newMessage("o1", "c1")
	queue(t, s, m)
	again := *m
	again.Language = "de"
	if changed(t, s, func(tx onboarding.Tx) (bool, error) { return tx.InsertMessage(ctx, &again) }) {
		t.Error("a message was queued twice")
	}
	due := func(at time.Time) []*onboarding.Message {
		t.Helper()
		return must(s.DueMessages(ctx, onboarding.MessageEmail, at, 10))(t)
	}
	equal(t, "due", due(noon), []*onboarding.Message{m})
	equal(t, "due before", len(due(noon.Add(-time.Microsecond))), 0)
	equal(t, "of another channel", len(must(s.DueMessages(ctx, onboarding.MessageSMS, noon, 10))(t)), 0)
	_, err := s.Message(ctx, "unknown")
	notFound(t, "unknown message", err)

	lease := func(m *onboarding.Message, until time.Time) bool {
		t.Helper()
		return changed(t, s, func(tx onboarding.Tx) (bool, error) { return tx.LeaseMessage(ctx, m, until) })
	}
	if !lease(m, noon.Add(time.Minute)) || lease(m, noon.Add(time.Minute)) {
		t.Error("a message is not leased once")
	}
	equal(t, "due while leased", len(due(noon)), 0)
	leased := *must(s.Message(ctx, m.ID))(t)
	equal(t, "attempts", leased.Attempts, 1)
	if !lease(&leased, noon.Add(2*time.Minute)) {
		t.Error("an ended lease is not taken over")
	}
	postpone := func(attempt int) bool {
		t.Helper()
		return changed(t, s, func(tx onboarding.Tx) (bool, error) {
			return tx.PostponeMessage(ctx, m.ID, attempt, noon.Add(time.Hour))
		})
	}
	if postpone(1) || !postpone(2) {
		t.Error("the wrong attempt postponed the message")
	}
	m.Due, m.Attempts = noon.Add(time.Hour).UTC(), 2
	equal(t, "postponed", must(s.Message(ctx, m.ID))(t), m)

	finish := func(outcome onboarding.MessageOutcome) bool {
		t.Helper()
		return changed(t, s, func(tx onboarding.Tx) (bool, error) {
			return tx.FinishMessage(ctx, m.ID, outcome, noon.Add(2*time.Hour))
		})
	}
	if !finish(onboarding.MessageDelivered) || finish(onboarding.MessageExpired) || postpone(2) || lease(m, noon) {
		t.Error("a message is not finished once")
	}
	m.Outcome, m.Finished = onboarding.MessageDelivered, ptr(noon.Add(2*time.Hour).UTC())
	m.Content = onboarding.Sealed{}
	equal(t, "finished", must(s.LastMessages(ctx, "o1", 10))(t), []*onboarding.Message{m})
	equal(t, "due after the end", len(due(noon.Add(100*time.Hour))), 0)
	equal(t, "another organization's", len(must(s.LastMessages(ctx, "o2", 10))(t)), 0)
}

// testMessageOrder checks that messages of bulk kinds come last, and the newest first in lists.
func testMessageOrder(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	at := func(kind onboarding.MessageKind, seconds int) *onboarding.Message {
		m := newMessage("o1", "")
		m.Kind, m.Created = kind, noon.Add(time.Duration(seconds)*time.Second).UTC()
		m.Due = m.Created
		return m
	}
	bulk, late := at(onboarding.MessageRenewal, 0), at(onboarding.MessageReturn, 2)
	first := at(onboarding.MessageVerification, 1)
	queue(t, s, bulk, late, first)
	equal(t, "due", must(s.DueMessages(ctx, onboarding.MessageEmail, noon.Add(time.Hour), 10))(t),
		[]*onboarding.Message{first, late, bulk})
	equal(t, "up to two", len(must(s.DueMessages(ctx, onboarding.MessageEmail, noon.Add(time.Hour), 2))(t)), 2)
	equal(t, "newest first", must(s.LastMessages(ctx, "o1", 2))(t), []*onboarding.Message{late, first})
}

// testMessageCounts checks the counts, the backlog, and the mark of a refused recipient.
func testMessageCounts(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	equal(t, "backlog of nothing", len(must(s.MessageBacklogs(ctx))(t)), 0)
	sms, old, other := newMessage("o1", ""), newMessage("o1", ""), newMessage("o2", "")
	sms.Channel, sms.Recipient = onboarding.MessageSMS, "phone"
	old.Created = noon.Add(-time.Hour).UTC()
	queue(t, s, sms, old, other, newMessage("o1", ""))
	to := func(recipient string, since time.Time, most int) int {
		t.Helper()
		return must(s.CountMessagesTo(ctx, recipient, since, most))(t)
	}
	equal(t, "to", to("hash", noon.Add(-2*time.Hour), 10), 3)
	equal(t, "to, later", to("hash", noon.Add(-time.Hour), 10), 2)
	equal(t, "to, up to one", to("hash", noon.Add(-2*time.Hour), 1), 1)
	equal(t, "to another", to("phone", noon.Add(-2*time.Hour), 10), 1)
	of := func(channel onboarding.MessageChannel, since time.Time) int {
		t.Helper()
		return must(s.CountMessages(ctx, "o1", channel, since, 10))(t)
	}
	equal(t, "e-mails", of(onboarding.MessageEmail, noon.Add(-2*time.Hour)), 2)
	equal(t, "e-mails, later", of(onboarding.MessageEmail, noon.Add(-time.Hour)), 1)
	equal(t, "SMS", of(onboarding.MessageSMS, noon.Add(-time.Hour)), 1)
	equal(t, "backlog", must(s.MessageBacklogs(ctx))(t), []onboarding.MessageBacklog{
		{Channel: onboarding.MessageEmail, Waiting: 3, Oldest: old.Created},
		{Channel: onboarding.MessageSMS, Waiting: 1, Oldest: noon},
	})
	waiting := func() int {
		t.Helper()
		return must(s.CountWaitingMessages(ctx, "o1", onboarding.MessageEmail, 10))(t)
	}
	equal(t, "waiting", waiting(), 2)

	refused := func() bool { t.Helper(); return must(s.RecipientRefused(ctx, "hash", noon))(t) }
	end := func(m *onboarding.Message, outcome onboarding.MessageOutcome, minutes int) {
		t.Helper()
		changed(t, s, func(tx onboarding.Tx) (bool, error) {
			return tx.FinishMessage(ctx, m.ID, outcome, noon.Add(time.Duration(minutes)*time.Minute))
		})
	}
	equal(t, "refused, nothing sent", refused(), false)
	end(old, onboarding.MessageRefused, 1)
	equal(t, "waiting after an end", waiting(), 1)
	equal(t, "refused", refused(), true)
	equal(t, "refused, later", must(s.RecipientRefused(ctx, "hash", noon.Add(time.Hour)))(t), false)
	end(other, onboarding.MessageDelivered, 2)
	equal(t, "refused, then delivered", refused(), false)
}

// testMessageRace checks that concurrent leases of a message succeed once, and that concurrent
// transactions which count before they queue keep a limit.
func testMessageRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	for range rounds {
		m := newMessage("o1", "")
		m.Recipient = onboarding.NewID()
		queue(t, s, m)
		var leases atomic.Int32
		race(8, func(int) {
			leased := false
			if err := s.Write(ctx, func(tx onboarding.Tx) (err error) {
				leased, err = tx.LeaseMessage(ctx, m, noon.Add(time.Minute))
				return err
			}); err != nil {
				t.Error(err)
			}
			if leased {
				leases.Add(1)
			}
		})
		equal(t, "leases", int(leases.Load()), 1)

		race(8, func(int) {
			if err := s.Write(ctx, func(tx onboarding.Tx) error {
				n, err := tx.CountMessagesTo(ctx, m.Recipient, noon.Add(-time.Hour), 10)
				if err != nil || n >= 3 {
					return err
				}
				next := newMessage("o1", "")
				next.Recipient = m.Recipient
				_, err = tx.InsertMessage(ctx, next)
				return err
			}); err != nil {
				t.Error(err)
			}
		})
		equal(t, "messages to one", must(s.CountMessagesTo(ctx, m.Recipient, noon.Add(-time.Hour), 10))(t), 3)
	}
}

// testMessagesOfDeleted checks that the deletion and the minimisation of a customer end the waiting
// messages and drop everything that identifies the person.
func testMessagesOfDeleted(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	for what, erase := range map[string]func(tx onboarding.Tx, c *onboarding.Customer) error{
		"deleted": func(tx onboarding.Tx, c *onboarding.Customer) error {
			return tx.DeleteCustomer(ctx, c.OrganizationID, c.ID, onboarding.NewID())
		},
		"deleted in portions": func(tx onboarding.Tx, c *onboarding.Customer) error {
			r := onboarding.RetiredCustomer{ID: c.ID, Alias: onboarding.NewID()}
			if err := tx.RetireCustomer(ctx, c.OrganizationID, r.ID, r.Alias); err != nil {
				return err
			}
			_, err := tx.DeletePortion(ctx, r, 10)
			return err
		},
		"minimised": func(tx onboarding.Tx, c *onboarding.Customer) error { return tx.MinimiseCustomer(ctx, c.ID) },
	} {
		c := storedCustomer(t, s)
		waiting, delivered, kept := newMessage(c.OrganizationID, c.ID), newMessage(c.OrganizationID, c.ID),
			newMessage(c.OrganizationID, onboarding.NewID())
		queue(t, s, waiting, delivered, kept)
		changed(t, s, func(tx onboarding.Tx) (bool, error) {
			return tx.FinishMessage(ctx, delivered.ID, onboarding.MessageDelivered, noon.Add(time.Second))
		})
		write(t, s, func(_ context.Context, tx onboarding.Tx) error { return erase(tx, c) })
		waiting.Outcome, waiting.Finished = onboarding.MessageErased, &waiting.Due
		delivered.Outcome, delivered.Finished = onboarding.MessageDelivered, ptr(noon.Add(time.Second).UTC())
		for _, m := range []*onboarding.Message{waiting, delivered} {
			m.CustomerID, m.Recipient, m.Content = "", "", onboarding.Sealed{}
			equal(t, what, must(s.Message(ctx, m.ID))(t), m)
		}
		equal(t, what+": another's", must(s.Message(ctx, kept.ID))(t), kept)
	}
}

// testMessagesAfterRestore checks that a restored database does not deliver messages again.
func testMessagesAfterRestore(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	m := newMessage("o1", "c1")
	queue(t, s, m)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.EndIssued(ctx, noon.Add(time.Minute)) })
	m.Outcome, m.Finished, m.Content = onboarding.MessageExpired, ptr(noon.Add(time.Minute).UTC()), onboarding.Sealed{}
	equal(t, "after a restore", must(s.Message(ctx, m.ID))(t), m)
}
