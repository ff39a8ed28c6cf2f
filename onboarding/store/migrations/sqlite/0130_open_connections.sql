-- The connections that have not ended, counted for the metrics.
-- +goose Up

-- Its rows change when a connection begins and ends, not with each interim record. It holds stopped
-- because SQLite would read the table's rows for that column otherwise.
CREATE INDEX sessions_open ON sessions (begun, stopped) WHERE stopped IS NULL;
