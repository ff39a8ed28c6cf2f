// Package storetest is the contract of onboarding.Store as a test suite. Every engine passes it
// unchanged, and callers rely only on behaviour that it checks. Each noun has a file with its parts
// of the suite, named like the noun's file in package store.
//
// Besides the documented behaviour of the interfaces it checks these rules:
//
//   - Rows that a transaction reads by key (a customer, an organization, a setting, matching
//     customers ...) do not change before it ends, so that a decision based on them still holds
//     when it is written.
//   - A failed write ends its transaction: Store.Write returns its error even if fn ignores it.
//   - Text is returned byte by byte, except NUL and invalid UTF-8, which callers must reject.
//
// A test file of an engine calls it:
//
//	func TestContract(t *testing.T) { storetest.Run(t, openEmpty) }
package storetest

import (
	"context"
	"slices"
	"testing"

	"onramp/onboarding"
)

// Run runs every part of the suite as a subtest, each on a store of its own. open returns an empty
// store that is closed by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) onboarding.Store) {
	for _, part := range slices.Concat(
		organizationParts, keyParts, operatorParts, secretParts, customerParts, documentParts,
		credentialParts, proofParts, matchParts,
		consentParts, deviceParts, installationParts, linkParts, resumeParts, eventParts, idempotencyParts,
		messageParts, verificationParts, webhookParts,
		retentionParts,
		expiryParts, budgetParts, contactParts, textParts, loginParts, hotspotParts, accessPointParts, restartParts,
		connectionParts, visitParts, stationParts, attemptParts, downloadParts, disconnectParts, metricsParts,
		minimisationParts, segmentParts, auditParts, tombstoneParts, sealedParts, statisticsParts,
		transactionParts,
	) {
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
