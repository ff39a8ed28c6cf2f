-- The budgets of limits, from which replicas lease portions. A full budget has no row. (The
-- previous version uses the table limits.)
-- +goose Up

-- Unlogged: budgets are full after a crash or a failover, and a lease needs no disk write.
CREATE UNLOGGED TABLE budgets (
	key     TEXT COLLATE "C" NOT NULL CONSTRAINT budgets_key PRIMARY KEY,
	full_at BIGINT           NOT NULL -- when the budget is full again
) WITH (fillfactor = 50); -- space for updates in place
CREATE INDEX budgets_by_full_at ON budgets (full_at);
