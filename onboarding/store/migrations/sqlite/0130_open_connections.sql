-- The connections that have not ended, counted for the metrics.
-- +goose Up

-- Its rows change when a connection begins and ends, not with each interim record.
CREATE INDEX sessions_open ON sessions (begun) WHERE stopped IS NULL;
