// Package storetest is the contract of onboarding.Store as a test suite. Every engine passes it unchanged; what it does not
// ask, a caller may not rely on.
//
// Besides the promises of the interfaces it holds every engine to these:
//
//   - What one transaction reads by key (a customer, an organization, a setting, the customers that match ...) does not change
//     before it ends, so that a decision made on it still holds when it is written.
//   - A write that fails ends its transaction: Store.Write returns that error even when fn ignores it.
//   - Texts come back byte by byte, whatever they hold (only NUL and invalid UTF-8 are the service's to refuse).
//
// A test file of the engine calls it:
//
//	func TestContract(t *testing.T) { storetest.Run(t, openEmpty) }
package storetest

import (
	"context"
	"slices"
	"testing"

	"onramp/onboarding"
)

// Run checks every obligation. open returns an empty store, and closes it by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) onboarding.Store) {
	for _, part := range append([]part{
		{"Organizations", testOrganizations},
		{"OrganizationConflicts", testOrganizationConflicts},
		{"OrganizationCache", testOrganizationCache},
		{"Keys", testKeys},
		{"RevokedTokens", testRevokedTokens},
		{"DroppedRevocations", testDroppedRevocations},
		{"Secrets", testSecrets},
		{"HoldsSealed", testHoldsSealed},
		{"Customers", testCustomers},
		{"UpdateCustomer", testUpdateCustomer},
		{"Usernames", testUsernames},
		{"Realms", testRealms},
		{"Guids", testGuids},
		{"TokenProofs", testTokenProofs},
		{"TokenProofRace", testTokenProofRace},
		{"MatchProven", testMatchProven},
		{"Match", testMatch},
		{"Credentials", testCredentials},
		{"Consents", testConsents},
		{"Devices", testDevices},
		{"Installations", testInstallations},
		{"Activations", testActivations},
		{"EndActivations", testEndActivations},
		{"ReplacedCredentialEndsLinks", testReplacedCredentialEndsLinks},
		{"Resume", testResume},
		{"SharedHits", testSharedHits},
		{"Events", testEvents},
		{"Idempotency", testIdempotency},
		{"DeleteExpired", testDeleteExpired},
		{"CountIdempotency", testCountIdempotency},
		{"Budgets", testBudgets},
		{"BudgetRace", testBudgetRace},
		{"SweepBudgets", testSweepBudgets},
		{"Contacts", testContacts},
		{"ContactScroll", testContactScroll},
		{"CurrentConsentsOf", testCurrentConsentsOf},
		{"HostileTexts", testHostileTexts},
		{"OrphanWrites", testOrphanWrites},
		{"Transactions", testTransactions},
		{"FailureIsFinal", testFailureIsFinal},
		{"Neighbours", testNeighbours},
		{"Cancelled", testCancelled},
		{"ReadersDoNotWait", testReadersDoNotWait},
		{"UsernameRace", testUsernameRace},
		{"HitRace", testHitRace},
		{"ResumeRace", testResumeRace},
		{"IncrementRace", testIncrementRace},
		{"DeduplicationRace", testDeduplicationRace},
		{"ClaimRace", testClaimRace},
		{"Closed", testClosed},
	}, slices.Concat(accountingParts, metricsParts)...) {
		t.Run(part.name, func(t *testing.T) { part.test(t, open(t)) })
	}
}

// part is one part of the contract.
type part struct {
	name string
	test func(*testing.T, onboarding.Store)
}

// write runs fn in a transaction that must succeed.
func write(t *testing.T, s onboarding.Store, fn func(ctx context.Context, tx onboarding.Tx) error) {
	t.Helper()
	if err := tryWrite(t, s, fn); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

func tryWrite(t *testing.T, s onboarding.Store, fn func(ctx context.Context, tx onboarding.Tx) error) error {
	ctx := t.Context()
	return s.Write(ctx, func(tx onboarding.Tx) error { return fn(ctx, tx) })
}
