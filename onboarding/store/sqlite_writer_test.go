package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestOneCommitForMany sees that transactions which are queued together are committed together, by
// the size of the log.
func TestOneCommitForMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	s := openTestSQLite(t, path, Options{})
	logged := func() int64 {
		t.Helper()
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	const many = 20 // few enough that the WAL is not restarted in between
	register := func() {
		r := newRegistration("o", "l")
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return r.write(t.Context(), tx, false)
		}); err != nil {
			t.Error(err)
		}
	}
	start := logged()
	for range many {
		register()
	}
	alone := logged() - start
	var wg sync.WaitGroup
	_ = s.Write(t.Context(), func(onboarding.Tx) error { // while this one runs, the others queue up
		for range many {
			wg.Go(register)
		}
		for deadline := time.Now().Add(10 * time.Second); len(s.writer.queue) < many && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		return nil
	})
	start = start + alone
	wg.Wait()
	if together := logged() - start; together*3 > alone {
		t.Errorf("%d transactions wrote %d bytes of log one by one and %d when queued: they were not "+
			"committed together", many, alone, together)
	}
}

// TestGoexit: a test that fails inside fn, for one, must not take the writer with it.
func TestGoexit(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{})
	ctx := t.Context()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			r := newRegistration("o", "l")
			err := s.Write(ctx, func(tx onboarding.Tx) error {
				if err := r.write(ctx, tx, false); err != nil {
					return err
				}
				if i%5 == 0 {
					runtime.Goexit()
				}
				return nil
			})
			if i%5 == 0 {
				t.Error("Write returned though fn ended its goroutine")
			}
			if err != nil {
				t.Errorf("a neighbour of Goexit: %v", err)
			}
			complete(t, s, []string{r.customer.ID})
		})
	}
	wg.Wait()
}

func TestPanicTellsWhere(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{})
	defer func() {
		p, ok := recover().(*PanicError)
		if !ok || p.Value != "on purpose" || !strings.Contains(p.Error(), "TestPanicTellsWhere") {
			t.Errorf("Write panicked with %v", p)
		}
	}()
	_ = s.Write(t.Context(), func(onboarding.Tx) error { panic("on purpose") })
	t.Error("Write returned")
}

func TestTxOutlivesNothing(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{})
	var leaked onboarding.Tx
	if err := s.Write(t.Context(), func(tx onboarding.Tx) error { leaked = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := leaked.PutSetting(t.Context(), "a", "b"); !errors.Is(err, errOver) {
		t.Errorf("a Tx used after its Write: %v", err)
	}
}

// TestTwoProcessesWrite has a second store on the same file write while the first is under full
// load, as the command line does.
func TestTwoProcessesWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	server, tool := openTestSQLite(t, path, Options{}), openTestSQLite(t, path, Options{})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for ctx.Err() == nil {
				r := newRegistration("o", "l")
				if err := server.Write(t.Context(), func(tx onboarding.Tx) error {
					return r.write(t.Context(), tx, false)
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var longest time.Duration
	for i := range 20 {
		start := time.Now()
		name := fmt.Sprintf("tool-%d", i)
		if err := tool.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(t.Context(), name, "x")
		}); err != nil {
			t.Errorf("the second process: %v", err)
		}
		longest = max(longest, time.Since(start))
		if _, err := server.Setting(t.Context(), name); err != nil {
			t.Errorf("the first process does not see the second's commit: %v", err)
		}
	}
	t.Logf("the second process waited %v at most", longest)
	stop()
	wg.Wait()
}

// TestBusy: another process that does not let go of the database makes Write answer Unavailable,
// and does no lasting harm.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	s, other := openTestSQLite(t, path, Options{BusyTimeout: 50 * time.Millisecond}), openTestSQLite(t, path, Options{})
	put := func(name string) error {
		return s.Write(t.Context(), func(tx onboarding.Tx) error { return tx.PutSetting(t.Context(), name, "x") })
	}
	err := other.Write(t.Context(), func(onboarding.Tx) error {
		if err := put("locked"); onboarding.KindOf(err) != onboarding.Unavailable {
			t.Errorf("while another process holds the database: %v", err)
		}
		_, err := s.Setting(t.Context(), "locked")
		return err
	})
	if !errors.Is(err, onboarding.ErrNotFound) {
		t.Errorf("reading meanwhile: %v", err)
	}
	if err := put("free"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestCloseFinishesTheQueue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	s := openTestSQLite(t, path, Options{})
	inside, leave := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Write(t.Context(), func(onboarding.Tx) error { close(inside); <-leave; return nil }) })
	<-inside
	var ids []string
	for range 20 {
		r := newRegistration("o", "l")
		ids = append(ids, r.customer.ID)
		wg.Go(func() {
			if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
				return r.write(t.Context(), tx, false)
			}); err != nil {
				t.Error(err)
			}
		})
	}
	for len(s.writer.queue) < 20 {
		time.Sleep(time.Millisecond)
	}
	wg.Go(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	close(leave)
	wg.Wait()
	complete(t, openTestSQLite(t, path, Options{}), ids)
}

// TestFailureWaitsForTheCommit sees that a transaction which failed by another one of its batch is
// answered after that one is committed.
func TestFailureWaitsForTheCommit(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{})
	r := newRegistration("o", "l")
	errTaken := errors.New("taken")
	answered := make(chan error, 1)
	queued := func(n int) {
		for len(s.writer.queue) < n {
			time.Sleep(time.Millisecond)
		}
	}
	var wg sync.WaitGroup
	if err := s.Write(t.Context(), func(onboarding.Tx) error { // while this one runs, the others queue up
		wg.Go(func() {
			if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
				return r.write(t.Context(), tx, false)
			}); err != nil {
				t.Error(err)
			}
		})
		queued(1)
		wg.Go(func() {
			answered <- s.Write(t.Context(), func(tx onboarding.Tx) error {
				if _, err := tx.Customer(t.Context(), "o", r.customer.ID); err != nil {
					return err
				}
				return errTaken
			})
		})
		queued(2)
		wg.Go(func() {
			if err := s.Write(t.Context(), func(onboarding.Tx) error {
				select {
				case err := <-answered:
					answered <- err
					t.Errorf("answered before the commit: %v", err)
				case <-time.After(100 * time.Millisecond):
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
		queued(3)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if err := <-answered; !errors.Is(err, errTaken) {
		t.Errorf("the second transaction ends with %v", err)
	}
}
