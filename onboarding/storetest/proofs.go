package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
)

var proofParts = []part{
	{"Guids", testGuids},
	{"TokenProofs", testTokenProofs},
	{"TokenProofRace", testTokenProofRace},
	{"MatchProven", testMatchProven},
}

func addGuid(t *testing.T, s onboarding.Store, c *onboarding.Credential, hash string, at time.Time) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.AddGuid(ctx, c.OrganizationID, c.CustomerID, hash, at)
	})
}

// testGuids checks that a guid proves one customer and one generation of the credential, whatever
// the clock.
func testGuids(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, other := storedCredential(t, s), storedCredential(t, s)
	proves := func(customerID, hash string) bool {
		t.Helper()
		return must(s.Proves(ctx, customerID, onboarding.Evidence{GuidHash: hash, Now: noon}))(t)
	}
	for _, hash := range []string{"one", "two", "one"} {
		addGuid(t, s, c, hash, noon)
	}
	for _, q := range []struct {
		customer, hash string
		want           bool
	}{{c.CustomerID, "one", true}, {c.CustomerID, "two", true}, {c.CustomerID, "three", false},
		{c.CustomerID, "One", false}, {c.CustomerID, "", false}, {other.CustomerID, "one", false}} {
		if got := proves(q.customer, q.hash); got != q.want {
			t.Errorf("Proves(%s, %s) = %v", q.customer, q.hash, got)
		}
	}
	addGuid(t, s, other, "one", noon) // one phone may serve two customers

	rotate(t, s, c)
	if proves(c.CustomerID, "one") || !proves(other.CustomerID, "one") {
		t.Error("a rotation ends not exactly its own customer's guids")
	}
	addGuid(t, s, c, "one", noon.Add(-time.Hour)) // a clock that goes back
	addGuid(t, s, c, "new", noon.Add(time.Hour))
	equal(t, "guids", must(s.DeviceGuids(ctx, c.CustomerID))(t), []onboarding.DeviceGuid{
		{Hash: "one", Added: noon, Confirmed: noon.Add(-time.Hour)},
		{Hash: "two", Added: noon, Confirmed: noon, Ended: true},
		{Hash: "new", Added: noon.Add(time.Hour), Confirmed: noon.Add(time.Hour)},
	})
	if !proves(c.CustomerID, "one") || proves(c.CustomerID, "two") || !proves(c.CustomerID, "new") {
		t.Error("not exactly the guids that were confirmed or added since prove the new generation")
	}
	later := *c
	later.Expires = later.Expires.Add(time.Hour)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCredential(ctx, &later) })
	if !proves(c.CustomerID, "one") {
		t.Error("a moved end ends a guid")
	}
	remove := func(hash string) error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.RemoveGuid(ctx, c.CustomerID, hash)
		})
	}
	if err := remove("one"); err != nil || proves(c.CustomerID, "one") || !proves(c.CustomerID, "new") ||
		!proves(other.CustomerID, "one") {
		t.Errorf("removing a guid: %v", err)
	}
	notFound(t, "removing it again", remove("one"))
}

// testTokenProofs checks that a token proves the last three customers added, until it expires or
// their credential is replaced.
func testTokenProofs(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	token, expires := onboarding.NewID(), noon.Add(time.Hour)
	all := make([]*onboarding.Credential, 5)
	add := func(c *onboarding.Credential) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.AddTokenProof(ctx, token, c.CustomerID, expires)
		})
	}
	check := func(what string, now time.Time, want ...bool) {
		t.Helper()
		for i, want := range want {
			for token, want := range map[string]bool{token: want, onboarding.NewID(): false, "": false} {
				if got := must(s.Proves(ctx, all[i].CustomerID, onboarding.Evidence{TokenID: token, Now: now}))(
					t); got != want {
					t.Errorf("%s: of customer %d: %v, want %v", what, i, got, want)
				}
			}
		}
	}
	for i := range all {
		all[i] = storedCredential(t, s)
	}
	for _, c := range all[:4] {
		add(c)
	}
	check("four added", noon, false, true, true, true, false)
	add(all[1])
	add(all[4])
	check("one added again, and a fifth", noon, false, true, false, true, true)
	check("at the token's end", expires, false, false, false, false, false)
	rotate(t, s, all[3])
	check("after a rotation", noon, false, true, false, false, true)
	add(all[3])
	check("after another check", noon, false, true, false, true, true)
	deleteAged(t, s, onboarding.AgedRecords{
		Kind: onboarding.RecordTokenProofs, Before: expires.Add(time.Microsecond),
	}, 10)
	check("after a sweep under a wrong clock", noon, false, false, false, false, false)
}

// testTokenProofRace checks that concurrent proofs by one token all succeed and three remain.
func testTokenProofRace(t *testing.T, s onboarding.Store) {
	token := onboarding.NewID()
	all := make([]*onboarding.Credential, 12)
	for i := range all {
		all[i] = storedCredential(t, s)
	}
	var group sync.WaitGroup
	for _, c := range all {
		group.Go(func() {
			if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
				return tx.AddTokenProof(t.Context(), token, c.CustomerID, noon.Add(time.Hour))
			}); err != nil {
				t.Errorf("Write: %v", err)
			}
		})
	}
	group.Wait()
	n := 0
	for _, c := range all {
		if must(s.Proves(t.Context(), c.CustomerID, onboarding.Evidence{TokenID: token, Now: noon}))(t) {
			n++
		}
	}
	if n != onboarding.TokenProofs {
		t.Errorf("the token proves %d customers", n)
	}
}

// testMatchProven checks that exactly the proven customers are found among any number of others.
func testMatchProven(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	org, token := onboarding.NewID(), onboarding.NewID()
	all := make([]*onboarding.Customer, 6)
	for i := range all {
		c := newCustomer(org)
		c.Email, c.Phone, c.EmailVerified = "Same@example.com", "+39123", i == 5
		all[i] = c
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return errors.Join(tx.InsertCustomer(ctx, c), tx.InsertCredential(ctx, newCredential(c)))
		})
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return errors.Join(tx.AddGuid(ctx, org, all[1].ID, "guid", noon), tx.AddGuid(ctx, org, all[3].ID, "guid", noon),
			tx.AddTokenProof(ctx, token, all[2].ID, noon.Add(time.Hour)))
	})
	both := onboarding.Evidence{GuidHash: "guid", TokenID: token, Now: noon}
	for _, q := range []struct {
		name     string
		match    onboarding.Match
		evidence onboarding.Evidence
		limit    int
		want     []int
	}{
		{"all that are proven, the newest first", onboarding.Match{Email: "same@EXAMPLE.com"}, both, 10,
			[]int{3, 2, 1}},
		{"by any member", onboarding.Match{Phone: "+39123", ExtID: "none"}, both, 1, []int{3}},
		{"by the guid alone", onboarding.Match{GuidHash: "guid"}, both, 10, []int{3, 1}},
		{"by the token", onboarding.Match{Email: "same@example.com"}, onboarding.Evidence{TokenID: token, Now: noon},
			10, []int{2}},
		{"with nothing shown", onboarding.Match{Email: "same@example.com"}, onboarding.Evidence{Now: noon}, 10, nil},
		{"with nothing asked", onboarding.Match{}, both, 10, nil},
		{"with another address", onboarding.Match{Email: "other@example.com"}, both, 10, nil},
	} {
		got, err := s.MatchProven(ctx, org, q.match, q.evidence, q.limit)
		var want []string
		for _, i := range q.want {
			want = append(want, all[i].ID)
		}
		var found []string
		for _, c := range got {
			found = append(found, c.ID)
		}
		if err != nil {
			t.Errorf("%s: %v", q.name, err)
		}
		equal(t, q.name, found, want)
	}
	if got := must(s.MatchAny(ctx, org, onboarding.Match{Email: "same@example.com", Phone: "+39123",
		VerifiedOnly: true}, 10))(t); len(got) != 1 || got[0].ID != all[5].ID {
		t.Errorf("of verified attributes %d customers are found", len(got))
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		credential, err := tx.Credential(ctx, all[3].ID)
		if err != nil {
			return err
		}
		credential.Created = credential.Created.Add(time.Second)
		return tx.UpdateCredential(ctx, credential)
	})
	if got := must(s.MatchAny(ctx, org, onboarding.Match{GuidHash: "guid"}, 10))(t); len(got) != 1 ||
		got[0].ID != all[1].ID {
		t.Error("a guid that has ended finds its customer")
	}
}
