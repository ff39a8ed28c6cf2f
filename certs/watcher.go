package certs

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// WarnDays is the number of days before the expiry in which a Watcher logs a
// warning every day.
const WarnDays = 30

const (
	defaultInterval = 5 * time.Second
	settle          = 200 * time.Millisecond
	warnEvery       = 24 * time.Hour
)

// Watcher holds a pair and loads it again when its files change. All methods are
// safe for concurrent use; Current costs one atomic load.
type Watcher struct {
	// Interval is the time between two reads of the files. The default is 5
	// seconds. Set it before Run.
	Interval time.Duration

	certFile, keyFile string
	check             func(*Pair) error
	log               *slog.Logger

	current atomic.Pointer[Pair]

	mu       sync.Mutex // guards the fields below
	onChange []func(*Pair)
	taken    fingerprint // of the files of the current pair
	seen     fingerprint // of the files at the last read
	failed   string      // the last logged error, or ""
	warned   time.Time   // the time of the last warning
	expired  bool        // the last warning reported an expired certificate
}

// NewWatcher loads a pair as LoadPair and returns an error if that or check fails.
// The Watcher calls check for every new pair before it replaces the current one;
// usually check calls CheckChain with the current time. check and log may be nil.
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

// Current returns the current pair, never nil.
func (w *Watcher) Current() *Pair { return w.current.Load() }

// OnChange registers a function that the Watcher calls with each new pair, after
// Current returns that pair. Functions are called one at a time, in the order of
// registration, by the goroutine that reloads.
func (w *Watcher) OnChange(f func(*Pair)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onChange = append(w.onChange, f)
}

// Run reads the files every Interval until ctx is done. If a new pair is incomplete,
// does not match or fails the check, Run logs the error once, keeps the current pair
// and tries again. When fewer than WarnDays days are left, it logs a warning at once
// and then every day, and after the expiry an error.
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
			// The files have just changed and their writer may not be done.
			// Use them only if they are the same in a moment.
			next = min(interval, settle)
		}
		w.warn()
		timer.Reset(next)
	}
}

// poll reads the files once. If they differ from the last read, it reports true and
// does not load them.
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

// Reload reads the files now and replaces the pair, without waiting until the files
// are stable. It is for a signal from an operator. On an error, the current pair is
// kept.
func (w *Watcher) Reload() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.look()
	w.seen = found.fingerprint
	return w.take(found)
}

func (w *Watcher) take(found look) error {
	if found.fingerprint == w.taken {
		w.failed = "" // the files were restored: log the next error again
		return nil
	}
	p, err := w.load(found)
	if err != nil {
		if reason := err.Error(); reason != w.failed {
			w.failed = reason
			w.log.Warn("certificate reload failed, keeping the current one", "error", reason,
				"daysLeft", w.Current().DaysLeft(time.Now()))
		}
		return err
	}
	w.taken, w.failed, w.warned, w.expired = found.fingerprint, "", time.Time{}, false
	w.current.Store(p)
	w.log.Info("certificate renewed", "file", w.certFile, "subject", p.Chain[0].Subject.String(),
		"notAfter", p.Expires(), "daysLeft", p.DaysLeft(time.Now()))
	w.warnSuperfluous(p)
	for _, f := range w.onChange {
		f(p)
	}
	return nil
}

func (w *Watcher) warnSuperfluous(p *Pair) {
	if p.Warning != "" {
		w.log.Warn("certificate file contains more than its chain", "reason", p.Warning)
	}
}

// look holds the content of the two files at one time.
type look struct {
	cert, key       []byte
	certErr, keyErr error
	fingerprint     fingerprint
}

type fingerprint [sha256.Size]byte

// look reads both files. It compares contents instead of times and sizes: a renewed
// certificate often has the size of the old one, a copy may keep the old time, and
// the files are small.
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
		w.log.Error("certificate has expired: devices reject it and ignore its signatures",
			"file", w.certFile, "notAfter", p.Expires(), "daysLeft", days)
		return
	}
	w.log.Warn("certificate expires soon", "file", w.certFile, "notAfter", p.Expires(), "daysLeft", days)
}
