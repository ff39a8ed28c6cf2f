package metrics

import (
	"slices"

	"onramp/onboarding"
	"onramp/profiles"
)

// other is the label of a value outside its list.
const other = "other"

// label returns a value of the list as a label, or other.
func label[T ~string](list []T, value T) string {
	if slices.Contains(list, value) {
		return string(value)
	}
	return other
}

// Registered counts a customer who was registered through a channel.
func (m *Metrics) Registered(channel onboarding.Channel) {
	m.registrations.WithLabelValues(label(channels, channel)).Inc()
}

// Downloaded counts a request for a profile, which was answered or refused.
func (m *Metrics) Downloaded(platform string, source onboarding.Source, refused bool) {
	result := "ok"
	if refused {
		result = "refused"
	}
	m.downloads.WithLabelValues(label(platforms, profiles.Platform(platform)), label(sources, source), result).Inc()
}

// Installed counts a reported installation.
func (m *Metrics) Installed(platform string, source onboarding.Source) {
	m.installations.WithLabelValues(label(platforms, profiles.Platform(platform)), label(sources, source)).Inc()
}

// Authenticated counts an authentication. An empty reason means that it was accepted.
func (m *Metrics) Authenticated(reason onboarding.Reason) {
	if reason == "" {
		m.authentications.WithLabelValues("accept", "none").Inc()
		return
	}
	m.authentications.WithLabelValues("reject", label(reasons, reason)).Inc()
	if slices.Contains(handshakeReasons, reason) {
		m.handshakes.WithLabelValues(string(reason)).Inc()
	}
}

// DisconnectFinished counts a finished order to disconnect.
func (m *Metrics) DisconnectFinished(outcome onboarding.DisconnectOutcome) {
	m.disconnects.WithLabelValues(label(outcomes, outcome)).Inc()
}

// MessageQueued counts a queued message.
func (m *Metrics) MessageQueued(channel onboarding.MessageChannel, kind onboarding.MessageKind) {
	m.queued.WithLabelValues(label(onboarding.MessageChannels(), channel),
		label(onboarding.MessageKinds(), kind)).Inc()
}

// MessageFinished counts a finished message.
func (m *Metrics) MessageFinished(channel onboarding.MessageChannel, outcome onboarding.MessageOutcome) {
	m.messages.WithLabelValues(label(onboarding.MessageChannels(), channel),
		label(onboarding.MessageOutcomes(), outcome)).Inc()
}

// The results of an attempt to deliver an event to a webhook.
const (
	webhookDelivered = "delivered"
	webhookFailed    = "failed"
)

// WebhookAttempted counts an attempt to deliver an event to a webhook.
func (m *Metrics) WebhookAttempted(delivered bool) {
	result := webhookFailed
	if delivered {
		result = webhookDelivered
	}
	m.webhooks.WithLabelValues(result).Inc()
}

// WebhookDied counts events that are given up.
func (m *Metrics) WebhookDied(n int) { m.webhooksDead.Add(float64(n)) }

// WebhookDropped counts events that are deleted early.
func (m *Metrics) WebhookDropped(n int) { m.webhooksDropped.Add(float64(n)) }

// MessageAttemptFailed counts an attempt to send a message that is repeated later.
func (m *Metrics) MessageAttemptFailed(channel onboarding.MessageChannel) {
	m.delayed.WithLabelValues(label(onboarding.MessageChannels(), channel)).Inc()
}

// Verified counts a step of a verification.
func (m *Metrics) Verified(channel onboarding.VerifyChannel, result onboarding.VerifyResult) {
	m.verifications.WithLabelValues(label(onboarding.VerifyChannels(), channel),
		label(onboarding.VerifyResults(), result)).Inc()
}

// Deleted counts records that retention deleted.
func (m *Metrics) Deleted(kind onboarding.RecordKind, n int) {
	m.deleted.WithLabelValues(label(onboarding.RecordKinds(), kind)).Add(float64(n))
}

// RetentionHeld records whether the last retention run refused the clock.
func (m *Metrics) RetentionHeld(held bool) {
	m.held.Set(0)
	if held {
		m.held.Set(1)
	}
}
