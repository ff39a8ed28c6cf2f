package ceiling

import (
	"context"
	"database/sql"
	"errors"

	_ "modernc.org/sqlite" // the driver of Onramp's own store
)

// sqliteTable is a table in a SQLite file. Inserts that arrive together share one transaction.
type sqliteTable struct {
	db     *sql.DB
	work   chan *insertion
	ended  chan struct{}
	stmt   *sql.Stmt // reads a row
	counts *sql.Stmt // counts customers; nil where there are none
}

// insertion is a row that waits for its commit.
type insertion struct {
	values []any
	done   chan error
}

// maxGroup is the largest number of rows of a transaction.
const maxGroup = 512

// openSQLite opens a file. In one of Onramp it only counts, elsewhere it creates its table.
func openSQLite(ctx context.Context, file string) (*sqliteTable, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	s := &sqliteTable{db: db, work: make(chan *insertion, maxGroup), ended: make(chan struct{})}
	const count = "SELECT count(*) FROM customers WHERE organization_id = ?"
	if counts, err := db.PrepareContext(ctx, count); err == nil {
		s.counts = counts
		close(s.ended)
		return s, nil
	}
	if err := s.create(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	go s.write()
	return s, nil
}

func (s *sqliteTable) create(ctx context.Context) error {
	const table = "CREATE TABLE bare (id TEXT PRIMARY KEY, name TEXT, email TEXT) WITHOUT ROWID"
	if _, err := s.db.ExecContext(ctx, table); err != nil {
		return err
	}
	var err error
	s.stmt, err = s.db.PrepareContext(ctx, "SELECT name, email FROM bare WHERE id = ?")
	return err
}

// insert hands a row to the writer and waits for its commit.
func (s *sqliteTable) insert(_ context.Context, id, name, email string) error {
	i := &insertion{values: []any{id, name, email}, done: make(chan error, 1)}
	s.work <- i
	return <-i.done
}

// write commits all waiting insertions together, until close.
func (s *sqliteTable) write() {
	defer close(s.ended)
	for first := range s.work {
		group := []*insertion{first}
		for len(group) < maxGroup && len(s.work) > 0 {
			group = append(group, <-s.work)
		}
		err := s.commit(group)
		for _, i := range group {
			i.done <- err
		}
	}
}

func (s *sqliteTable) commit(group []*insertion) error {
	ctx := context.Background() // of several requests
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after the commit
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO bare VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	for _, i := range group {
		if _, err := stmt.ExecContext(ctx, i.values...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *sqliteTable) read(ctx context.Context, id string) (name, email string, err error) {
	err = s.stmt.QueryRowContext(ctx, id).Scan(&name, &email)
	return name, email, err
}

func (s *sqliteTable) count(ctx context.Context, organization string) (n int, err error) {
	if s.counts == nil {
		return 0, errors.New("the file is not one of Onramp")
	}
	err = s.counts.QueryRowContext(ctx, organization).Scan(&n)
	return n, err
}

func (s *sqliteTable) close() {
	close(s.work)
	<-s.ended
	_ = s.db.Close()
}
