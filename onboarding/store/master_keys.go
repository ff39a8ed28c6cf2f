package store

import (
	"context"
	"strings"

	"onramp/onboarding"
)

const (
	masterKeyColumns = "id, since, cleared, retired"
	replicaColumns   = "id, name, seals, holds, beat, seen"
)

var (
	putMasterKey = insert("master_keys", masterKeyColumns) + " ON CONFLICT (id) DO UPDATE SET " +
		excluded("since, cleared, retired")
	putReplica = insert("replicas", replicaColumns) + " ON CONFLICT (id) DO UPDATE SET " +
		excluded("name, seals, holds, beat, seen")
)

func scanMasterKey(row rows) (onboarding.MasterKey, error) {
	var k onboarding.MasterKey
	err := row.Scan(&k.ID, instant{&k.Since}, maybeInstant{&k.Cleared}, maybeInstant{&k.Retired})
	return k, err
}

// MasterKeys implements onboarding.SealedReader.
func (r *reader) MasterKeys(ctx context.Context) ([]onboarding.MasterKey, error) {
	return collect(ctx, r.db, scanMasterKey, "SELECT "+masterKeyColumns+" FROM master_keys ORDER BY since, id")
}

// PutMasterKey implements onboarding.SealedWriter.
func (t *transaction) PutMasterKey(ctx context.Context, k onboarding.MasterKey) error {
	return t.db.send(ctx, nil, putMasterKey, k.ID, micros(k.Since), microsOrNull(k.Cleared), microsOrNull(k.Retired))
}

func scanReplica(row rows) (onboarding.Replica, error) {
	var r onboarding.Replica
	var holds string
	err := row.Scan(&r.ID, &r.Name, &r.Seals, &holds, &r.Beat, instant{&r.Seen})
	r.Holds = strings.Fields(holds)
	return r, err
}

// Replicas implements onboarding.SealedReader.
func (r *reader) Replicas(ctx context.Context) ([]onboarding.Replica, error) {
	return collect(ctx, r.db, scanReplica, "SELECT "+replicaColumns+" FROM replicas ORDER BY name, id")
}

// PutReplica implements onboarding.SealedWriter.
func (t *transaction) PutReplica(ctx context.Context, r onboarding.Replica) error {
	return t.db.send(ctx, nil, putReplica, r.ID, r.Name, r.Seals, strings.Join(r.Holds, " "), r.Beat, micros(r.Seen))
}

// DeleteReplica implements onboarding.SealedWriter.
func (t *transaction) DeleteReplica(ctx context.Context, id string, beat int64) error {
	return t.db.send(ctx, nil, "DELETE FROM replicas WHERE id = $1 AND (beat = $2 OR $2 = 0)", id, beat)
}
