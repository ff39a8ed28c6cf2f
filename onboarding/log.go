package onboarding

import "log/slog"

// LogOrDiscard returns log, or a logger that drops everything when log is nil.
func LogOrDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
