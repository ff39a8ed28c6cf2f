package onboarding

import (
	"context"
	"log/slog"
)

// LogOrDiscard returns log, or a logger that drops everything when log is nil.
func LogOrDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}

// Subject names the subject of a request, for the log line of a refused one. It holds references
// that only the deployment can resolve: no name, address or user name of a person. Fields are empty
// as far as unknown. Use cases fill it before they start other goroutines.
type Subject struct {
	OrganizationID string
	HotspotID      string
	AccessPoint    string // the AccessPoint's Key
	CustomerID     string
	Reason         Reason // of a refused authentication
}

type subjectKey struct{}

// WithSubject returns a context that holds an empty Subject.
func WithSubject(ctx context.Context) context.Context {
	return context.WithValue(ctx, subjectKey{}, &Subject{})
}

// SubjectOf returns the context's Subject, or a new one that is not logged.
func SubjectOf(ctx context.Context) *Subject {
	if s, ok := ctx.Value(subjectKey{}).(*Subject); ok {
		return s
	}
	return &Subject{}
}

// Concern sets the organization and the customer of the context's Subject.
func Concern(ctx context.Context, organizationID, customerID string) {
	s := SubjectOf(ctx)
	s.OrganizationID, s.CustomerID = organizationID, customerID
}

// Attrs returns the known fields for a log line.
func (s *Subject) Attrs() []slog.Attr {
	var attrs []slog.Attr
	for _, field := range []struct{ key, value string }{
		{"organization", s.OrganizationID}, {"hotspot", s.HotspotID}, {"accessPoint", s.AccessPoint},
		{"customer", s.CustomerID},
	} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.key, field.value))
		}
	}
	return attrs
}
