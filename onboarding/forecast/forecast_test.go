package forecast_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
	"onramp/onboarding/forecast"
	"onramp/onboarding/testkit"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// fixture is a venue whose profiles trust a private root, and certificates under it.
type fixture struct {
	*testkit.Venue
	root      *testkit.Pair
	forecasts *forecast.Forecasts
	old       onboarding.WiFi
}

func newFixture(t *testing.T, db onboarding.Store) *fixture {
	f := &fixture{Venue: testkit.NewVenueOn(t, db), root: testkit.IssueRoot(t, "Root", testkit.Monday)}
	auditor, err := onboarding.NewAuditor(make([]byte, onboarding.AuditKeySize), f.Now)
	if err != nil {
		t.Fatal(err)
	}
	f.forecasts = forecast.New(forecast.Config{Store: db, Audit: auditor, Clock: f.Now})
	f.old = f.Here.WiFi
	f.old.PublicRoots, f.old.TrustAnchor = nil, testkit.PEM(f.root)
	return f
}

// server returns the chain of a certificate under the root.
func (f *fixture) server(names ...string) []*x509.Certificate {
	return []*x509.Certificate{testkit.IssueServer(f, f.root, testkit.Monday, names).Certificate}
}

// download records that the customer fetched a profile with settings of that ID.
func (f *fixture) download(c *onboarding.Customer, platform, settingsID string, w onboarding.WiFi) {
	f.Helper()
	ctx := context.Background()
	k, err := f.Store.Credential(ctx, c.ID)
	if err != nil {
		f.Fatal(err)
	}
	err = f.Store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.PutProfileSettings(ctx, &onboarding.ProfileSettings{
			ID: settingsID, OrganizationID: c.OrganizationID, First: f.Now(), WiFi: w,
		}); err != nil {
			return err
		}
		return tx.CountDownload(ctx, &onboarding.Download{
			CustomerID: c.ID, OrganizationID: c.OrganizationID, Platform: platform, Source: onboarding.SourceApp,
			Credential: k.Created, Expires: k.Expires, SettingsID: settingsID, First: f.Now(), Last: f.Now(), Count: 1,
		})
	})
	if err != nil {
		f.Fatal(err)
	}
}

// check returns the summary and the profiles that do not accept, each as "customer platform result
// reason".
func (f *fixture) check(organization string, chain []*x509.Certificate) (*forecast.Summary, []string) {
	f.Helper()
	var listed []string
	s, err := f.forecasts.Check(context.Background(), forecast.Query{OrganizationID: organization, Chain: chain},
		func(p forecast.Profile) error {
			listed = append(listed, fmt.Sprint(p.CustomerID, " ", p.Platform, " ", p.Result, " ", p.Reason))
			return nil
		})
	if err != nil {
		f.Fatal(err)
	}
	return s, listed
}

// TestCheck follows two customers' profiles through the life of their credentials.
func TestCheck(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		f := newFixture(t, db)
		ctx := context.Background()
		anna, bea := f.AddCustomer(f.Here, "anna", "secret"), f.AddCustomer(f.Here, "bea", "secret")
		foreign := f.AddCustomer(f.There, "carl", "secret")
		both := f.old
		both.TrustedServerNames = []string{"radius.venue1.example", "new.radius.example"}
		f.download(anna, "ios", "old", f.old)
		f.download(anna, "windows", "old", f.old)
		f.download(bea, "ios", "both", both)
		f.download(foreign, "ios", "foreign", f.There.WiFi)
		next := f.server("new.radius.example")

		s, listed := f.check(f.Here.ID, next)
		want := &forecast.Summary{
			Profiles: 3, Counts: forecast.Counts{Accept: 1, Refuse: 2},
			ByPlatform: map[string]*forecast.Counts{"ios": {Accept: 1, Refuse: 1}, "windows": {Refuse: 1}},
			Reasons:    map[trust.Reason]int{trust.Name: 2},
			Verdicts:   map[trust.Verdict]int{{Result: trust.Refuse, Reason: trust.Name}: 2},
			Days:       map[time.Time]int{testkit.Monday.Truncate(24 * time.Hour): 1},
		}
		want.Organizations = s.Organizations
		if d := cmp.Diff(want, s); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{anna.ID + " ios refuse name", anna.ID + " windows refuse name"}, listed); d != "" {
			t.Error(d)
		}
		if s, _ := f.check(f.Here.ID, f.server("radius.venue1.example")); s.Accept != 3 {
			t.Errorf("the certificate in use is accepted by %d of 3", s.Accept)
		}
		if s, listed := f.check("", next); s.Profiles != 4 || s.Refuse != 3 || len(listed) != 3 {
			t.Errorf("all organizations: %+v, %q", s.Counts, listed)
		}

		// Without public roots to compare with, the other organization's profile is unknown.
		if s, listed := f.check("", f.server("radius.venue2.example")); s.Refuse != 3 || s.Unknown != 1 ||
			len(listed) != 4 {
			t.Errorf("all organizations: %+v, %q", s.Counts, listed)
		}

		// The latest download counts.
		f.Advance(24 * time.Hour)
		f.download(anna, "ios", "both", both)
		s, listed = f.check(f.Here.ID, next)
		if d := cmp.Diff([]string{anna.ID + " windows refuse name"}, listed); d != "" || s.Accept != 2 {
			t.Error(s.Counts, d)
		}
		if shares := s.Shares(); len(shares) != 2 || shares[0].Accept != 1 || shares[1].Accept != 2 {
			t.Errorf("shares %v", shares)
		}

		// A locked credential counts; a rotated one does not.
		if err := f.Registration.Lock(ctx, testkit.Manager(f.Here), anna.ID); err != nil {
			t.Fatal(err)
		}
		if s, _ := f.check(f.Here.ID, next); s.Profiles != 3 {
			t.Errorf("%d profiles with a locked customer", s.Profiles)
		}
		if err := f.Registration.Unlock(ctx, testkit.Manager(f.Here), anna.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Registration.Rotate(ctx, testkit.Manager(f.Here), anna.ID); err != nil {
			t.Fatal(err)
		}
		if s, listed := f.check(f.Here.ID, next); s.Profiles != 1 || len(listed) != 0 {
			t.Errorf("after a rotation: %+v, %q", s.Counts, listed)
		}
		f.download(anna, "android", "old", f.old)
		if s, _ := f.check(f.Here.ID, next); s.Profiles != 2 || s.ByPlatform["android"].Refuse != 1 {
			t.Errorf("after a download: %+v", s.Counts)
		}

		// A deleted customer's profiles are gone, and so are expired ones.
		if err := f.Registration.Delete(ctx, testkit.Manager(f.Here), anna.ID); err != nil {
			t.Fatal(err)
		}
		if s, _ := f.check(f.Here.ID, next); s.Profiles != 1 {
			t.Errorf("after a deletion: %+v", s.Counts)
		}
		f.Advance(onboarding.DefaultProfileLifetime)
		if s, _ := f.check(f.Here.ID, next); s.Profiles != 0 {
			t.Errorf("after the expiry: %+v", s.Counts)
		}
	})
}

// TestToday checks the predictions for profiles of the present settings.
func TestToday(t *testing.T) {
	f := newFixture(t, testkit.OpenStore(t))
	s, _ := f.check(f.Here.ID, f.server("radius.venue1.example"))
	if today := s.Organizations[0]; today.Accepts() || today.Platforms[profiles.IOS].Detail != trust.NoRoots ||
		today.Platforms[profiles.Windows].Reason != trust.Anchor {
		t.Errorf("with public roots: %v", today.Platforms)
	}
	here := *f.Here
	here.WiFi = f.old
	if _, err := f.Tenant.Apply(t.Context(), []*onboarding.Organization{&here}); err != nil {
		t.Fatal(err)
	}
	s, _ = f.check(f.Here.ID, f.server("radius.venue1.example"))
	if today := s.Organizations[0]; !today.Accepts() {
		t.Errorf("with the private root: %v", today.Platforms)
	}
}

// TestUnrecorded checks that installations without a recorded download are unknown.
func TestUnrecorded(t *testing.T) {
	f := newFixture(t, testkit.OpenStore(t))
	anna := f.AddCustomer(f.Here, "anna", "secret")
	installation := &onboarding.Installation{
		ID: onboarding.NewID(), CustomerID: anna.ID, Platform: "ios", Type: onboarding.TypePasspoint,
		InstalledBy: "web", Installed: f.Now().Add(time.Minute), Recorded: f.Now(),
	}
	if err := f.Store.Write(t.Context(), func(tx onboarding.Tx) error {
		_, _, err := tx.PutInstallation(t.Context(), installation)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s, listed := f.check("", f.server("radius.venue1.example"))
	unknown := trust.Verdict{Result: trust.Unknown, Reason: trust.Settings}
	if s.Profiles != 1 || s.Unknown != 1 || s.Verdicts[unknown] != 1 || len(listed) != 0 {
		t.Errorf("%+v, %q", s, listed)
	}
	if _, err := f.forecasts.Check(t.Context(), forecast.Query{OrganizationID: onboarding.NewID(),
		Chain: f.server("x")}, nil); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("an unknown organization: %v", err)
	}
}

// TestCandidate checks that a candidate keeps its first record.
func TestCandidate(t *testing.T) {
	f := newFixture(t, testkit.OpenStore(t))
	ctx := t.Context()
	if _, err := f.forecasts.Candidate(ctx); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("before the first: %v", err)
	}
	f.download(f.AddCustomer(f.Here, "anna", "secret"), "ios", "old", f.old)
	first := forecast.Query{Chain: f.server("radius.venue1.example")}
	recorded, err := f.forecasts.RecordCandidate(ctx, first)
	if err != nil || recorded.Profiles != 1 || recorded.Accept != 1 || !recorded.Recorded.Equal(f.Now()) {
		t.Errorf("%+v, %v", recorded, err)
	}
	f.Advance(time.Hour)
	again, err := f.forecasts.RecordCandidate(ctx, first)
	if d := cmp.Diff(recorded, again); d != "" || err != nil {
		t.Error(d, err)
	}
	other, err := f.forecasts.RecordCandidate(ctx, forecast.Query{Chain: f.server("new.example")})
	if err != nil || other.Accept != 0 || !other.Recorded.Equal(f.Now()) {
		t.Errorf("%+v, %v", other, err)
	}
}

// TestMany checks that many profiles are read in pages: with ONRAMP_TEST_PROFILES=1000000, memory
// is bounded and the time is logged.
func TestMany(t *testing.T) { testkit.EachStore(t, testMany) }

func testMany(t *testing.T, db onboarding.Store) {
	n := 2500
	if text := os.Getenv("ONRAMP_TEST_PROFILES"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	f := newFixture(t, db)
	ctx := context.Background()
	if err := f.addMany(ctx, n); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	calls, most := 0, uint64(0)
	began := time.Now()
	s, err := f.forecasts.Check(ctx, forecast.Query{Chain: f.server("radius.venue1.example")},
		func(forecast.Profile) error {
			if calls++; calls%1000 == 0 {
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapInuse)
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if s.Profiles != n || s.Accept != n/2 || s.Refuse != n-n/2 || calls != s.Refuse {
		t.Errorf("%+v in %d calls", s.Counts, calls)
	}
	t.Logf("%d profiles in %v, heap %d MiB before and at most %d MiB", n, time.Since(began), before.HeapInuse>>20,
		most>>20)
	if grown := int64(most) - int64(before.HeapInuse); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	stop := errors.New("stop")
	_, err = f.forecasts.Check(ctx, forecast.Query{Chain: f.server("x")}, func(forecast.Profile) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("an error of the callback: %v", err)
	}
}

// addMany stores n customers with a profile each; every second one has settings that refuse.
func (f *fixture) addMany(ctx context.Context, n int) error {
	other := f.old
	other.TrustedServerNames = []string{"other.venue1.example"}
	const batch = 500
	for done := 0; done < n; done += batch {
		err := f.Store.Write(ctx, func(tx onboarding.Tx) error {
			for i := done; i < min(n, done+batch); i++ {
				if err := f.addOne(ctx, tx, i, other); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *fixture) addOne(ctx context.Context, tx onboarding.Tx, i int, other onboarding.WiFi) error {
	c := &onboarding.Customer{ID: onboarding.NewID(), OrganizationID: f.Here.ID, LocationID: f.Here.DefaultLocation,
		Username: fmt.Sprint("user", i), Created: f.Now(), Modified: f.Now()}
	k := &onboarding.Credential{CustomerID: c.ID, OrganizationID: f.Here.ID, Username: c.Username, Created: f.Now(),
		Expires:  f.Now().AddDate(1, 0, 0),
		Password: testkit.Sealer(f).Seal([]byte("secret"), onboarding.PasswordPurpose(c.ID))}
	settings := &onboarding.ProfileSettings{ID: "old", OrganizationID: f.Here.ID, First: f.Now(), WiFi: f.old}
	if i%2 == 0 {
		settings.ID, settings.WiFi = "other", other
	}
	if err := tx.InsertCustomer(ctx, c); err != nil {
		return err
	}
	if err := tx.InsertCredential(ctx, k); err != nil {
		return err
	}
	if err := tx.PutProfileSettings(ctx, settings); err != nil {
		return err
	}
	return tx.CountDownload(ctx, &onboarding.Download{
		CustomerID: c.ID, OrganizationID: f.Here.ID, Platform: "ios", Source: onboarding.SourceApp,
		Credential: k.Created, Expires: k.Expires, SettingsID: settings.ID, First: f.Now(), Last: f.Now(), Count: 1,
	})
}
