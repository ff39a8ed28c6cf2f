package metrics

import (
	"slices"
	"time"
)

// Database records the duration of a database operation, read or write.
func (m *Metrics) Database(operation string, took time.Duration) {
	if !slices.Contains(operations, operation) {
		operation = other
	}
	m.database.WithLabelValues(operation).Observe(took.Seconds())
}

// Signer is the profile signer that a TimedSigner measures.
type Signer interface {
	Sign(document []byte) ([]byte, error)
	SignXML(document []byte) ([]byte, error)
	XMLRefusal() string
	Fingerprint() string
}

// The labels of signatures.
const (
	formCMS = "cms"
	formXML = "xmldsig"
)

// TimedSigner records the duration of each signature, also of a failed one.
type TimedSigner struct {
	Signer
	metrics *Metrics
}

// Signer returns a signer that records the durations of s.
func (m *Metrics) Signer(s Signer) *TimedSigner { return &TimedSigner{s, m} }

// Sign returns a CMS SignedData (RFC 5652) of the document.
func (s *TimedSigner) Sign(document []byte) ([]byte, error) {
	defer s.observe(formCMS, time.Now())
	return s.Signer.Sign(document)
}

// SignXML returns the XML document with an enveloped XML-DSig signature.
func (s *TimedSigner) SignXML(document []byte) ([]byte, error) {
	defer s.observe(formXML, time.Now())
	return s.Signer.SignXML(document)
}

func (s *TimedSigner) observe(form string, started time.Time) {
	s.metrics.signing.WithLabelValues(form).Observe(time.Since(started).Seconds())
}
