package certs

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// logged is a log that a test can read while others write to it.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) count(text string) int { return strings.Count(l.String(), text) }

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// replace writes a temporary file and renames it, as certificate clients do.
func replace(t *testing.T, name string, content []byte) {
	t.Helper()
	write(t, name+".tmp", content)
	if err := os.Rename(name+".tmp", name); err != nil {
		t.Fatal(err)
	}
}

// lasting returns a hierarchy whose leaf expires after the given time of the bubble's clock.
func lasting(t *testing.T, key crypto.Signer, life time.Duration) *hierarchy {
	t.Helper()
	now := time.Now()
	always := valid(now.AddDate(-1, 0, 0), now.AddDate(20, 0, 0))
	root := newEntity(t, "root", ecKey(t, elliptic.P256()), nil, true, always)
	intermediate := newEntity(t, "intermediate", ecKey(t, elliptic.P256()), root, true, always)
	return &hierarchy{root: root, intermediates: []*entity{intermediate},
		leaf: newEntity(t, "leaf", key, intermediate, false, valid(now.Add(-time.Hour), now.Add(life)))}
}

func checkNow(p *Pair) error { return p.CheckChain(time.Now(), ForSigning) }

const year = 365 * 24 * time.Hour

// watched starts a watcher of a valid pair in a bubble.
func watched(t *testing.T, life time.Duration) (w *Watcher, log *logged, certFile, keyFile string, key crypto.Signer) {
	t.Helper()
	key = ecKey(t, elliptic.P256())
	certFile, keyFile = writePair(t, t.TempDir(), key, lasting(t, key, life).chain()...)
	log = &logged{}
	w, err := NewWatcher(certFile, keyFile, checkNow, log.logger())
	if err != nil {
		t.Fatal(err)
	}
	return w, log, certFile, keyFile, key
}

func run(t *testing.T, w *Watcher) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
}

func TestWatcherTakesOverRenewedFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log, certFile, keyFile, _ := watched(t, year)
		var announced []*Pair
		w.OnChange(func(p *Pair) {
			if w.Current() != p {
				t.Error("announced before it is current")
			}
			announced = append(announced, p)
		})
		old := w.Current()
		run(t, w)
		time.Sleep(time.Minute)
		synctest.Wait()
		if w.Current() != old || len(announced) != 0 || log.String() != "" {
			t.Fatalf("changed without a change of the files: %s", log)
		}

		renewedKey := ecKey(t, elliptic.P256())
		renewed := lasting(t, renewedKey, 2*year)
		replace(t, certFile, pemOf(renewed.chain()...))
		replace(t, keyFile, pemKey(t, renewedKey))
		time.Sleep(defaultInterval + settle + time.Millisecond)
		synctest.Wait()
		if !w.Current().Chain[0].Equal(renewed.leaf.cert) {
			t.Fatal("the renewed pair was not loaded")
		}
		if len(announced) != 1 || announced[0] != w.Current() || log.count("certificate renewed") != 1 {
			t.Errorf("announced %d times, log: %s", len(announced), log)
		}
		if old.Chain[0].Equal(w.Current().Chain[0]) {
			t.Error("the old pair changed in the hands of its users")
		}
	})
}

// A renewed file may have the same size and times, so the watcher compares contents.
func TestWatcherSeesAChangeOfContentAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, certFile, _, key := watched(t, year)
		info, err := os.Stat(certFile)
		if err != nil {
			t.Fatal(err)
		}
		var renewed *hierarchy
		for range 200 { // an ECDSA signature varies in length by a byte or two
			renewed = lasting(t, key, year)
			if int64(len(pemOf(renewed.chain()...))) == info.Size() {
				break
			}
		}
		content := pemOf(renewed.chain()...)
		if int64(len(content)) != info.Size() {
			t.Fatalf("no chain of %d bytes in 200", info.Size())
		}
		replace(t, certFile, content)
		if err := os.Chtimes(certFile, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
		run(t, w)
		time.Sleep(2 * defaultInterval)
		synctest.Wait()
		if !w.Current().Chain[0].Equal(renewed.leaf.cert) {
			t.Error("not loaded")
		}
	})
}

func TestWatcherToleratesHalfWrittenPairs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log, certFile, keyFile, _ := watched(t, year)
		old := w.Current()
		called := 0
		w.OnChange(func(*Pair) { called++ })
		run(t, w)

		renewedKey := ecKey(t, elliptic.P256())
		renewed := lasting(t, renewedKey, 2*year)
		full := pemOf(renewed.chain()...)
		leafOnly := pemOf(renewed.leaf.cert)
		steps := []struct {
			does string
			do   func()
			want string
		}{
			{"certificate cut in the middle", func() { write(t, certFile, full[:len(full)/3]) }, "cut off"},
			{"certificate without its key", func() { write(t, certFile, full) }, "does not belong"},
			{"key cut in the middle", func() { write(t, keyFile, pemKey(t, renewedKey)[:70]) }, "PEM block"},
			{"key gone", func() { os.Remove(keyFile) }, "does not exist"},
			{"leaf alone", func() { write(t, certFile, leafOnly); write(t, keyFile, pemKey(t, renewedKey)) }, "alone"},
		}
		for i, step := range steps {
			step.do()
			time.Sleep(10 * defaultInterval)
			synctest.Wait()
			if w.Current() != old || called != 0 {
				t.Fatalf("%s: was loaded", step.does)
			}
			if got := log.count("reload failed"); got != i+1 {
				t.Fatalf("%s: logged %d times in all, want once each time:\n%s", step.does, got, log)
			}
			if log.count(step.want) == 0 {
				t.Errorf("%s: the log does not contain %q:\n%s", step.does, step.want, log)
			}
		}
		write(t, certFile, full)
		time.Sleep(2 * defaultInterval)
		synctest.Wait()
		if !w.Current().Chain[0].Equal(renewed.leaf.cert) || called != 1 {
			t.Fatalf("the complete pair was not loaded: %s", log)
		}
		if text := log.String(); strings.Contains(text, "PRIVATE KEY") {
			t.Errorf("the log quotes a key: %s", text)
		}
	})
}

// A pair that is rejected only for its dates is loaded once it is valid.
func TestWatcherTakesAPairWhoseTimeComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log, certFile, _, key := watched(t, year)
		now := time.Now()
		h := lasting(t, key, year)
		later := newEntity(t, "later", key, h.intermediates[0], false, valid(now.Add(time.Hour), now.Add(year)))
		replace(t, certFile, pemOf(later.cert, h.intermediates[0].cert))
		run(t, w)
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if w.Current().Chain[0].Equal(later.cert) || log.count("not valid before") != 1 {
			t.Fatalf("log: %s", log)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !w.Current().Chain[0].Equal(later.cert) {
			t.Error("still not loaded")
		}
	})
}

func TestWatcherWarnsEachDayBelowThirtyDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log, certFile, _, key := watched(t, 32*24*time.Hour)
		w.Interval = time.Minute
		run(t, w)
		time.Sleep(2*24*time.Hour - time.Hour) // 30 days and an hour left
		synctest.Wait()
		if log.String() != "" {
			t.Fatalf("too early: %s", log)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if log.count("expires soon") != 1 || log.count("daysLeft=29") != 1 {
			t.Fatalf("log: %s", log)
		}
		time.Sleep(5 * 24 * time.Hour)
		synctest.Wait()
		if got := log.count("expires soon"); got < 5 || got > 6 {
			t.Errorf("%d warnings in five days more:\n%s", got-1, log)
		}
		replace(t, certFile, pemOf(lasting(t, key, year).chain()...))
		before := log.count("expires soon")
		time.Sleep(3 * 24 * time.Hour)
		synctest.Wait()
		if log.count("renewed") != 1 || log.count("expires soon") != before {
			t.Errorf("warnings after the renewal:\n%s", log)
		}
	})
}

func TestWatcherSaysThatTheCertificateHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log, _, _, _ := watched(t, time.Hour)
		w.Interval = time.Minute
		run(t, w)
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		if log.count("level=ERROR") != 1 || log.count("has expired") != 1 {
			t.Errorf("log: %s", log)
		}
	})
}

func TestReloadTellsWhyTheOldPairStays(t *testing.T) {
	h := newHierarchy(t, rsaKeys[0](), 1)
	dir := t.TempDir()
	certFile, keyFile := writePair(t, dir, rsaKeys[0](), h.chain()...)
	log := &logged{}
	w, err := NewWatcher(certFile, keyFile, nil, log.logger())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Reload(); err != nil {
		t.Fatal(err)
	}
	write(t, keyFile, pemKey(t, rsaKeys[1]()))
	wantRule(t, w.Reload(), KeyMismatch)
	write(t, certFile, pemOf(newHierarchy(t, rsaKeys[1](), 2).chain()...))
	if err := w.Reload(); err != nil {
		t.Fatal(err)
	}
	if len(w.Current().Chain) != 3 {
		t.Errorf("chain of %d", len(w.Current().Chain))
	}
}

func TestNewWatcherFailsAsLoadAndCheckDo(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	h := newHierarchy(t, key, 1)
	dir := t.TempDir()
	certFile, keyFile := writePair(t, dir, key, h.leaf.cert)
	_, err := NewWatcher(filepath.Join(dir, "none"), keyFile, nil, nil)
	wantRule(t, err, FileMissing)
	_, err = NewWatcher(certFile, keyFile, func(p *Pair) error { return p.CheckChain(today, ForSigning) }, nil)
	wantRule(t, err, ChainMissing)
}

// Readers never see a certificate with the key of another while the files change continuously.
func TestWatcherUnderConcurrentReadersAndWriters(t *testing.T) {
	chains := [2][]*x509.Certificate{}
	keys := [2]crypto.Signer{ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())}
	for i, key := range keys {
		chains[i] = newHierarchy(t, key, 1).chain()
	}
	certFile, keyFile := writePair(t, t.TempDir(), keys[0], chains[0]...)
	w, err := NewWatcher(certFile, keyFile, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.Interval = time.Millisecond
	var changes atomic.Int64
	w.OnChange(func(*Pair) { changes.Add(1) })
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { w.Run(ctx) })
	for range 4 {
		group.Go(func() {
			for ctx.Err() == nil {
				if p := w.Current(); !matches(p.Chain[0], p.Key) {
					t.Error("a pair that does not match")
					return
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	deadline := time.Now().Add(20 * time.Second)
	for i := 1; changes.Load() < 10 && time.Now().Before(deadline); i++ {
		replace(t, certFile, pemOf(chains[i%2]...))
		replace(t, keyFile, pemKey(t, keys[i%2]))
		w.Reload()
		time.Sleep(time.Millisecond)
	}
	cancel()
	group.Wait()
	if changes.Load() < 10 {
		t.Errorf("only %d changes were seen", changes.Load())
	}
}

// TestFoundF12ExpiredSigner verifies that the watcher logs a warning an hour before the expiry, and
// an error every day after it.
func TestFoundF12ExpiredSigner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log, _, _, _ := watched(t, time.Hour)
		w.Interval = time.Minute
		run(t, w)
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if log.count("expires soon") != 1 || log.count("has expired") != 0 {
			t.Errorf("before: %s", log)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if log.count("expires soon") != 1 || log.count("has expired") != 1 || log.count("level=ERROR") != 1 {
			t.Errorf("on expiry: %s", log)
		}
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		if log.count("expires soon") != 1 || log.count("has expired") != 2 {
			t.Errorf("a day later: %s", log)
		}
	})
}
