// Package metrics exports a deployment's activity to Prometheus: events as they happen, and states
// of the database, of certificates and of the accounting backlog when a scrape asks for them.
//
// # Decisions
//
// Events are counters of one process: registrations, downloads, installations, authentications,
// disconnects, and the two histograms. Their sum over all replicas is that of the deployment.
// States that are read from the database or from the deployment's certificates are gauges of the
// whole deployment: each replica exports the same value, so that a query takes the maximum and not
// the sum. The length of a queue in memory and the accounting backlog belong to one process and
// one machine.
//
// Every label has a closed list of values. A value outside its list is counted as "other". The one
// exception is the label organization of a trust anchor's certificate: the IDs of the declared
// organizations, which only an operator changes. No other family has the organization: the number
// of series would grow with the tenants, and the API answers such questions
// (/v2/organizations/{org}/refusals).
//
// A state that cannot be read has no value. It is never exported as 0.
package metrics

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"onramp/onboarding"
	"onramp/profiles"
)

// Metrics counts the events of one process. It implements the observers of the use cases. Its
// methods are safe for concurrent use.
type Metrics struct {
	registrations   *prometheus.CounterVec
	downloads       *prometheus.CounterVec
	installations   *prometheus.CounterVec
	authentications *prometheus.CounterVec
	handshakes      *prometheus.CounterVec
	disconnects     *prometheus.CounterVec
	queued          *prometheus.CounterVec
	messages        *prometheus.CounterVec
	delayed         *prometheus.CounterVec
	webhooks        *prometheus.CounterVec
	webhooksDead    prometheus.Counter
	webhooksDropped prometheus.Counter
	verifications   *prometheus.CounterVec
	deleted         *prometheus.CounterVec
	held            prometheus.Gauge
	signing         *prometheus.HistogramVec
	database        *prometheus.HistogramVec
}

// New registers the families of events. Series whose labels are known are present from the start,
// with the value 0, so that the first event is a rise.
func New(registry *prometheus.Registry) (*Metrics, error) {
	m := &Metrics{
		registrations: counter("onramp_registrations_total",
			"Customers registered, by channel.", "channel"),
		downloads: counter("onramp_downloads_total",
			"Requests for a profile, by platform, source and result (ok or refused).",
			"platform", "source", "result"),
		installations: counter("onramp_installations_total",
			"Installations reported, by platform and source.", "platform", "source"),
		authentications: counter("onramp_authentications_total",
			"Authentications reported by FreeRADIUS, by result (accept or reject) and reason (none for an accept).",
			"result", "reason"),
		handshakes: counter("onramp_handshake_failures_total",
			"Authentications that failed before the device sent a user name, by reason.", "reason"),
		disconnects: counter("onramp_disconnects_total",
			"Finished orders to disconnect, by outcome.", "outcome"),
		queued: counter("onramp_messages_queued_total",
			"E-mails and SMS that were queued, by channel and kind.", "channel", "kind"),
		messages: counter("onramp_messages_total",
			"Finished e-mails and SMS, by channel and outcome.", "channel", "outcome"),
		delayed: counter("onramp_message_attempts_failed_total",
			"Attempts to send an e-mail or SMS that are repeated later, by channel.", "channel"),
		webhooks: counter("onramp_webhook_attempts_total",
			"Attempts to deliver an event to a webhook, by result (delivered or failed).", "result"),
		webhooksDead: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "onramp_webhooks_dead_total", Help: "Events for webhooks that were given up.",
		}),
		webhooksDropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "onramp_webhooks_dropped_total",
			Help: "Events for webhooks that were given up and deleted early, because too many were kept.",
		}),
		verifications: counter("onramp_verifications_total",
			"Codes sent to verify an address, and their results (sent, proven, wrong or ended), by channel.",
			"channel", "result"),
		deleted: counter("onramp_retention_deleted_total",
			"Records deleted with age, by kind.", "kind"),
		held: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "onramp_retention_held",
			Help: "1 if the last retention run deleted nothing because the clock had leapt, else 0.",
		}),
		signing: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onramp_signing_duration_seconds", Help: "Duration of a profile's signature in seconds, by form.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1},
		}, []string{"form"}),
		database: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onramp_database_duration_seconds",
			Help: "Duration of a database call in seconds: a read up to its first row, " +
				"or a write with its wait and commit.",
			Buckets: []float64{
				.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10,
			},
		}, []string{"operation"}),
	}
	var err error
	for _, c := range []prometheus.Collector{
		m.registrations, m.downloads, m.installations, m.authentications, m.handshakes, m.disconnects,
		m.queued, m.messages, m.delayed, m.webhooks, m.webhooksDead, m.webhooksDropped,
		m.verifications, m.deleted, m.held, m.signing, m.database,
	} {
		err = errors.Join(err, registry.Register(c))
	}
	m.begin()
	return m, err
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// begin creates the series of all known labels, except those by platform, of which most deployments
// use few.
func (m *Metrics) begin() {
	for _, channel := range channels {
		m.registrations.WithLabelValues(string(channel))
	}
	m.authentications.WithLabelValues("accept", "none")
	for _, reason := range reasons {
		m.authentications.WithLabelValues("reject", string(reason))
	}
	for _, reason := range handshakeReasons {
		m.handshakes.WithLabelValues(string(reason))
	}
	for _, outcome := range outcomes {
		m.disconnects.WithLabelValues(string(outcome))
	}
	for _, channel := range onboarding.MessageChannels() {
		for _, kind := range onboarding.MessageKinds() {
			m.queued.WithLabelValues(string(channel), string(kind))
		}
		for _, outcome := range onboarding.MessageOutcomes() {
			m.messages.WithLabelValues(string(channel), string(outcome))
		}
		m.delayed.WithLabelValues(string(channel))
	}
	for _, result := range []string{webhookDelivered, webhookFailed} {
		m.webhooks.WithLabelValues(result)
	}
	for _, channel := range onboarding.VerifyChannels() {
		for _, result := range onboarding.VerifyResults() {
			m.verifications.WithLabelValues(string(channel), string(result))
		}
	}
	for _, kind := range onboarding.RecordKinds() {
		m.deleted.WithLabelValues(string(kind))
	}
	for _, operation := range operations {
		m.database.WithLabelValues(operation)
	}
	for _, form := range []string{formCMS, formXML} {
		m.signing.WithLabelValues(form)
	}
}

// The closed lists of labels.
var (
	channels = []onboarding.Channel{onboarding.ChannelApp, onboarding.ChannelAPI, onboarding.ChannelPortal}
	sources  = []onboarding.Source{onboarding.SourceApp, onboarding.SourceVisitor, onboarding.SourceKiosk}
	reasons  = append([]onboarding.Reason{
		onboarding.ReasonUnknownUser, onboarding.ReasonWrongRealm, onboarding.ReasonLocked, onboarding.ReasonExpired,
		onboarding.ReasonElsewhere, onboarding.ReasonWrongPassword, onboarding.ReasonUnavailable,
	}, handshakeReasons...)
	handshakeReasons = []onboarding.Reason{
		onboarding.ReasonHandshake, onboarding.ReasonNotTrusted, onboarding.ReasonTLSVersion, onboarding.ReasonStopped,
	}
	outcomes = []onboarding.DisconnectOutcome{
		onboarding.DisconnectAcknowledged, onboarding.DisconnectRefused, onboarding.DisconnectUnanswered,
		onboarding.DisconnectEnded, onboarding.DisconnectNoAddress,
	}
	platforms  = profiles.Platforms()
	operations = []string{"read", "write"}
)
