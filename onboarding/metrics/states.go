package metrics

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onramp/onboarding"
)

// Store is the storage that states are read from.
type Store interface {
	CountOpenConnections(ctx context.Context, since time.Time, most int) (int, error)
	CountWaitingDisconnects(ctx context.Context, most int) (int, error)
	Organizations(ctx context.Context) ([]*onboarding.Organization, error)
	MessageBacklogs(ctx context.Context) ([]onboarding.MessageBacklog, error)
	WebhookBacklogs(ctx context.Context, organizationID string) ([]onboarding.WebhookBacklog, error)
	WebhookEndpoints(ctx context.Context, organizationID string) ([]*onboarding.WebhookEndpoint, error)
	ServiceKeys(ctx context.Context, organizationID string) ([]*onboarding.ServiceKey, error)
}

// Backlog is the state of FreeRADIUS's accounting folder: records that wait, and refused ones.
type Backlog struct {
	Waiting, WaitingBytes int64
	Refused, RefusedBytes int64
}

// Sources are where states are read from. A nil source has no series.
type Sources struct {
	Store Store
	// Certificates returns the deployment's certificates; a chain that is not known has no entry.
	Certificates func(ctx context.Context) ([]Certificate, error)
	// Backlog returns the state of the accounting folder; nil if there is none on this machine.
	Backlog func(ctx context.Context) (*Backlog, error)
	// Backup returns the time of the last backup, ErrNotFound if there is none.
	Backup func(ctx context.Context) (time.Time, error)
	// Keys returns the ages of the deployment's keys.
	Keys func(ctx context.Context) ([]onboarding.KeyAge, error)
	// FormerSecret returns the end of a former AAA secret that FreeRADIUS still uses; zero: none.
	FormerSecret func(ctx context.Context) (time.Time, error)
	// WriterQueue returns the number of waiting transactions and its maximum (SQLite).
	WriterQueue func() (length, most int)
	// Pool returns the numbers of connections in use and of all allowed ones (PostgreSQL).
	Pool func() (used, most int)
	// Signing returns the state of the signatures of profiles.
	Signing func() Signing
	// Tombstones returns the work on the log of deletions.
	Tombstones func() Tombstones
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now
}

// Signing is the state of this process's signatures of profiles.
type Signing struct {
	Waiting, Capacity int   // documents that wait for their signature, and the most
	Full, Late        int64 // documents that were refused: the queue was full, the wait too long
	Bytes             int   // memory for signed documents
	Hits, Misses      int64 // downloads with and without a held document
}

// Tombstones is the work of this process on the log of deletions.
type Tombstones struct {
	Lines    int64 // appended
	Failures int64 // attempts that failed
	Pending  int   // missing lines
}

const (
	// Maximum ages of an exported state: scrapes within it read nothing.
	countAge       = 10 * time.Second
	certificateAge = time.Minute
	// stateTime limits one reading, so that a scrape ends before Prometheus's own timeout of 10 s.
	stateTime = 5 * time.Second
	// Maximum counts of rows, which bound the work of a scrape. A gauge with this value means as
	// many or more.
	connectionsMost = 100_000
	disconnectsMost = 10_000
)

var (
	connectionsOpen = prometheus.NewDesc("onramp_connections_open",
		"Connections that have not ended, of the last 30 days; 100000 means as many or more. "+
			"Equal on every replica.", nil, nil)
	disconnectsWaiting = prometheus.NewDesc("onramp_disconnects_waiting",
		"Orders to disconnect that wait for an attempt; 10000 means as many or more. Equal on every replica.",
		nil, nil)
	messagesWaiting = prometheus.NewDesc("onramp_messages_waiting",
		"E-mails and SMS that wait to be sent, by channel. Equal on every replica.", []string{"channel"}, nil)
	messageAge = prometheus.NewDesc("onramp_message_oldest_seconds",
		"Age of the oldest e-mail and SMS that waits, by channel; 0 if none waits. Equal on every replica.",
		[]string{"channel"}, nil)
	webhooksWaiting = prometheus.NewDesc("onramp_webhooks_waiting",
		"Events that wait for a delivery to a webhook. Equal on every replica.", nil, nil)
	webhooksDead = prometheus.NewDesc("onramp_webhooks_dead",
		"Events for webhooks that were given up and can be replayed. Equal on every replica.", nil, nil)
	webhookAge = prometheus.NewDesc("onramp_webhook_oldest_seconds",
		"Age of the oldest event that waits for a delivery to a webhook; 0 if none waits. Equal on every replica.",
		nil, nil)
	webhooksDisabled = prometheus.NewDesc("onramp_webhooks_disabled",
		"Webhooks that are disabled, because the receiver answered 410. Equal on every replica.", nil, nil)
	daysLeft = prometheus.NewDesc("onramp_certificate_days_left",
		"Days until the first certificate of a chain expires, negative afterwards: signer, radius, https, or "+
			"trust-anchor with the organization's ID.", []string{"certificate", "organization"}, nil)
	keyDaysLeft = prometheus.NewDesc("onramp_client_key_days_left",
		"Days until the first client key that is not revoked expires, negative afterwards; +Inf if none expires. "+
			"Equal on every replica.", nil, nil)
	keyAge = prometheus.NewDesc("onramp_key_age_seconds",
		"Age of the key or secret in use, by kind: master, jwt, scroll, aaa, radius, signer, and client, the oldest "+
			"secret of a client key. A kind whose creation is not known is absent.", []string{"kind"}, nil)
	formerSecretLeft = prometheus.NewDesc("onramp_former_aaa_secret_seconds_left",
		"Seconds until the former AAA secret ends, while FreeRADIUS uses it or has not used the new one; "+
			"+Inf otherwise. Equal on every replica.", nil, nil)
	backlogRecords = prometheus.NewDesc("onramp_accounting_backlog_records",
		"Accounting records in FreeRADIUS's folder on this machine, by state (waiting or refused); "+
			"of the last 16 MiB of each file.",
		[]string{"state"}, nil)
	backlogBytes = prometheus.NewDesc("onramp_accounting_backlog_bytes",
		"Size of the files of accounting records in FreeRADIUS's folder on this machine, by state.",
		[]string{"state"}, nil)
	backupAge = prometheus.NewDesc("onramp_backup_age_seconds",
		"Age of the last backup that was verified; +Inf if there is none. Equal on every replica.", nil, nil)
	writerQueue = prometheus.NewDesc("onramp_database_queue_length",
		"Transactions that wait for the SQLite writer of this process.", nil, nil)
	writerQueueMost = prometheus.NewDesc("onramp_database_queue_capacity",
		"Maximum of onramp_database_queue_length, beyond which requests are answered 503.", nil, nil)
	poolUsed = prometheus.NewDesc("onramp_database_connections_used",
		"PostgreSQL connections of this process that are in use.", nil, nil)
	poolMost = prometheus.NewDesc("onramp_database_connections_limit",
		"Maximum of onramp_database_connections_used.", nil, nil)
	signingQueue = prometheus.NewDesc("onramp_signing_queue_length",
		"Profiles of this process that wait for their signature.", nil, nil)
	signingQueueMost = prometheus.NewDesc("onramp_signing_queue_capacity",
		"Maximum of onramp_signing_queue_length, beyond which downloads are answered 503.", nil, nil)
	signingRefused = prometheus.NewDesc("onramp_signing_refused_total",
		"Downloads answered 503 instead of a signature, by reason: the queue was full, or the wait too long (late).",
		[]string{"reason"}, nil)
	signedBytes = prometheus.NewDesc("onramp_signed_cache_bytes",
		"Memory of this process for signed profiles, encrypted.", nil, nil)
	signedDownloads = prometheus.NewDesc("onramp_signed_cache_total",
		"Downloads of signed profiles, by result: answered from memory (hit), or signed (miss).",
		[]string{"result"}, nil)
	tombstoneLines = prometheus.NewDesc("onramp_tombstone_lines_total",
		"Lines that this process appended to the log of deletions.", nil, nil)
	tombstoneFailures = prometheus.NewDesc("onramp_tombstone_failures_total",
		"Attempts of this process to append to the log of deletions that failed.", nil, nil)
	tombstonesPending = prometheus.NewDesc("onramp_tombstones_pending",
		"Deletions of this process whose line is not in the log of deletions yet.", nil, nil)
	unread = prometheus.NewDesc("onramp_state_unread",
		"1 if the last reading of a state failed, so that its family is absent; else 0.", []string{"state"}, nil)
)

// States is a collector of states. Concurrent scrapes share one reading.
type States struct {
	from  Sources
	mu    sync.Mutex
	parts []*state
}

// state is a part of the states, which is read as a whole.
type state struct {
	name string
	age  time.Duration // maximum age of an exported reading
	read func(ctx context.Context, now time.Time) ([]prometheus.Metric, error)
	at   time.Time
	last []prometheus.Metric // nil before the first reading
	// failure is the last logged error, or "".
	failure string
}

// NewStates returns a collector that reads the sources when it is scraped.
func NewStates(from Sources) *States {
	if from.Now == nil {
		from.Now = time.Now
	}
	from.Log = onboarding.LogOrDiscard(from.Log)
	s := &States{from: from}
	if from.Store != nil {
		s.add("connections", countAge, s.connections)
		s.add("disconnects", countAge, s.disconnects)
		s.add("messages", countAge, s.messages)
		s.add("webhooks", countAge, s.webhooks)
		s.add("keys", certificateAge, s.keys)
	}
	if from.Certificates != nil {
		s.add("certificates", certificateAge, s.certificates)
	}
	if from.Keys != nil {
		s.add("key-ages", certificateAge, s.keyAges)
	}
	if from.FormerSecret != nil {
		s.add("former-secret", countAge, s.formerSecret)
	}
	if from.Backlog != nil {
		s.add("accounting", countAge, s.backlog)
	}
	if from.Backup != nil {
		s.add("backup", certificateAge, s.backup)
	}
	return s
}

func (s *States) add(
	name string, age time.Duration, read func(context.Context, time.Time) ([]prometheus.Metric, error),
) {
	s.parts = append(s.parts, &state{name: name, age: age, read: read})
}

// Describe implements prometheus.Collector. It sends nothing: the families depend on the sources.
func (s *States) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *States) Collect(to chan<- prometheus.Metric) {
	for _, m := range s.current() {
		to <- m
	}
	if s.from.WriterQueue != nil {
		length, most := s.from.WriterQueue()
		to <- gauge(writerQueue, float64(length))
		to <- gauge(writerQueueMost, float64(most))
	}
	if s.from.Pool != nil {
		used, most := s.from.Pool()
		to <- gauge(poolUsed, float64(used))
		to <- gauge(poolMost, float64(most))
	}
	if s.from.Signing != nil {
		n := s.from.Signing()
		to <- gauge(signingQueue, float64(n.Waiting))
		to <- gauge(signingQueueMost, float64(n.Capacity))
		to <- total(signingRefused, n.Full, "full")
		to <- total(signingRefused, n.Late, "late")
		to <- gauge(signedBytes, float64(n.Bytes))
		to <- total(signedDownloads, n.Hits, "hit")
		to <- total(signedDownloads, n.Misses, "miss")
	}
	if s.from.Tombstones != nil {
		t := s.from.Tombstones()
		to <- total(tombstoneLines, t.Lines)
		to <- total(tombstoneFailures, t.Failures)
		to <- gauge(tombstonesPending, float64(t.Pending))
	}
}

func gauge(desc *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}

func total(desc *prometheus.Desc, value int64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
}

// current returns the cached states, and reads those that are too old anew.
func (s *States) current() []prometheus.Metric {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), stateTime)
	defer cancel()
	now := s.from.Now()
	var all []prometheus.Metric
	for _, p := range s.parts {
		if age := now.Sub(p.at); p.last == nil || age < 0 || age >= p.age {
			p.last, p.at = s.read(ctx, p, now), now
		}
		all = append(all, p.last...)
	}
	return all
}

// read reads one state. A failure is exported, and logged unless it repeats the last one.
func (s *States) read(ctx context.Context, p *state, now time.Time) []prometheus.Metric {
	found, err := p.read(ctx, now)
	failed, failure := 0.0, ""
	if err != nil {
		failed, failure = 1, err.Error()
		if failure != p.failure {
			s.from.Log.Warn("reading a state for the metrics failed", "state", p.name, "error", err)
		}
	}
	p.failure = failure
	return append(found, gauge(unread, failed, p.name))
}

func (s *States) connections(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	n, err := s.from.Store.CountOpenConnections(ctx, now.Add(-onboarding.UnboundedTimeout), connectionsMost)
	return single(connectionsOpen, n, err)
}

func (s *States) disconnects(ctx context.Context, _ time.Time) ([]prometheus.Metric, error) {
	n, err := s.from.Store.CountWaitingDisconnects(ctx, disconnectsMost)
	return single(disconnectsWaiting, n, err)
}

func (s *States) messages(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	backlogs, err := s.from.Store.MessageBacklogs(ctx)
	if err != nil {
		return nil, err
	}
	var all []prometheus.Metric
	for _, channel := range onboarding.MessageChannels() {
		waiting, age := 0, 0.0
		for _, b := range backlogs {
			if b.Channel == channel {
				waiting, age = b.Waiting, max(0, now.Sub(b.Oldest).Seconds())
			}
		}
		all = append(all, gauge(messagesWaiting, float64(waiting), string(channel)),
			gauge(messageAge, age, string(channel)))
	}
	return all, nil
}

func (s *States) webhooks(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	endpoints, err := s.from.Store.WebhookEndpoints(ctx, "")
	if err != nil {
		return nil, err
	}
	disabled := 0
	for _, e := range endpoints {
		if e.Disabled != nil {
			disabled++
		}
	}
	backlogs, err := s.from.Store.WebhookBacklogs(ctx, "")
	if err != nil {
		return nil, err
	}
	waiting, dead, age := 0, 0, 0.0
	for _, b := range backlogs {
		waiting += b.Waiting
		dead += b.Dead
		if b.Waiting > 0 {
			age = max(age, now.Sub(b.Oldest).Seconds())
		}
	}
	return []prometheus.Metric{
		gauge(webhooksWaiting, float64(waiting)), gauge(webhooksDead, float64(dead)), gauge(webhookAge, age),
		gauge(webhooksDisabled, float64(disabled)),
	}, nil
}

func (s *States) backup(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	at, err := s.from.Backup(ctx)
	switch {
	case errors.Is(err, onboarding.ErrNotFound):
		return []prometheus.Metric{gauge(backupAge, math.Inf(1))}, nil
	case err != nil:
		return nil, err
	}
	return []prometheus.Metric{gauge(backupAge, now.Sub(at).Seconds())}, nil
}

func (s *States) keys(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	keys, err := s.from.Store.ServiceKeys(ctx, "")
	if err != nil {
		return nil, err
	}
	left := math.Inf(1)
	for _, k := range keys {
		if k.Revoked == nil && k.Expires != nil {
			left = min(left, days(*k.Expires, now))
		}
	}
	return []prometheus.Metric{gauge(keyDaysLeft, left)}, nil
}

func (s *States) keyAges(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	ages, err := s.from.Keys(ctx)
	if err != nil {
		return nil, err
	}
	all := []prometheus.Metric{}
	for _, a := range ages {
		if !a.Created.IsZero() {
			all = append(all, gauge(keyAge, max(0, now.Sub(a.Created).Seconds()), a.Kind))
		}
	}
	return all, nil
}

func (s *States) formerSecret(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	ends, err := s.from.FormerSecret(ctx)
	if err != nil {
		return nil, err
	}
	left := math.Inf(1)
	if !ends.IsZero() {
		left = max(0, ends.Sub(now).Seconds())
	}
	return []prometheus.Metric{gauge(formerSecretLeft, left)}, nil
}

func single(desc *prometheus.Desc, n int, err error) ([]prometheus.Metric, error) {
	if err != nil {
		return nil, err
	}
	return []prometheus.Metric{gauge(desc, float64(n))}, nil
}

func (s *States) backlog(ctx context.Context, _ time.Time) ([]prometheus.Metric, error) {
	b, err := s.from.Backlog(ctx)
	if b == nil {
		return nil, err
	}
	return []prometheus.Metric{
		gauge(backlogRecords, float64(b.Waiting), "waiting"), gauge(backlogBytes, float64(b.WaitingBytes), "waiting"),
		gauge(backlogRecords, float64(b.Refused), "refused"), gauge(backlogBytes, float64(b.RefusedBytes), "refused"),
	}, err
}
