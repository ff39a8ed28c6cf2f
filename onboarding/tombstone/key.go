// Package tombstone makes deletions reach the copies of the database. It records each deletion of a
// customer, and each refusal of the processing of personal data, in the database and in a log file
// outside of it. A database that was restored from a copy lacks the tombstones since the copy: they
// are applied to it from the file before it serves.
//
// # Decisions
//
// The key of the hashes is derived from the deployment's ID, a plain setting. Reason: a restore has
// no master key, and a copy that an earlier version made has no other shared value. The ID of a
// customer holds 62 random bits and more, so that no hash can be reversed by trial. The key makes
// the hashes of two deployments incomparable, and shows that a file belongs to the database.
//
// A tombstone is stored with its deletion; the line in the file follows, before the answer. Reason:
// in the opposite order, a deletion that fails would erase the customer at the next restore.
// Reconcile adds a line that is missing, so that a crash between the two loses none.
//
// The store of the use cases adds the tombstones itself. Reason: no use case can delete a customer
// without one.
//
// Withdrawn opt-ins have no tombstone: a restore brings back the consents at the time of the copy,
// the given and the withdrawn ones.
package tombstone

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"onramp/onboarding"
)

// SettingDeployment is the setting with the deployment's ID.
const SettingDeployment = "deployment-id"

// key makes the hashes of one deployment.
type key []byte

// readKey returns the key of the database's deployment.
func readKey(ctx context.Context, r onboarding.SecretReader) (key, error) {
	id, err := r.Setting(ctx, SettingDeployment)
	if err != nil {
		return nil, fmt.Errorf("deployment ID: %w", err)
	}
	return hkdf.Expand(sha256.New, []byte(id), "onramp tombstones", sha256.Size)
}

// hashes returns the hashes of the tombstones of a customer.
func (k key) hashes(customerID string) (deleted, minimised string) {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(customerID))
	sum := mac.Sum(nil)
	return hex.EncodeToString(sum[:16]), hex.EncodeToString(sum[16:])
}

// tombstone returns a new tombstone of a customer.
func (k key) tombstone(kind onboarding.TombstoneKind, customerID string) onboarding.Tombstone {
	deleted, minimised := k.hashes(customerID)
	if kind == onboarding.TombstoneDeleted {
		return onboarding.Tombstone{Kind: kind, Hash: deleted}
	}
	var occurrence [8]byte
	_, _ = rand.Read(occurrence[:]) // never fails (crypto/rand)
	return onboarding.Tombstone{Kind: kind, Hash: minimised, Occurrence: hex.EncodeToString(occurrence[:])}
}

// check identifies the deployment in a file.
func (k key) check() string {
	deployment, _ := k.hashes("")
	return deployment[:16]
}
