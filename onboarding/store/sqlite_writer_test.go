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
	"sync/atomic"
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

// TestSQLiteAhead queues transactions of a crowd behind a slow one, and then one that runs ahead.
// It is the next to run, it is answered after a few others, and every other one is written.
func TestSQLiteAhead(t *testing.T) {
	const crowd = 50
	s := openTestSQLite(t, newSQLite(t), Options{})
	ctx := t.Context()
	begun, release := make(chan struct{}), make(chan struct{})
	var order []int // the writing goroutine appends
	var answered atomic.Bool
	var all sync.WaitGroup
	write := func(ctx context.Context, number int, wait func()) {
		all.Go(func() {
			if err := s.Write(ctx, func(tx onboarding.Tx) error {
				wait()
				order = append(order, number)
				return tx.PutSetting(ctx, fmt.Sprint("n", number), "")
			}); err != nil {
				t.Error(err)
			}
			if number == crowd+1 {
				answered.Store(true)
			}
		})
	}
	queued := func(queue chan *job, n int) {
		for len(queue) < n {
			time.Sleep(time.Millisecond)
		}
	}
	write(ctx, 0, func() { close(begun); <-release })
	<-begun
	for i := range crowd {
		write(ctx, i+1, func() {
			// Only in another batch can the answer come before this transaction ends.
			for deadline := time.Now().Add(5 * time.Second); len(order) > 1+alongside && !answered.Load(); {
				if time.Now().After(deadline) {
					t.Error("the transaction that ran ahead is not answered while the crowd is written")
					break
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	queued(s.writer.queue, crowd)
	write(onboarding.Ahead(ctx), crowd+1, func() {})
	queued(s.writer.ahead, 1)
	close(release)
	all.Wait()
	if len(order) != crowd+2 || order[1] != crowd+1 {
		t.Errorf("the order was %v", order)
	}
	for i := range crowd + 2 {
		if _, err := s.Setting(ctx, fmt.Sprint("n", i)); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	// Both queues are run before the end.
	begun, release = make(chan struct{}), make(chan struct{})
	order = nil
	write(ctx, 100, func() { close(begun); <-release })
	<-begun
	for i := range 10 {
		write(ctx, 101+i, func() {})
		write(onboarding.Ahead(ctx), 201+i, func() {})
	}
	queued(s.writer.queue, 10)
	queued(s.writer.ahead, 10)
	go close(release)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	if len(order) != 21 {
		t.Errorf("%d transactions ran before the end, want 21", len(order))
	}
}
