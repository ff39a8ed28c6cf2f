-- The budgets of limits, of which replicas lease portions. One that is full has no row. (The table limits is the previous version's.)
-- +goose Up

-- Not logged: after a crash or a failover the budgets are full, and in exchange a lease waits for no disk.
CREATE UNLOGGED TABLE budgets (
	key     TEXT COLLATE "C" NOT NULL CONSTRAINT budgets_key PRIMARY KEY,
	full_at BIGINT           NOT NULL -- when the budget is full again
) WITH (fillfactor = 50); -- room for updating in place
CREATE INDEX budgets_by_full_at ON budgets (full_at);
