package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
)

var disconnectParts = []part{
	{"Disconnects", testDisconnects},
	{"DisconnectRace", testDisconnectRace},
}

func newDisconnect(session *onboarding.Connection, reason string) *onboarding.Disconnect {
	return &onboarding.Disconnect{
		ID:             onboarding.NewID(),
		OrganizationID: "o1",
		CustomerID:     session.CustomerID,
		UniqueID:       session.UniqueID,
		HotspotID:      "h1",
		Reason:         reason,
		SessionID:      "s1",
		CallingStation: "02-00-00-00-00-01",
		NASIdentifier:  "1",
		Created:        noon.UTC(),
		Due:            noon.UTC(),
	}
}

// testDisconnects checks the life of a disconnect: due, claimed, postponed, finished.
func testDisconnects(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	session := newConnection("c1")
	d := newDisconnect(session, "locked")
	insert := func(d *onboarding.Disconnect) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertDisconnect(ctx, d) })
	}
	insert(d)
	insert(newDisconnect(session, "rotated")) // one waits already
	equal(t, "due", must(s.DueDisconnects(ctx, noon, 10))(t), []*onboarding.Disconnect{d})
	equal(t, "waiting", must(s.CountWaitingDisconnects(ctx, 10))(t), 1)
	equal(t, "due before", len(must(s.DueDisconnects(ctx, noon.Add(-time.Microsecond), 10))(t)), 0)

	claim := func(d *onboarding.Disconnect, until time.Time) (ok bool) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			ok, err = tx.LeaseDisconnect(ctx, d, until)
			return err
		})
		return ok
	}
	if !claim(d, noon.Add(time.Minute)) || claim(d, noon.Add(2*time.Minute)) {
		t.Error("an order is not claimed once")
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.PostponeDisconnect(ctx, d.ID, onboarding.DisconnectUnanswered, noon.Add(time.Hour))
	})
	d.Due, d.Attempts, d.Outcome = noon.Add(time.Hour).UTC(), 1, onboarding.DisconnectUnanswered
	equal(t, "postponed", must(s.Disconnects(ctx, "o1", 10))(t), []*onboarding.Disconnect{d})

	finish := func() error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.FinishDisconnect(ctx, d.ID, onboarding.DisconnectRefused, 503, noon.Add(2*time.Hour))
		})
	}
	if err := finish(); err != nil {
		t.Fatal(err)
	}
	notFound(t, "finished twice", finish())
	d.Outcome, d.ErrorCause, d.Finished = onboarding.DisconnectRefused, 503, ptr(noon.Add(2*time.Hour).UTC())
	d.SessionID, d.CallingStation, d.NASIdentifier = "", "", ""
	equal(t, "finished", must(s.DisconnectsOf(ctx, d.CustomerID))(t), []*onboarding.Disconnect{d})
	equal(t, "waiting after the end", must(s.CountWaitingDisconnects(ctx, 10))(t), 0)
	equal(t, "due after the end", len(must(s.DueDisconnects(ctx, noon.Add(100*time.Hour), 10))(t)), 0)

	next := newDisconnect(session, "rotated")
	next.Created = noon.Add(3 * time.Hour).UTC()
	insert(next)
	elsewhere := newDisconnect(newConnection("c3"), "locked")
	elsewhere.OrganizationID = "o3"
	insert(elsewhere)
	equal(t, "waiting, two", must(s.CountWaitingDisconnects(ctx, 10))(t), 2)
	equal(t, "waiting, up to one", must(s.CountWaitingDisconnects(ctx, 1))(t), 1)
	equal(t, "history", must(s.Disconnects(ctx, "o1", 10))(t), []*onboarding.Disconnect{next, d})
	equal(t, "another's history", len(must(s.Disconnects(ctx, "o2", 10))(t)), 0)
	equal(t, "the customer's history", must(s.DisconnectsOf(ctx, d.CustomerID))(t), []*onboarding.Disconnect{d, next})
	equal(t, "the customer's last orders", must(s.LastDisconnects(ctx, d.CustomerID, 10))(t),
		[]*onboarding.Disconnect{next, d})
	equal(t, "the customer's last order", must(s.LastDisconnects(ctx, d.CustomerID, 1))(t),
		[]*onboarding.Disconnect{next})
	equal(t, "another customer's history", len(must(s.DisconnectsOf(ctx, "c2"))(t)), 0)
}

// testDisconnectRace checks that concurrent claims of a disconnect succeed once.
func testDisconnectRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	d := newDisconnect(newConnection("c1"), "locked")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertDisconnect(ctx, d) })
	var wg sync.WaitGroup
	claims := make(chan bool, 8)
	for range 8 {
		wg.Go(func() {
			claimed := false
			err := s.Write(ctx, func(tx onboarding.Tx) (err error) {
				claimed, err = tx.LeaseDisconnect(ctx, d, noon.Add(time.Minute))
				return err
			})
			if err != nil {
				t.Errorf("Write: %v", err)
			}
			claims <- claimed
		})
	}
	wg.Wait()
	close(claims)
	n := 0
	for claimed := range claims {
		if claimed {
			n++
		}
	}
	equal(t, "claims", n, 1)
}
