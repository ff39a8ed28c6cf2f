package store

import (
	"context"
	"database/sql"
	"errors"
)

// sqliteTx is one caller's transaction on the writer's connection: a savepoint in a shared commit.
// It needs no locks because there is one writer.
type sqliteTx struct {
	noLocks
	noRoundTrips
	sqliteLists
	conn *sqliteConn
	// failed is the first error. No statement runs after it, and Write returns it even if fn does
	// not, as with PostgreSQL.
	failed error
	over   bool // fn has returned
	// deleted reports whether the file must be cleaned after the commit (see eraser).
	deleted bool
	health  *health
}

var errOver = errors.New("transaction has ended: Tx used outside its Write")

// begin returns the context of a statement, or why none may run. The context never ends: when a
// writing statement is interrupted, SQLite rolls back the whole transaction, with the savepoints of
// other callers.
func (t *sqliteTx) begin(ctx context.Context) (context.Context, error) {
	if t.over {
		return nil, errOver
	}
	if t.failed == nil {
		t.failed = ctx.Err()
	}
	return context.WithoutCancel(ctx), t.failed
}

func (t *sqliteTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	ctx, err := t.begin(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := t.conn.prepared.query(ctx, text, args...)
	if err != nil {
		return nil, t.fail(err)
	}
	return sqliteTxRows{sqliteRows{answer, nil, t.health}, t}, nil
}

func (t *sqliteTx) exec(ctx context.Context, text string, args ...any) (int, error) {
	ctx, err := t.begin(ctx)
	if err != nil {
		return 0, err
	}
	result, err := t.conn.exec(ctx, text, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	n, err := result.RowsAffected()
	t.deleted = t.deleted || n > 0 && erases(text)
	return int(n), err
}

func (t *sqliteTx) send(ctx context.Context, ifNone error, text string, args ...any) error {
	n, err := t.exec(ctx, text, args...)
	if err == nil && n == 0 && ifNone != nil {
		return t.fail(ifNone)
	}
	return err
}

func (t *sqliteTx) fail(err error) error {
	t.failed = t.health.mapped(err)
	return t.failed
}

type sqliteTxRows struct {
	sqliteRows
	tx *sqliteTx
}

func (r sqliteTxRows) Err() error {
	if err := r.sqliteRows.Err(); err != nil {
		return r.tx.fail(err)
	}
	return nil
}

// sqliteConn is the writer's connection with its prepared statements.
type sqliteConn struct {
	conn     *sql.Conn
	prepared preparedCache
}

func newSQLiteConn(ctx context.Context, db *sql.DB) (*sqliteConn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{conn: conn, prepared: preparedCache{on: conn}}, nil
}

func (c *sqliteConn) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return c.prepared.exec(ctx, text, args...)
}

// close rolls back the uncommitted transaction. It closes the statements first: database/sql does
// not know them, and SQLite keeps a connection with open statements alive, with its write lock.
func (c *sqliteConn) close() error { return errors.Join(c.prepared.close(), c.conn.Close()) }
