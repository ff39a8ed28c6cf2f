package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

var loginParts = []part{
	{"Logins", testLogins},
	{"LoginFailures", testLoginFailures},
}

// testLogins checks that logins are found by exact user name and by ID, and counted unless
// processing is refused.
func testLogins(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, k := storedWithCredential(t, s, func(c *onboarding.Customer, k *onboarding.Credential) {
		c.Username, k.Username = "José", "José"
		c.Profiling, c.PPD, c.Locked = ptr(true), ptr(true), true
	})
	want := &onboarding.Login{
		CustomerID:     c.ID,
		OrganizationID: c.OrganizationID,
		Locked:         true,
		Profiled:       true,
		Password:       k.Password,
		Expires:        k.Expires,
		Registered:     c.Created, CredentialCreated: k.Created,
	}
	equal(t, "by user name", must(s.LoginByUsername(ctx, "José"))(t), want)
	equal(t, "by ID", must(s.LoginByID(ctx, c.ID))(t), want)
	for _, other := range []string{"josé", "José ", "Jose", "JOSÉ", "Jose\u0301", ""} {
		_, err := s.LoginByUsername(ctx, other)
		notFound(t, other, err)
	}
	_, err := s.LoginByID(ctx, onboarding.NewID())
	notFound(t, "another ID", err)

	for _, hours := range []int{2, 5, 1} { // the last one moves forward only
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.CountLogin(ctx, c.ID, noon.Add(time.Duration(hours)*time.Hour))
		})
	}
	kept := must(s.Customer(ctx, c.OrganizationID, c.ID))(t)
	equal(t, "logins", kept.Logins, int64(3))
	equal(t, "last login", kept.LastLogin, ptr(noon.Add(5*time.Hour).UTC()))

	minimised, _ := storedWithCredential(t, s, func(c *onboarding.Customer, _ *onboarding.Credential) {
		c.PPD = ptr(false)
	})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.CountLogin(ctx, minimised.ID, noon) })
	kept = must(s.Customer(ctx, minimised.OrganizationID, minimised.ID))(t)
	if kept.Logins != 0 || kept.LastLogin != nil {
		t.Errorf("logins of a customer who refused the processing: %d, %v", kept.Logins, kept.LastLogin)
	}
	if !must(s.LoginByID(ctx, minimised.ID))(t).Minimised {
		t.Error("a customer with ppd false is not minimised")
	}
}

// testLoginFailures checks that failures are counted per hour, place and reason.
func testLoginFailures(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	wrong := onboarding.LoginFailure{OrganizationID: "o1", HotspotID: "h1", AccessPoint: "nas 1",
		Reason: onboarding.ReasonWrongPassword}
	unknown := onboarding.LoginFailure{AccessPoint: "nas 2", Reason: onboarding.ReasonUnknownUser}
	hour, end := noon.UTC().Truncate(time.Hour), noon.Add(24*time.Hour)
	for _, at := range []time.Time{noon, noon.Add(time.Minute), noon.Add(-time.Microsecond), noon.Add(time.Hour)} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.CountFailure(ctx, wrong, at) })
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.CountFailure(ctx, unknown, noon) })
	equal(t, "of the organization", must(s.FailuresBetween(ctx, "o1", noon, end, 10))(t), []onboarding.FailureCount{
		{LoginFailure: wrong, Hour: hour.Add(time.Hour), Count: 1, Last: noon.Add(time.Hour).UTC()},
		{LoginFailure: wrong, Hour: hour, Count: 3, Last: noon.Add(time.Minute).UTC()},
	})
	equal(t, "at unknown places", must(s.FailuresBetween(ctx, "", noon, end, 10))(t), []onboarding.FailureCount{
		{LoginFailure: unknown, Hour: hour, Count: 1, Last: noon.UTC()},
	})
	equal(t, "limited", len(must(s.FailuresBetween(ctx, "o1", noon, end, 1))(t)), 1)
	equal(t, "later", len(must(s.FailuresBetween(ctx, "o1", noon.Add(time.Hour), end, 10))(t)), 1)
}
