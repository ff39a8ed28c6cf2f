package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"onramp/onboarding"
)

// The tests below run this binary again as another process, which plays the part named here on the
// database named there.
const (
	childPart     = "ONRAMP_STORE_TEST_PART"
	childDatabase = "ONRAMP_STORE_TEST_DATABASE"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childPart) {
	case "":
		os.Exit(m.Run())
	case "register":
		registerForever(os.Getenv(childDatabase))
	case "overflow":
		overflow(os.Getenv(childDatabase))
	case "serve":
		serveOnce(os.Getenv(childDatabase))
	}
}

// child prepares the other process; it dies with the test.
func child(t *testing.T, part, database string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childPart+"="+part, childDatabase+"="+database)
	cmd.Stderr = os.Stderr
	return cmd
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// registerForever registers customers from 64 goroutines and prints the ID of each one that is
// acknowledged.
func registerForever(database string) {
	ctx := context.Background()
	s, err := Open(ctx, database, Options{})
	if err != nil {
		fatal(err)
	}
	organizationID := onboarding.NewID()
	for range 64 {
		go func() {
			for {
				r := newRegistration(organizationID, organizationID)
				if err := s.Write(ctx, func(tx onboarding.Tx) error { return r.write(ctx, tx, true) }); err != nil {
					fatal(err)
				}
				fmt.Println(r.customer.ID) // one write: unbuffered
			}
		}()
	}
	select {}
}

// killWhileRegistering has another process register and kills it with -9 after so many
// acknowledgements; it returns them all.
func killWhileRegistering(t *testing.T, database string, atLeast int) (acknowledged []string) {
	t.Helper()
	cmd := child(t, "register", database)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if id := lines.Text(); onboarding.ValidID(id) { // the last line may be cut
			acknowledged = append(acknowledged, id)
		}
		if len(acknowledged) == atLeast {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(acknowledged) < atLeast {
		t.Fatalf("the other process ended after %d acknowledgements", len(acknowledged))
	}
	return acknowledged
}

// complete demands that each acknowledged registration is there as a whole.
func complete(t *testing.T, s onboarding.Store, acknowledged []string) {
	t.Helper()
	ctx := t.Context()
	for _, id := range acknowledged {
		if _, err := s.LoginByID(ctx, id); err != nil {
			t.Errorf("acknowledged customer %s: %v", id, err)
			continue
		}
		if _, err := s.Credential(ctx, id); err != nil {
			t.Errorf("credential of acknowledged customer %s: %v", id, err)
		}
		if consents, err := s.Consents(ctx, id); err != nil || len(consents) != 3 {
			t.Errorf("acknowledged customer %s has %d consents, %v", id, len(consents), err)
		}
	}
}

func TestSQLiteKilledLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	var all []string
	for round := range 3 {
		acknowledged := killWhileRegistering(t, path, 500)
		s := openTestSQLite(t, path, Options{})
		all = append(all, acknowledged...)
		complete(t, s, all)
		t.Logf("round %d: %d acknowledged, all there", round, len(acknowledged))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// bulky is a customer whose row takes many pages.
func bulky(bytes int) *onboarding.Customer {
	c := &onboarding.Customer{ID: onboarding.NewID(), OrganizationID: onboarding.NewID(),
		SignupMethod: onboarding.ChannelAPI}
	c.Username, c.Custom = c.ID, map[string]string{"x": strings.Repeat("x", bytes)}
	return c
}

// fillUp writes bulky customers at once and demands that exactly those acknowledged are there, that
// some were refused as Unavailable, and that after relief the store takes them.
func fillUp(ctx context.Context, s *SQLite, relief func()) error {
	const customers = 200
	all, results := make([]*onboarding.Customer, customers), make([]error, customers)
	var wg sync.WaitGroup
	for i := range all {
		all[i] = bulky(20_000)
		wg.Go(func() {
			results[i] = s.Write(ctx, func(tx onboarding.Tx) error { return tx.InsertCustomer(ctx, all[i]) })
		})
	}
	wg.Wait()
	refused := 0
	for i, c := range all {
		_, err := s.Customer(ctx, c.OrganizationID, c.ID)
		switch {
		case results[i] == nil && err != nil:
			return fmt.Errorf("an acknowledged customer: %w", err)
		case results[i] != nil && onboarding.KindOf(results[i]) != onboarding.Unavailable:
			return fmt.Errorf("a full disk is reported as %w", results[i])
		case results[i] != nil && onboarding.KindOf(err) != onboarding.NotFound:
			return errors.New("a refused customer is there: " + fmt.Sprint(err))
		case results[i] != nil:
			refused++
		}
	}
	if refused == 0 || refused == customers {
		return fmt.Errorf("%d of %d were refused: the disk was not filled up on the way", refused, customers)
	}
	relief()
	for i, c := range all {
		if results[i] != nil {
			if err := s.Write(ctx, func(tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) }); err != nil {
				return fmt.Errorf("after the relief: %w", err)
			}
		}
	}
	return s.Ping(ctx)
}

// overflow meets an I/O error: no file may grow beyond a limit that the database is about to reach.
func overflow(database string) {
	ctx := context.Background()
	signal.Ignore(syscall.SIGXFSZ)
	s, err := OpenSQLite(ctx, database, Options{BatchLength: 20})
	if err != nil {
		fatal(err)
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: before.Max}); err != nil {
		fatal(err)
	}
	err = fillUp(ctx, s, func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			fatal(err)
		}
	})
	if err != nil {
		fatal(err)
	}
	if err := s.Close(); err != nil {
		fatal(err)
	}
	fmt.Println("survived")
}

func TestSQLiteSurvivesIOErrors(t *testing.T) {
	out, err := child(t, "overflow", filepath.Join(t.TempDir(), "onramp.db")).Output()
	if err != nil || string(out) != "survived\n" {
		t.Fatalf("%s, %v", out, err)
	}
}

func TestSQLiteSurvivesAFullDatabase(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{BatchLength: 20})
	limit := func(pages int) {
		err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.(*transaction).one(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages), nil, &pages)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// The limit is that of the writer's connection, which may outlive the failure.
	limit(1000)
	if err := fillUp(t.Context(), s, func() { limit(1 << 20) }); err != nil {
		t.Fatal(err)
	}
}

// serveOnce locks the database, reports that, and holds the lock until it is killed.
func serveOnce(database string) {
	if _, err := LockServe(database); err != nil {
		fatal(err)
	}
	fmt.Println("serving")
	select {}
}

func TestLockServe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	cmd := child(t, "serve", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "serving\n" {
		t.Fatalf("the first server printed %q, %v", line, err)
	}
	if _, err := LockServe(path); err == nil || !strings.Contains(err.Error(), "another onramp serves") {
		t.Errorf("a second server got %v", err)
	}
	openTestSQLite(t, path, Options{}) // the command line is not kept out
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	release, err := LockServe(path)
	if err != nil {
		t.Fatalf("after the first server was killed: %v", err)
	}
	release()
	release, err = LockServe(path)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	release()
}
