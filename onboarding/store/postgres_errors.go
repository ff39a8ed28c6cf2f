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

var errNotCommitted = errors.New("the server rolled the transaction back")

// postgresError turns the driver's error into the domain's where the domain has one, and reports whether the same may
// succeed a moment later, provided that no commit was under way. The codes are those of PostgreSQL's appendix A.
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
	case "23503": // foreign_key_violation
		return fmt.Errorf("%w: %v", onboarding.ErrNotFound, err), false
	case "40001", "40P01", // serialization_failure, deadlock_detected
		"0A000",                            // feature_not_supported: a plan that a migration has made stale
		"25006",                            // read_only_sql_transaction: the server was demoted
		"53300",                            // too_many_connections
		"57P01", "57P02", "57P03", "57P05": // the server stops, crashed, is starting, found us idle
		return unavailable(err), true
	case "55P03", "57014", "25P03": // lock_not_available, query_canceled, idle_in_transaction_session_timeout: our own timeouts
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

// lost reports whether there is, or was, no connection.
func lost(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed) ||
		pgconn.SafeToRetry(err) || pgconn.Timeout(err) {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok
}

// refused reports whether the server itself answered a statement with an error and lives on: what came after it was not run.
func refused(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && !strings.EqualFold(e.SeverityUnlocalized, "FATAL") && !strings.EqualFold(e.SeverityUnlocalized, "PANIC")
}

// unknownOutcome is for a connection that was lost after COMMIT was sent.
func unknownOutcome(cause error) *onboarding.Error {
	return &onboarding.Error{
		Kind: onboarding.Unavailable, RetryAfter: onboarding.ErrBusy.RetryAfter, Cause: cause,
		Message: "the connection to the database was lost and it is unknown whether the request was carried out; with a key (Idempotency-Key, deduplicate) it may be repeated",
	}
}
