package certs

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// WarnDays is the number of days left below which a Watcher warns each day.
const WarnDays = 30

const (
	defaultInterval = 5 * time.Second
	settle          = 200 * time.Millisecond
	warnEvery       = 24 * time.Hour
)

// Watcher holds a pair that is loaded again when its files change. Current may
// be called at any time from any goroutine, and costs an atomic load.
type Watcher struct {
	// Interval is the time between two looks at the files, 5 seconds unless
	// set before Run.
	Interval time.Duration

	certFile, keyFile string
	check             func(*Pair) error
	log               *slog.Logger

	current atomic.Pointer[Pair]

	mu       sync.Mutex // guards what follows
	onChange []func(*Pair)
	taken    fingerprint // of the files that current was loaded from
	seen     fingerprint // of the files at the last look
	failed   string      // what was last logged about files that were not taken
	warned   time.Time
	expired  bool // the last warning was of an expired certificate
}

// NewWatcher loads the pair and checks it, and fails as LoadPair and check do.
// check is called on every new pair before it is taken over: usually it calls
// CheckChain with the present time. It may be nil.
func NewWatcher(certFile, keyFile string, check func(*Pair) error, log *slog.Logger) (*Watcher, error) {
	if check == nil {
		check = func(*Pair) error { return nil }
	}
	if log == nil {
		log = slog.Default()
	}
	w := &Watcher{Interval: defaultInterval, certFile: certFile, keyFile: keyFile, check: check, log: log}
	found := w.look()
	p, err := w.load(found)
	if err != nil {
		return nil, err
	}
	w.current.Store(p)
	w.warnSuperfluous(p)
	w.taken, w.seen = found.fingerprint, found.fingerprint
	return w, nil
}

// Current is the pair in use. It is never nil.
func (w *Watcher) Current() *Pair { return w.current.Load() }

// OnChange registers a function that is called with each new pair, after
// Current has begun to return it. Calls come one at a time, in the order of
// registration, on the goroutine that reloads.
func (w *Watcher) OnChange(f func(*Pair)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onChange = append(w.onChange, f)
}

// Run looks at the files every Interval until ctx is done. A pair that is not
// complete, does not match or does not pass the check is left alone and
// reported in the log once; the pair in use stays in use and the files are
// tried again at each look. When fewer than WarnDays days are left, it logs a
// warning at once and then every day; from the moment of expiry on, an error.
func (w *Watcher) Run(ctx context.Context) {
	interval := w.Interval
	if interval <= 0 {
		interval = defaultInterval
	}
	w.warn()
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		next := interval
		if w.poll() {
			// The files have just changed. Their writer may not be done,
			// so they are taken only if they still look the same soon.
			next = min(interval, settle)
		}
		w.warn()
		timer.Reset(next)
	}
}

// poll looks once, and tells whether the files are different from the last
// look and so were not tried.
func (w *Watcher) poll() (changing bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.look()
	changing = found.fingerprint != w.seen
	w.seen = found.fingerprint
	if !changing {
		_ = w.take(found) // logged there
	}
	return changing
}

// Reload looks at the files now and takes a new pair over, without waiting to
// see whether they are still being written: for a signal by which an operator
// says that they are complete. The error tells why the old pair stays.
func (w *Watcher) Reload() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.look()
	w.seen = found.fingerprint
	return w.take(found)
}

func (w *Watcher) take(found look) error {
	if found.fingerprint == w.taken {
		w.failed = "" // put back as they were: another failure is news again
		return nil
	}
	p, err := w.load(found)
	if err != nil {
		if reason := err.Error(); reason != w.failed {
			w.failed = reason
			w.log.Warn("changed certificate not taken over, the one in use stays", "error", reason,
				"daysLeft", w.Current().DaysLeft(time.Now()))
		}
		return err
	}
	w.taken, w.failed, w.warned, w.expired = found.fingerprint, "", time.Time{}, false
	w.current.Store(p)
	w.log.Info("certificate renewed", "file", w.certFile, "subject", p.Chain[0].Subject.String(),
		"notAfter", p.expires(), "daysLeft", p.DaysLeft(time.Now()))
	w.warnSuperfluous(p)
	for _, f := range w.onChange {
		f(p)
	}
	return nil
}

func (w *Watcher) warnSuperfluous(p *Pair) {
	if p.Warning != "" {
		w.log.Warn("certificate file holds more than its chain", "reason", p.Warning)
	}
}

// look is what the two files held at one moment.
type look struct {
	cert, key       []byte
	certErr, keyErr error
	fingerprint     fingerprint
}

type fingerprint [sha256.Size]byte

// look reads both files. Their content decides, not their times and sizes: a
// renewed certificate often has the size of the old one, a copy may keep the
// old time, and reading a few kilobytes is cheap.
func (w *Watcher) look() look {
	var l look
	l.cert, l.certErr = readFile(w.certFile)
	l.key, l.keyErr = readFile(w.keyFile)
	h := sha256.New()
	for _, part := range [][]byte{l.cert, l.key} {
		sum := sha256.Sum256(part)
		h.Write(sum[:])
	}
	for _, err := range []error{l.certErr, l.keyErr} {
		if err != nil {
			h.Write([]byte(err.Error()))
		}
		h.Write([]byte{0})
	}
	l.fingerprint = fingerprint(h.Sum(nil))
	return l
}

func (w *Watcher) load(l look) (*Pair, error) {
	if l.certErr != nil {
		return nil, l.certErr
	}
	if l.keyErr != nil {
		return nil, l.keyErr
	}
	p, err := parsePair(w.certFile, l.cert, w.keyFile, l.key)
	if err != nil {
		return nil, err
	}
	if err := w.check(p); err != nil {
		return nil, err
	}
	return p, nil
}

func (w *Watcher) warn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	p := w.Current()
	days := p.DaysLeft(now)
	expired := days < 0
	if days >= WarnDays || now.Sub(w.warned) < warnEvery && expired == w.expired {
		return
	}
	w.warned, w.expired = now, expired
	if expired {
		w.log.Error("certificate has expired: devices treat it as none, its signatures as missing", "file", w.certFile, "notAfter", p.expires(), "daysLeft", days)
		return
	}
	w.log.Warn("certificate expires soon", "file", w.certFile, "notAfter", p.expires(), "daysLeft", days)
}
