package connectivity_test

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

// scene is a venue with one customer, anna, whose records a test writes.
type scene struct {
	*testkit.Venue
	anna *onboarding.Customer
}

const (
	phone  = "02:00:00:00:aa:01" // randomised
	laptop = "00:11:22:33:44:55"
)

func newScene(t testing.TB) *scene {
	t.Helper()
	v := testkit.NewVenue(t)
	return &scene{v, v.AddCustomer(v.Here, "anna", "anna's password")}
}

// probed makes the deployment ask a RADIUS server in the given state.
func (s *scene) probed(h connectivity.Health) {
	s.Helper()
	h.At = s.Now()
	s.Deployment = testkit.Deploy(s, deployment.Config{Store: s.Store, Now: s.Now, Probe: server(h)})
}

// server is a Probe with a fixed answer.
type server connectivity.Health

func (h server) Health(context.Context) (*connectivity.Health, error) {
	return (*connectivity.Health)(&h), nil
}

func (s *scene) write(work func(ctx context.Context, tx onboarding.Tx) error) {
	s.Helper()
	ctx := context.Background()
	if err := s.Store.Write(ctx, func(tx onboarding.Tx) error { return work(ctx, tx) }); err != nil {
		s.Fatal(err)
	}
}

// attempt records an attempt of anna at the door now.
func (s *scene) attempt(mac string, reason onboarding.Reason, change ...func(*onboarding.Attempt)) {
	s.Helper()
	a := &onboarding.Attempt{
		OrganizationID: s.Here.ID, CustomerID: s.anna.ID, Attribution: onboarding.AttributedByName,
		HostID: s.Here.ID, LocationID: testkit.ID("location", 1), HotspotID: testkit.ID("hotspot", 1),
		AccessPoint: "nas " + testkit.Hall, Station: mac, Reason: reason, First: s.Now(), Last: s.Now(), Count: 1,
	}
	for _, f := range change {
		f(a)
	}
	a.SetID()
	s.write(func(ctx context.Context, tx onboarding.Tx) error {
		if a.Accepted() {
			if err := tx.CountLogin(ctx, a.CustomerID, s.Now()); err != nil {
				return err
			}
		}
		return tx.CountAttempt(ctx, a)
	})
}

// accept records an Access-Accept of anna at the door now.
func (s *scene) accept(mac string, change ...func(*onboarding.Attempt)) {
	s.Helper()
	s.attempt(mac, "", change...)
}

// The changes of attempts.

func byStation(a *onboarding.Attempt) { a.Attribution = onboarding.AttributedByStation }

func unnamed(a *onboarding.Attempt) { a.CustomerID, a.Attribution = "", "" }

func undeclared(a *onboarding.Attempt) {
	a.HostID, a.LocationID, a.HotspotID, a.AccessPoint = "", "", "", "nas stranger"
	if a.CustomerID == "" {
		a.OrganizationID = ""
	}
}

func withVLAN(a *onboarding.Attempt) { a.VLAN = 20 }

func alert(text string) func(*onboarding.Attempt) {
	return func(a *onboarding.Attempt) {
		a.Detail = "alert " + text
		byStation(a)
	}
}

func of(c *onboarding.Customer) func(*onboarding.Attempt) {
	return func(a *onboarding.Attempt) { a.CustomerID, a.OrganizationID = c.ID, c.OrganizationID }
}

// download records that anna downloads the profile of a platform now, with the present settings of
// the organization unless others are given.
func (s *scene) download(platform string, wifi ...onboarding.WiFi) {
	s.Helper()
	settings := s.Here.WiFi
	if len(wifi) > 0 {
		settings = wifi[0]
	}
	credential := s.credential()
	s.write(func(ctx context.Context, tx onboarding.Tx) error {
		ps := &onboarding.ProfileSettings{
			ID: onboarding.NewID(), OrganizationID: s.Here.ID, First: s.Now(), WiFi: settings,
		}
		if err := tx.PutProfileSettings(ctx, ps); err != nil {
			return err
		}
		return tx.CountDownload(ctx, &onboarding.Download{
			CustomerID: s.anna.ID, OrganizationID: s.Here.ID, Platform: platform, Source: onboarding.SourceVisitor,
			Credential: credential.Created, Expires: credential.Expires, SettingsID: ps.ID,
			First: s.Now(), Last: s.Now(), Count: 1,
		})
	})
}

// refuse records that a platform receives no profile now.
func (s *scene) refuse(platform string) {
	s.Helper()
	s.write(func(ctx context.Context, tx onboarding.Tx) error {
		return tx.CountDownload(ctx, &onboarding.Download{
			CustomerID: s.anna.ID, OrganizationID: s.Here.ID, Platform: platform, Source: onboarding.SourceVisitor,
			Credential: s.anna.Created, Expires: s.Now(), Refused: "The platform cannot express the network.",
			First: s.Now(), Last: s.Now(), Count: 1,
		})
	})
}

// install records the report of an installation now, and its removal if removed is true.
func (s *scene) install(removed bool) {
	s.Helper()
	i := &onboarding.Installation{
		ID: onboarding.NewID(), CustomerID: s.anna.ID, Platform: "ios", Type: onboarding.TypePasspoint,
		InstalledBy: "web", Installed: s.Now(), Recorded: s.Now(), Source: onboarding.SourceVisitor,
	}
	s.write(func(ctx context.Context, tx onboarding.Tx) error {
		if _, _, err := tx.PutInstallation(ctx, i); err != nil || !removed {
			return err
		}
		return tx.RemoveInstallation(ctx, s.anna.ID, i.ID, s.Now())
	})
}

// claim records that the portal's address names a station of anna now.
func (s *scene) claim(mac string) {
	s.Helper()
	s.write(func(ctx context.Context, tx onboarding.Tx) error {
		return tx.PutStationClaim(ctx, onboarding.StationClaim{CustomerID: s.anna.ID, MAC: mac, At: s.Now()})
	})
}

func (s *scene) credential() *onboarding.Credential {
	s.Helper()
	c, err := s.Store.Credential(context.Background(), s.anna.ID)
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// account sends an accounting record of anna's phone at the door, dated now.
func (s *scene) account(kind radius.AccountingType, unique string, change ...func(*radius.AccountingRecord)) {
	s.Helper()
	r := s.Phone("anna", unique)
	now := s.Now()
	r.Type, r.Event = kind, &now
	for _, f := range change {
		f(&r)
	}
	s.AccountRecord(r)
}

// lasted sets the length of a connection, and its cause if it has ended.
func lasted(d time.Duration, cause string) func(*radius.AccountingRecord) {
	return func(r *radius.AccountingRecord) {
		r.Duration, r.Cause = int64(d/time.Second), cause
	}
}

// rotate replaces anna's password.
func (s *scene) rotate() {
	s.Helper()
	if _, err := s.Registration.Rotate(context.Background(), testkit.Manager(s.Here), s.anna.ID); err != nil {
		s.Fatal(err)
	}
}

// lock locks or unlocks anna's credential.
func (s *scene) lock(locked bool) {
	s.Helper()
	change := s.Registration.Unlock
	if locked {
		change = s.Registration.Lock
	}
	if err := change(context.Background(), testkit.Manager(s.Here), s.anna.ID); err != nil {
		s.Fatal(err)
	}
}

// withdraw makes anna withdraw a mandatory policy.
func (s *scene) withdraw(policy string) {
	s.Helper()
	k := onboarding.CustomerKey{ID: s.anna.ID, OrganizationID: s.anna.OrganizationID}
	no := registration.VisitorDecisions{Accepted: map[string]bool{policy: false}}
	if err := s.Registration.DecideByVisitor(context.Background(), &onboarding.Caller{}, k, no,
		func(onboarding.Tx) error { return nil }); err != nil {
		s.Fatal(err)
	}
}

// verdict returns the operator's verdict on anna.
func (s *scene) verdict() *connectivity.Verdict {
	s.Helper()
	v, err := s.Connectivity.Of(context.Background(), testkit.Manager(s.Here), s.anna.ID)
	if err != nil {
		s.Fatal(err)
	}
	return v
}

// apply applies the declaration of anna's organization again.
func (s *scene) apply() {
	s.Helper()
	if _, err := s.Tenant.Apply(context.Background(), []*onboarding.Organization{s.Here}); err != nil {
		s.Fatal(err)
	}
}

// ofLaptop makes an accounting record one of the laptop.
func ofLaptop(r *radius.AccountingRecord) { r.CallingStation = laptop }

// extend moves the end of anna's credential by a year.
func extend(s *scene) func(context.Context, onboarding.Tx) error {
	c := *s.credential()
	c.Expires = c.Expires.AddDate(1, 0, 0)
	return func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCredential(ctx, &c) }
}

// disconnected records that the access point ended a connection by a Disconnect-Request now.
func disconnected(s *scene, uniqueID string) func(context.Context, onboarding.Tx) error {
	d := &onboarding.Disconnect{
		ID: onboarding.NewID(), OrganizationID: s.Here.ID, CustomerID: s.anna.ID, UniqueID: uniqueID,
		Reason: radius.DisconnectLocked, Created: s.Now(), Due: s.Now(),
	}
	return func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertDisconnect(ctx, d); err != nil {
			return err
		}
		return tx.FinishDisconnect(ctx, d.ID, onboarding.DisconnectAcknowledged, 0, s.Now())
	}
}

// certificate records the chain that the RADIUS server sends.
func (s *scene) certificate(chain ...*testkit.Pair) {
	s.Helper()
	if err := s.Access.PutSetting(context.Background(), onboarding.SettingRADIUSCertificate,
		testkit.PEM(chain...)); err != nil {
		s.Fatal(err)
	}
}

// trusting returns anna's Wi-Fi settings with a private root and names.
func (s *scene) trusting(root *testkit.Pair, names ...string) onboarding.WiFi {
	w := s.Here.WiFi
	w.TrustAnchor, w.PublicRoots, w.TrustedServerNames = testkit.PEM(root), nil, names
	return w
}
