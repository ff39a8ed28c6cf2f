-- Keyed hashes as keys of budgets. The version before writes unkeyed ones; a new database, which that
-- version never used, has keyed ones only.
-- +goose Up

INSERT INTO settings (name, value)
	SELECT 'budget-keys', 'keyed' WHERE NOT EXISTS (SELECT 1 FROM organizations);
