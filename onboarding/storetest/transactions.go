package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

var transactionParts = []part{
	{"OrphanWrites", testOrphanWrites},
	{"Transactions", testTransactions},
	{"FailureIsFinal", testFailureIsFinal},
	{"Neighbours", testNeighbours},
	{"Cancelled", testCancelled},
	{"ReadersDoNotWait", testReadersDoNotWait},
	{"IncrementRace", testIncrementRace},
	{"InsertRace", testInsertRace},
	{"Closed", testClosed},
}

// testOrphanWrites checks that a row of an unknown customer is ErrNotFound.
func testOrphanWrites(t *testing.T, s onboarding.Store) {
	nobody := newCustomer(onboarding.NewID())
	for what, fn := range map[string]func(ctx context.Context, tx onboarding.Tx) error{
		"credential": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertCredential(ctx, newCredential(nobody))
		},
		"guid": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.AddGuid(ctx, nobody.OrganizationID, nobody.ID, "g", noon)
		},
		"device": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutDevice(ctx, &onboarding.Device{CustomerID: nobody.ID, InstallID: "i", Registered: noon})
		},
		"installation": func(ctx context.Context, tx onboarding.Tx) error {
			_, _, err := tx.PutInstallation(ctx, &onboarding.Installation{ID: onboarding.NewID(), CustomerID: nobody.ID,
				Platform: "ios", Type: "passpoint", InstalledBy: "web", Installed: noon, Recorded: noon})
			return err
		},
		"activation": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertLink(ctx, newLink(nobody, 1))
		},
	} {
		notFound(t, "a customer who is not there gets a "+what, tryWrite(t, s, fn))
	}
}

// testTransactions checks that a transaction reads its own writes, and that a failed one leaves
// nothing.
func testTransactions(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := newCustomer(onboarding.NewID())
	err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return err
		}
		if err := tx.InsertCredential(ctx, newCredential(c)); err != nil {
			return err
		}
		if _, err := tx.Customer(ctx, c.OrganizationID, c.ID); err != nil {
			t.Errorf("a transaction does not read its own customer: %v", err)
		}
		if _, err := tx.Credential(ctx, c.ID); err != nil {
			t.Errorf("a transaction does not read its own credential: %v", err)
		}
		if _, err := s.Customer(ctx, c.OrganizationID, c.ID); !errors.Is(err, onboarding.ErrNotFound) {
			t.Errorf("an outside reader sees uncommitted rows: %v", err)
		}
		return errOwn
	})
	if err != errOwn {
		t.Errorf("Write returned %v, not fn's own error", err)
	}
	_, err = s.Customer(ctx, c.OrganizationID, c.ID)
	notFound(t, "the customer of a transaction that failed", err)
	_, err = s.Credential(ctx, c.ID)
	notFound(t, "the credential of a transaction that failed", err)

	// ErrNotFound from a read does not fail the transaction.
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if _, err := tx.Customer(ctx, c.OrganizationID, c.ID); !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
		return tx.InsertCustomer(ctx, c)
	})
	if got := must(s.Customer(ctx, c.OrganizationID, c.ID))(t); got.ID != c.ID {
		t.Error("written rows are missing after Write returned")
	}
	if err := s.Ping(ctx); err != nil {
		t.Errorf("Ping: %v", err)
	}
	write(t, s, func(context.Context, onboarding.Tx) error { return nil })
}

// testFailureIsFinal checks that fn cannot continue after a failed write, even if it ignores the
// error.
func testFailureIsFinal(t *testing.T, s onboarding.Store) {
	taken := storedCustomer(t, s)
	twin, after := newCustomer(taken.OrganizationID), newCustomer(taken.OrganizationID)
	twin.Username = taken.Username
	err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		_ = tx.InsertCustomer(ctx, twin)
		_ = tx.InsertCustomer(ctx, after)
		return nil
	})
	conflictIs(t, "an ignored conflict", onboarding.ErrUsernameTaken, err)
	err = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		_ = tx.InsertCustomer(ctx, after)
		_ = tx.UpdateCustomer(ctx, twin) // not there
		return nil
	})
	notFound(t, "an ignored update of nobody", err)
	_, err = s.Customer(t.Context(), after.OrganizationID, after.ID)
	notFound(t, "what stood beside a failed write", err)
}

// testNeighbours checks that transactions succeed next to concurrent ones that fail in every way.
func testNeighbours(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	taken := storedCustomer(t, s)
	bad := []func(tx onboarding.Tx, c *onboarding.Customer) error{
		func(tx onboarding.Tx, c *onboarding.Customer) error {
			return errors.Join(tx.InsertCustomer(ctx, c), errOwn)
		},
		func(tx onboarding.Tx, c *onboarding.Customer) error {
			c.Username = taken.Username
			return tx.InsertCustomer(ctx, c)
		},
		func(tx onboarding.Tx, c *onboarding.Customer) error {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
			panic("on purpose")
		},
		func(tx onboarding.Tx, c *onboarding.Customer) error {
			ended, end := context.WithCancel(ctx)
			end()
			_ = tx.InsertCustomer(ctx, c)
			return tx.InsertCredential(ended, newCredential(c))
		},
	}
	const rounds = 100
	kept, lost := make([]*onboarding.Customer, rounds), make([]*onboarding.Customer, rounds)
	var wg sync.WaitGroup
	for i := range rounds {
		kept[i], lost[i] = newCustomer(taken.OrganizationID), newCustomer(taken.OrganizationID)
		wg.Go(func() {
			if err := s.Write(ctx, func(tx onboarding.Tx) error {
				return tx.InsertCustomer(ctx, kept[i])
			}); err != nil {
				t.Errorf("a good transaction among bad ones: %v", err)
			}
		})
		wg.Go(func() {
			kind := i % len(bad)
			defer func() {
				if v := recover(); (v != nil) != (kind == 2) {
					t.Errorf("Write of bad transaction %d panicked with %v", kind, v)
				}
			}()
			if err := s.Write(ctx, func(tx onboarding.Tx) error { return bad[kind](tx, lost[i]) }); err == nil {
				t.Errorf("bad transaction %d succeeded", kind)
			}
		})
	}
	wg.Wait()
	for i := range rounds {
		if _, err := s.Customer(ctx, kept[i].OrganizationID, kept[i].ID); err != nil {
			t.Errorf("the customer of a good transaction: %v", err)
		}
		_, err := s.Customer(ctx, lost[i].OrganizationID, lost[i].ID)
		notFound(t, fmt.Sprintf("the customer of bad transaction %d", i%len(bad)), err)
	}
}

// testCancelled checks that a cancelled context ends reads and writes, and that nothing is written.
func testCancelled(t *testing.T, s onboarding.Store) {
	ended, end := context.WithCancel(t.Context())
	end()
	ran := false
	if err := s.Write(ended, func(onboarding.Tx) error { ran = true; return nil }); !errors.Is(err, context.Canceled) ||
		ran {
		t.Errorf("Write under a cancelled context returned %v, ran: %v", err, ran)
	}
	if _, err := s.Customer(ended, onboarding.NewID(), onboarding.NewID()); !errors.Is(err, context.Canceled) {
		t.Errorf("a read under a cancelled context returned %v", err)
	}
	// Cancelled while fn runs: the next statement fails and nothing is written.
	c := newCustomer(onboarding.NewID())
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return err
		}
		cancel()
		return tx.InsertCredential(ctx, newCredential(c))
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Write cancelled on its way returned %v", err)
	}
	_, err = s.Customer(t.Context(), c.OrganizationID, c.ID)
	notFound(t, "the customer of a cancelled transaction", err)
}

// testReadersDoNotWait checks that a read outside a running transaction returns the committed state
// at once.
func testReadersDoNotWait(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	inside, leave := make(chan struct{}), make(chan struct{})
	result := make(chan error, 1)
	go func() {
		var once sync.Once
		result <- s.Write(ctx, func(tx onboarding.Tx) error {
			changed := *c
			changed.FirstName = "changed"
			if err := tx.UpdateCustomer(ctx, &changed); err != nil {
				return err
			}
			if _, err := tx.Customer(ctx, c.OrganizationID, c.ID); err != nil {
				return err
			}
			once.Do(func() { close(inside) })
			<-leave
			return nil
		})
	}()
	<-inside
	read := make(chan error, 1)
	go func() {
		got, err := s.Customer(ctx, c.OrganizationID, c.ID)
		if err == nil && got.FirstName != "" {
			err = errors.New("it sees what is not committed")
		}
		read <- err
	}()
	select {
	case err := <-read:
		if err != nil {
			t.Errorf("a read during a running transaction: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("a read waits for a running transaction")
	}
	close(leave)
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	if got := must(s.Customer(ctx, c.OrganizationID, c.ID))(t); got.FirstName != "changed" {
		t.Error("a read after Write returned does not see its rows")
	}
}

// RunFullQueue checks a store in which length transactions can wait behind a running one: Write
// returns ErrBusy once the queue is full, and a transaction whose context ends in the queue never
// runs.
func RunFullQueue(t *testing.T, s onboarding.Store, length int) {
	ctx := t.Context()
	inside, leave := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Write(ctx, func(onboarding.Tx) error { close(inside); <-leave; return nil }); err != nil {
			t.Errorf("the transaction in front: %v", err)
		}
	})
	<-inside
	const beyond = 10
	results := make(chan error, length+beyond)
	cancelled, cancel := context.WithCancel(ctx)
	ran := make(chan struct{}, length+beyond)
	for range length + beyond {
		wg.Go(func() {
			results <- s.Write(cancelled, func(onboarding.Tx) error { ran <- struct{}{}; return nil })
		})
	}
	for range beyond {
		err := <-results
		if !errors.Is(err, onboarding.ErrBusy) || onboarding.KindOf(err) != onboarding.Unavailable {
			t.Fatalf("beyond the queue's length Write returned %v", err)
		}
	}
	cancel() // queued transactions return at once and never run
	for range length {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Fatalf("a cancelled transaction in the queue returned %v", err)
		}
	}
	close(leave)
	wg.Wait()
	write(t, s, func(context.Context, onboarding.Tx) error { return nil })
	if len(ran) != 0 {
		t.Errorf("%d transactions ran after their callers had gone", len(ran))
	}
}

// testClosed checks that a closed store returns Unavailable.
func testClosed(t *testing.T, s onboarding.Store) {
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	err := tryWrite(t, s, func(context.Context, onboarding.Tx) error { return nil })
	if onboarding.KindOf(err) != onboarding.Unavailable {
		t.Errorf("Write on a closed store returned %v", err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("Ping on a closed store succeeds")
	}
}

// testIncrementRace checks that concurrent transactions which read and then write lose no update.
func testIncrementRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	o := newOrganization()
	put(t, s, o)
	race(64, func(i int) {
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			got, err := tx.Customer(ctx, c.OrganizationID, c.ID)
			if err != nil {
				return err
			}
			if i%2 == 0 {
				found, err := tx.MatchAll(ctx, c.OrganizationID, onboarding.Match{Username: c.Username}, 1)
				if err != nil {
					return err
				}
				got = found[0]
			}
			got.Logins++
			return tx.UpdateCustomer(ctx, got)
		})
		if err != nil {
			t.Errorf("increment: %v", err)
		}
	})
	if got := must(s.Customer(ctx, c.OrganizationID, c.ID))(t); got.Logins != 64 {
		t.Errorf("64 increments made %d", got.Logins)
	}
	race(16, func(int) {
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			got, err := tx.Organization(ctx, o.ID)
			if err != nil {
				return err
			}
			next := *got
			next.RADIUS.VLAN++
			return tx.PutOrganization(ctx, &next)
		})
		if err != nil {
			t.Errorf("organization: %v", err)
		}
	})
	if got := must(s.Organization(ctx, o.ID))(t); got.RADIUS.VLAN != o.RADIUS.VLAN+16 {
		t.Errorf("16 changes of the organization made %d", got.RADIUS.VLAN-o.RADIUS.VLAN)
	}
}

// testInsertRace checks that a missing setting, secret or answer is inserted by one of many
// concurrent transactions.
func testInsertRace(t *testing.T, s onboarding.Store) {
	for round := range rounds {
		insertRace(t, s, fmt.Sprint("claim ", round))
	}
}

func insertRace(t *testing.T, s onboarding.Store, name string) {
	ctx := t.Context()
	var settings, answers, secrets atomic.Int32
	race(32, func(i int) {
		var claimed, answered bool
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			claimed, answered = false, false
			_, err := tx.Setting(ctx, name)
			if claimed = errors.Is(err, onboarding.ErrNotFound); claimed {
				err = tx.PutSetting(ctx, name, onboarding.NewID())
			}
			if err != nil {
				return err
			}
			_, err = tx.Idempotency(ctx, "service", name, noon)
			if answered = errors.Is(err, onboarding.ErrNotFound); answered {
				err = tx.InsertIdempotency(ctx, &onboarding.Idempotency{
					ServiceID: "service",
					Key:       name,
					Expires:   noon.AddDate(0, 0, 1),
					Answer:    onboarding.Sealed{KeyID: "k", Box: []byte{1}},
				}, noon)
			}
			return err
		})
		if err != nil {
			t.Errorf("claim: %v", err)
		}
		if claimed {
			settings.Add(1)
		}
		if answered {
			answers.Add(1)
		}
		err = s.Write(ctx, func(tx onboarding.Tx) error {
			return tx.InsertSecret(ctx, onboarding.StoredSecret{
				Name: name, Value: onboarding.Sealed{KeyID: "k", Box: []byte{byte(i)}},
			})
		})
		if err == nil {
			secrets.Add(1)
		} else {
			conflict(t, "a secret at once", "name", err)
		}
	})
	if settings.Load() != 1 || answers.Load() != 1 || secrets.Load() != 1 {
		t.Errorf("the setting was claimed %d times, the answer %d, the secret %d; want 1 each", settings.Load(),
			answers.Load(), secrets.Load())
	}
}
