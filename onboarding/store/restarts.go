package store

import (
	"context"
	"time"
)

const selectFirstRestart = `SELECT at FROM (
	SELECT at FROM (SELECT at FROM restarts WHERE access_point = $1 AND at >= $3 ORDER BY at LIMIT 1) one
	UNION ALL
	SELECT at FROM (SELECT at FROM restarts WHERE access_point = $2 AND at >= $3 ORDER BY at LIMIT 1) other
	) both_names ORDER BY at LIMIT 1`

func firstRestart(names [2]string, from time.Time) plannedRead {
	return plannedRead{text: selectFirstRestart, args: []any{names[0], names[1], micros(from)}}
}

func (r *reader) FirstRestart(ctx context.Context, names [2]string, from time.Time) (time.Time, error) {
	var at time.Time
	read := firstRestart(names, from)
	err := r.one(ctx, read.text, read.args, instant{&at})
	return at, err
}

// restartsKept is the age at which restarts are deleted; until then a restart can end connections
// whose records arrive late.
const restartsKept = 90 * 24 * time.Hour

const insertRestart = "INSERT INTO restarts (access_point, at) VALUES ($1, $2) " +
	"ON CONFLICT (access_point, at) DO NOTHING"

func (t *transaction) PutRestart(ctx context.Context, name string, at time.Time) error {
	if err := t.db.send(ctx, nil, insertRestart, name, micros(at)); err != nil {
		return err
	}
	return t.db.send(ctx, nil, "DELETE FROM restarts WHERE access_point = $1 AND at < $2",
		name, micros(at.Add(-restartsKept)))
}
