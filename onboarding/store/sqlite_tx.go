package store

import (
	"context"
	"database/sql"
	"errors"
)

// sqliteTx is one caller's transaction on the writer's connection: a savepoint among others in the same commit.
type sqliteTx struct {
	conn *sqliteConn
	// failed is the first error. Nothing after it is run and Write returns it even if fn does not: PostgreSQL would do no
	// other, and the engines must not differ.
	failed error
	over   bool // fn has returned
	// deleted is set by a statement after which the file is to be cleaned (see eraser).
	deleted bool
	health  *health
}

var errOver = errors.New("the transaction is over: Tx was used outside its Write")

// begin says whether a statement may run, and under which context: never under one that can end, because SQLite undoes the
// whole transaction, neighbours included, when a writing statement is interrupted.
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

func (t *sqliteTx) exec(ctx context.Context, text string, args ...any) (int64, error) {
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
	return n, err
}

func (t *sqliteTx) send(ctx context.Context, ifNone error, text string, args ...any) error {
	n, err := t.exec(ctx, text, args...)
	if err == nil && n == 0 && ifNone != nil {
		return t.fail(ifNone)
	}
	return err
}

// hold needs nothing: there is one writer.
func (t *sqliteTx) hold(context.Context, bool, ...string) error { return nil }

func (t *sqliteTx) forChange() string { return "" }

func (t *sqliteTx) forChangeUnlocked() string { return "" }

func (t *sqliteTx) among(column, placeholder string, values []string) (string, any) {
	return sqliteAmong(column, placeholder, values)
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

// close undoes what is not committed. The statements have to be closed first: database/sql does not know them, and SQLite keeps a
// connection with open statements alive, write lock included.
func (c *sqliteConn) close() error { return errors.Join(c.prepared.close(), c.conn.Close()) }
