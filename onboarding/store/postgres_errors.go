package store

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"onramp/onboarding"
)

var errNotCommitted = errors.New("server rolled back the transaction")

// postgresError returns the error of package onboarding for the driver's error, where one applies,
// and reports whether a repeat may succeed, provided that no commit was running. The codes are
// those of appendix A of PostgreSQL's documentation.
func postgresError(err error) (mapped error, again bool) {
	if onboarding.KindOf(err) != "" {
		return err, false
	}
	if errors.Is(err, puddle.ErrClosedPool) {
		return errClosed, false
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if lost(err) {
			return unavailable(err), true
		}
		return err, false
	}
	switch e.Code {
	case "23505": // unique_violation
		return conflict(e.ConstraintName, err), false
	case "KR001": // of the triggers on tables with sealed values
		return fmt.Errorf("%w: %v", onboarding.ErrKeyRetired, err), false
	case "23503": // foreign_key_violation
		return fmt.Errorf("%w: %v", onboarding.ErrNotFound, err), false
	case "40001", "40P01", // serialization_failure, deadlock_detected
		"0A000",                            // feature_not_supported: a migration has invalidated a plan
		"25006",                            // read_only_sql_transaction: the server was demoted
		"53300",                            // too_many_connections
		"57P01", "57P02", "57P03", "57P05": // shutdown, crash, startup, idle session timeout
		return unavailable(err), true
	// Our own timeouts: lock_not_available, query_canceled, idle_in_transaction_session_timeout.
	case "55P03", "57014", "25P03":
		return unavailable(err), false
	}
	switch e.Code[:2] {
	case "08": // connection exception
		return unavailable(err), true
	case "53", "58": // insufficient resources (a full disk), system error
		return unavailable(err), false
	}
	return err, false
}

// lost reports whether the connection is missing or was lost.
func lost(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed) ||
		pgconn.SafeToRetry(err) || pgconn.Timeout(err) {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok
}

// refused reports whether the server answered a statement with an error and keeps the connection:
// it ran no later statement.
func refused(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && !strings.EqualFold(e.SeverityUnlocalized, "FATAL") &&
		!strings.EqualFold(e.SeverityUnlocalized, "PANIC")
}

// unknownOutcome returns the error for a connection lost after COMMIT was sent.
func unknownOutcome(cause error) *onboarding.Error {
	return &onboarding.Error{
		Kind: onboarding.Unavailable, RetryAfter: onboarding.ErrBusy.RetryAfter, Cause: cause,
		Message: "database connection lost; it is unknown whether the request was carried out; " +
			"a request with a key (Idempotency-Key, deduplicate) may be repeated",
	}
}
