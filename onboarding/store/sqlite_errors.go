package store

import (
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"onramp/onboarding"
)

// sqliteError returns the error of package onboarding for the driver's error, where one applies.
func sqliteError(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		_, columns, _ := strings.Cut(e.Error(), "UNIQUE constraint failed: ")
		columns, _, _ = strings.Cut(columns, " (")
		return conflict(ruleOf(columns), err)
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		if strings.Contains(e.Error(), "sealed under a retired master key") {
			return fmt.Errorf("%w: %v", onboarding.ErrKeyRetired, err)
		}
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w: %v", onboarding.ErrNotFound, err)
	}
	if busy(err) {
		return &onboarding.Error{
			Kind: onboarding.Unavailable, Message: onboarding.ErrBusy.Message,
			RetryAfter: onboarding.ErrBusy.RetryAfter, Cause: err,
		}
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return unavailable(err)
	}
	return err
}

// unavailable returns the error for a transaction of which nothing was written and that may be
// repeated.
func unavailable(cause error) *onboarding.Error {
	return &onboarding.Error{
		Kind: onboarding.Unavailable, Message: "database temporarily unavailable, retry",
		RetryAfter: onboarding.ErrBusy.RetryAfter, Cause: cause,
	}
}

// busy reports whether another process held a lock.
func busy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED)
}
