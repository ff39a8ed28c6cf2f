-- The budgets of limits, from which processes lease portions. A full budget has no row.
-- +goose Up

CREATE TABLE budgets (
	key     TEXT   NOT NULL PRIMARY KEY,
	full_at BIGINT NOT NULL -- when the budget is full again
) WITHOUT ROWID;
CREATE INDEX budgets_by_full_at ON budgets (full_at);
