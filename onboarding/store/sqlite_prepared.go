package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// preparedCache runs statements on a connection or a pool and caches prepared statements by their
// text. Texts come from this package only, so there are few. Searches combine theirs from many
// parts; when the cache is full, further texts run unprepared.
type preparedCache struct {
	on     preparer
	mu     sync.RWMutex
	byText map[string]*sql.Stmt
}

// preparer is a *sql.DB or a *sql.Conn.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

const maxPrepared = 1000

func (c *preparedCache) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := c.get(ctx, text)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.on.QueryContext(ctx, text, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

func (c *preparedCache) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := c.get(ctx, text)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.on.ExecContext(ctx, text, args...)
	}
	return stmt.ExecContext(ctx, args...)
}

// get returns the prepared statement, or nil if the cache is full.
func (c *preparedCache) get(ctx context.Context, text string) (*sql.Stmt, error) {
	c.mu.RLock()
	stmt, full := c.byText[text], len(c.byText) >= maxPrepared
	c.mu.RUnlock()
	if stmt != nil || full {
		return stmt, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if stmt := c.byText[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.on.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if c.byText == nil {
		c.byText = map[string]*sql.Stmt{}
	}
	c.byText[text] = stmt
	return stmt, nil
}

// close closes every statement.
func (c *preparedCache) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []error
	for _, stmt := range c.byText {
		all = append(all, stmt.Close())
	}
	c.byText = nil
	return errors.Join(all...)
}
