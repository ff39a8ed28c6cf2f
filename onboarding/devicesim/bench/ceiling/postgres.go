package ceiling

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresTable is a table in PostgreSQL, which commits concurrent inserts together by itself. pgx
// prepares each statement at its first use.
type postgresTable struct{ pool *pgxpool.Pool }

func openPostgres(ctx context.Context, url string, connections int) (*postgresTable, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(connections)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, "CREATE TABLE bare (id TEXT PRIMARY KEY, name TEXT, email TEXT)"); err != nil {
		pool.Close()
		return nil, err
	}
	return &postgresTable{pool: pool}, nil
}

func (p *postgresTable) insert(ctx context.Context, id, name, email string) error {
	_, err := p.pool.Exec(ctx, "INSERT INTO bare VALUES ($1, $2, $3)", id, name, email)
	return err
}

func (p *postgresTable) read(ctx context.Context, id string) (name, email string, err error) {
	err = p.pool.QueryRow(ctx, "SELECT name, email FROM bare WHERE id = $1", id).Scan(&name, &email)
	return name, email, err
}

func (p *postgresTable) close() { p.pool.Close() }
