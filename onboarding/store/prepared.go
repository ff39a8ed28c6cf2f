package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// preparedCache keeps prepared statements by their text. Texts come from this package alone, so there are few; the
// most that are put together from parts (a search with some of many criteria) are kept up to a bound.
type preparedCache struct {
	prepare func(ctx context.Context, text string) (*sql.Stmt, error)
	mu      sync.RWMutex
	byText  map[string]*sql.Stmt
}

const maxPrepared = 1000

func (c *preparedCache) get(ctx context.Context, text string) (*sql.Stmt, error) {
	c.mu.RLock()
	stmt := c.byText[text]
	c.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if stmt := c.byText[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	if c.byText == nil {
		c.byText = map[string]*sql.Stmt{}
	}
	if len(c.byText) >= maxPrepared { // any will do; one in use is closed by database/sql when its rows are
		for other, old := range c.byText {
			delete(c.byText, other)
			_ = old.Close()
			break
		}
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
