package renewal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/messages"
	"onramp/onboarding/registration"
	"onramp/onboarding/renewal"
	"onramp/onboarding/testkit"
	"onramp/onboarding/verification"
)

const (
	day    = 24 * time.Hour
	public = "https://wifi.example"
)

// servers keeps the sent texts.
type servers struct {
	mu  sync.Mutex
	to  map[string][]string // texts by address
	cap int
}

func (s *servers) SendMail(_ context.Context, m messages.Mail) error { return s.keep(m.To, m.Text) }
func (s *servers) SendSMS(_ context.Context, m messages.SMS) error   { return s.keep(m.To, m.Text) }
func (*servers) Allows(string) error                                 { return nil }
func (s *servers) DailyCap() int                                     { return s.cap }

func (s *servers) keep(to, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to[to] = append(s.to[to], text)
	return nil
}

// rig is a venue with three replicas. Its customers get a notice 20 days before the end of an
// access of 100 days.
type rig struct {
	*testkit.Venue
	servers  *servers
	replicas []*deployment.Deployment
	people   atomic.Int64 // registered by person
}

func newRig(t *testing.T, db onboarding.Store) *rig {
	t.Helper()
	r := &rig{Venue: testkit.NewVenueOn(t, db), servers: &servers{to: map[string][]string{}, cap: 100}}
	for range 3 {
		r.replicas = append(r.replicas, testkit.Deploy(t, deployment.Config{
			Store: db, Now: r.Now, Mail: r.servers, SMS: r.servers, PublicURL: public,
		}))
	}
	r.set(func(o *onboarding.Organization) {
		o.Portal.Fields, o.Portal.RenewalDays = []string{"email", "phoneNumber"}, 20
		o.WiFi.ProfileLifetime = 100 * day
	})
	return r
}

// set changes the organization.
func (r *rig) set(change func(o *onboarding.Organization)) {
	r.Helper()
	change(r.Here)
	if _, err := r.replicas[0].Tenant.Apply(r.Context(), []*onboarding.Organization{r.Here}); err != nil {
		r.Fatal(err)
	}
}

// person registers a customer and proves the addresses that are named.
func (r *rig) person(name string, proven ...onboarding.VerifyChannel) *onboarding.Customer {
	r.Helper()
	email, phone := name+"@example.com", fmt.Sprintf("+3934712%05d", r.people.Add(1))
	language := "it"
	result, err := r.Registration.Register(r.Context(), testkit.Manager(r.Here), registration.Request{
		Input: registration.CustomerInput{Email: &email, PhoneNumber: &phone, Language: &language,
			Policies: map[string]bool{"termsOfUse": true, "privacy": true}},
	})
	if err != nil {
		r.Fatal(err)
	}
	for _, channel := range proven {
		r.prove(result.Customer, channel)
	}
	c, err := r.Store.Customer(r.Context(), r.Here.ID, result.Customer.ID)
	if err != nil {
		r.Fatal(err)
	}
	return c
}

// prove proves an address by a code.
func (r *rig) prove(c *onboarding.Customer, channel onboarding.VerifyChannel) {
	r.Helper()
	box := &codes{}
	v := verification.New(verification.Config{Store: r.Store, Sealer: testkit.Sealer(r), Access: r.Access,
		Registration: r.Registration, Messages: box, PublicURL: public, Clock: r.Now})
	started, err := v.Start(r.Context(), testkit.Manager(r.Here), c.ID, channel, nil)
	if err != nil {
		r.Fatal(err)
	}
	if _, err := v.Check(r.Context(), testkit.Manager(r.Here), c.ID, started.ID, box.code, nil); err != nil {
		r.Fatal(err)
	}
}

// codes keeps the last code.
type codes struct{ code string }

func (b *codes) Prepare(_ context.Context, m verification.Message) (
	func(context.Context, onboarding.Tx) error, error,
) {
	b.code = m.Code
	return func(context.Context, onboarding.Tx) error { return nil }, nil
}

func (*codes) Wake() {}

func (r *rig) credential(c *onboarding.Customer) *onboarding.Credential {
	r.Helper()
	credential, err := r.Store.Credential(r.Context(), c.ID)
	if err != nil {
		r.Fatal(err)
	}
	return credential
}

// notify runs once and returns the number of notices.
func (r *rig) notify() int {
	r.Helper()
	sent, err := r.replicas[0].Renewal.SendNotices(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	return sent
}

// deliver sends the queued messages.
func (r *rig) deliver() {
	r.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { r.replicas[0].Messages.Run(ctx) })
	defer func() { stop(); done.Wait() }()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if waiting, err := r.Store.MessageBacklogs(r.Context()); err == nil && len(waiting) == 0 {
			return
		}
	}
	r.Fatal("messages are not sent")
}

// link returns the token in the last message to an address.
func (r *rig) link(address string) string {
	r.Helper()
	r.deliver()
	texts := r.servers.to[address]
	if len(texts) == 0 {
		r.Fatalf("no message to %s", address)
	}
	_, after, found := strings.Cut(texts[len(texts)-1], public+"/renew/")
	if !found {
		r.Fatalf("no link in %s", texts[len(texts)-1])
	}
	return strings.Fields(after)[0]
}

func (r *rig) renew(token, form string) (string, error) {
	return r.replicas[1].Registration.RenewByNotice(r.Context(), visitor, token, form)
}

var visitor = &onboarding.Caller{Address: "192.0.2.1", Agent: "test"}

func kind(t testing.TB, what string, want onboarding.Kind, err error) {
	t.Helper()
	if onboarding.KindOf(err) != want || err == nil {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// TestNotices follows who gets a notice, when and where, once for each end.
func TestNotices(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		r := newRig(t, db)
		ada := r.person("ada", onboarding.VerifyEmail, onboarding.VerifySMS)
		bob := r.person("bob", onboarding.VerifySMS)
		r.person("eve") // typed an address
		moved := r.person("moved", onboarding.VerifyEmail)
		locked := r.person("locked", onboarding.VerifyEmail)
		gone := r.person("gone", onboarding.VerifyEmail)
		manager := testkit.Manager(r.Here)
		email := "elsewhere@example.com"
		if err := errors.Join(
			func() error {
				in := registration.CustomerInput{Email: &email}
				_, err := r.Registration.Update(t.Context(), manager, moved.ID, in)
				return err
			}(),
			r.Registration.Lock(t.Context(), manager, locked.ID),
			r.Registration.Delete(t.Context(), manager, gone.ID),
		); err != nil {
			t.Fatal(err)
		}
		r.SetClock(r.credential(ada).Expires.Add(-20*day - time.Second))
		if n := r.notify(); n != 0 {
			t.Fatalf("%d notices a second too early", n)
		}
		r.Advance(2 * time.Second)
		if n := r.notify(); n != 2 {
			t.Fatalf("%d notices, want 2", n)
		}
		if n := r.notify(); n != 0 {
			t.Errorf("%d repeated notices", n)
		}
		r.deliver()
		if len(r.servers.to) != 2 || len(r.servers.to[ada.Email]) != 1 || len(r.servers.to[bob.Phone]) != 1 {
			t.Fatalf("sent %v", r.servers.to)
		}
		text, day := r.servers.to[ada.Email][0], r.credential(ada).Expires.Format(time.DateOnly)
		if !strings.Contains(text, "scade il "+day) || strings.Contains(text, "ada") {
			t.Errorf("the text: %s", text)
		}
		// The end of the next lifetime is announced again.
		if _, err := r.renew(r.link(ada.Email), "form"); err != nil {
			t.Fatal(err)
		}
		if n := r.notify(); n != 0 {
			t.Errorf("%d notices after the renewal", n)
		}
		r.SetClock(r.credential(ada).Expires.Add(-time.Hour))
		if n := r.notify(); n != 1 {
			t.Errorf("%d notices of the next end, want 1", n)
		}
		r.set(func(o *onboarding.Organization) { o.Portal.RenewalDays = 0 })
		if _, err := r.Registration.Rotate(t.Context(), manager, ada.ID); err != nil {
			t.Fatal(err)
		}
		r.SetClock(r.credential(ada).Expires.Add(-time.Hour))
		if n := r.notify(); n != 0 {
			t.Errorf("%d notices without portal.renewalDays", n)
		}
	})
}

// TestNoticeRace runs three replicas at once: each customer gets one notice, and one row of the
// audit.
func TestNoticeRace(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		r := newRig(t, db)
		const people = 12
		var all []*onboarding.Customer
		for i := range people {
			all = append(all, r.person(fmt.Sprintf("p%02d", i), onboarding.VerifyEmail))
		}
		r.SetClock(r.credential(all[0]).Expires.Add(-time.Hour))
		var group sync.WaitGroup
		var mu sync.Mutex
		total := 0
		for _, d := range r.replicas {
			group.Go(func() {
				n, err := d.Renewal.SendNotices(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				total += n
			})
		}
		group.Wait()
		r.deliver()
		if total != people || len(r.servers.to) != people {
			t.Errorf("%d notices to %d people, want %d", total, len(r.servers.to), people)
		}
		for address, texts := range r.servers.to {
			if len(texts) != 1 {
				t.Errorf("%d notices to %s", len(texts), address)
			}
		}
		rows, err := db.UnchainedAudit(t.Context(), 10_000)
		if err != nil {
			t.Fatal(err)
		}
		recorded := 0
		for i := range rows {
			if rows[i].Action == onboarding.AuditNoticeSent {
				recorded++
			}
		}
		if recorded != people {
			t.Errorf("%d rows of the audit, want %d", recorded, people)
		}
	})
}

// failing is a store that refuses each transaction at its end.
type failing struct{ onboarding.Store }

var errKilled = errors.New("killed before the commit")

func (f failing) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	return f.Store.Write(ctx, func(tx onboarding.Tx) error { return errors.Join(fn(tx), errKilled) })
}

// TestNoticeNotCommitted checks that a notice whose transaction does not commit leaves neither mark
// nor message, and is sent by the next run.
func TestNoticeNotCommitted(t *testing.T) {
	r := newRig(t, testkit.OpenStore(t))
	ada := r.person("ada", onboarding.VerifyEmail)
	r.SetClock(r.credential(ada).Expires.Add(-time.Hour))
	d := r.replicas[0]
	killed := renewal.New(renewal.Config{Store: failing{r.Store}, Access: d.Access, Links: d.Links,
		Messages: d.Messages, Verification: d.Verification, Clock: r.Now})
	if n, err := killed.SendNotices(t.Context()); n != 0 || !errors.Is(err, errKilled) {
		t.Errorf("%d, %v", n, err)
	}
	if waiting, err := r.Store.MessageBacklogs(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("%+v %v", waiting, err)
	}
	if n := r.notify(); n != 1 {
		t.Errorf("%d notices, want 1", n)
	}
}

// TestNoticeLimits checks that notices leave room for codes: half of the SMS of a day, and that an
// address with too many messages does not hold up the others.
func TestNoticeLimits(t *testing.T) {
	r := newRig(t, testkit.OpenStore(t))
	r.servers.cap = 5
	for i := range 5 {
		r.person(fmt.Sprintf("s%d", i), onboarding.VerifySMS)
	}
	flooded, ada := r.person("flooded", onboarding.VerifyEmail), r.person("ada", onboarding.VerifyEmail)
	r.SetClock(r.credential(ada).Expires.Add(-2 * day))
	for range 2 * messages.PerRecipient {
		p, err := r.replicas[0].Messages.Prepare(t.Context(), messages.Draft{
			OrganizationID: r.Here.ID, Channel: onboarding.MessageEmail, Kind: onboarding.MessageReturn,
			Recipient: flooded.Email, Link: public + "/x", Expires: r.Now().Add(time.Hour),
			NotAfter: r.Now().Add(time.Hour), Known: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Store.Write(t.Context(), func(tx onboarding.Tx) error {
			_, err := r.replicas[0].Messages.Queue(t.Context(), tx, p)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.notify(); n != 3+1 {
		t.Errorf("%d notices, want 3 SMS of 5 and 1 mail", n)
	}
	if n := r.notify(); n != 0 {
		t.Errorf("%d more on the same day", n)
	}
	r.deliver()
	r.Advance(day + time.Minute)
	if n := r.notify(); n != 2+1 {
		t.Errorf("%d notices a day later, want 3", n)
	}
}

// TestRenewByNotice uses the link as its holder, twice by one form, and as others would: after the
// renewal, after a rotation, a lock and a deletion.
func TestRenewByNotice(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		r := newRig(t, db)
		manager := testkit.Manager(r.Here)
		noticed := func(name string) (*onboarding.Customer, string) {
			t.Helper()
			c := r.person(name, onboarding.VerifyEmail)
			r.SetClock(r.credential(c).Expires.Add(-20*day + time.Second)) // twice the last tenth
			r.notify()
			return c, r.link(c.Email)
		}
		view := func(token string) error {
			_, err := r.replicas[2].Links.ViewNotice(t.Context(), token)
			return err
		}
		ada, token := noticed("ada")
		before := r.credential(ada)
		if err := view(token); err != nil {
			t.Fatal(err)
		}
		// Others renew at the same time: the link works for one form.
		var group sync.WaitGroup
		var mu sync.Mutex
		profiles := map[string]int{}
		for i := range 8 {
			group.Go(func() {
				profile, err := r.renew(token, fmt.Sprintf("form %d", i%4))
				if err != nil {
					kind(t, "a second form", onboarding.Gone, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				profiles[profile]++
			})
		}
		group.Wait()
		after := r.credential(ada)
		if len(profiles) != 1 || !after.Expires.Equal(r.Now().Add(100*day)) || !after.Created.Equal(before.Created) {
			t.Errorf("%d links; from %v to %v", len(profiles), before.Expires, after.Expires)
		}
		kind(t, "the page after the renewal", onboarding.Gone, view(token))
		for profile := range profiles {
			if v, err := r.Links.View(t.Context(), profile); err != nil || v.Customer.ID != ada.ID {
				t.Errorf("%+v, %v", v, err)
			}
			_, err := r.Links.NewSelfByLink(t.Context(), profile)
			kind(t, "the self-service page by the link of a renewal", onboarding.NotFound, err)
			code, err := r.Links.NewResumeCode(t.Context(), profile)
			if err != nil {
				t.Fatal(err)
			}
			resumed, err := r.Links.Resume(t.Context(), visitor, "form", code.Code)
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Links.NewSelfByLink(t.Context(), resumed)
			kind(t, "the same through a resume code", onboarding.NotFound, err)
		}
		_, err := r.renew("unknown", "form")
		kind(t, "an unknown link", onboarding.NotFound, err)
		kind(t, "an unknown page", onboarding.NotFound, view("unknown"))

		bob, token := noticed("bob")
		if err := r.Registration.Lock(t.Context(), manager, bob.ID); err != nil {
			t.Fatal(err)
		}
		_, err = r.renew(token, "form")
		kind(t, "locked", onboarding.Conflict, err)
		kind(t, "the page of a locked one", onboarding.Conflict, view(token))
		if err := r.Registration.Unlock(t.Context(), manager, bob.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Registration.Rotate(t.Context(), manager, bob.ID); err != nil {
			t.Fatal(err)
		}
		_, err = r.renew(token, "form")
		kind(t, "rotated", onboarding.Gone, err)

		carl, token := noticed("carl")
		r.SetClock(r.credential(carl).Expires)
		_, err = r.renew(token, "form")
		kind(t, "after the end", onboarding.Gone, err)

		dora := r.person("dora", onboarding.VerifyEmail)
		r.SetClock(r.credential(dora).Expires.Add(-time.Hour))
		r.notify()
		if err := r.Registration.Delete(t.Context(), manager, dora.ID); err != nil {
			t.Fatal(err)
		}
		last, err := r.Store.LastMessages(t.Context(), r.Here.ID, 1)
		if err != nil || last[0].Outcome != onboarding.MessageErased || len(last[0].Content.Box) > 0 {
			t.Errorf("the notice of a deleted customer: %+v, %v", last, err)
		}
	})
}

// TestNoticeAndConsent: while a policy that is due stops renewals, the link leads to the profile's
// page, which asks for it, and stays; the acceptance renews. A withdrawal ends it.
func TestNoticeAndConsent(t *testing.T) {
	r := newRig(t, testkit.OpenStore(t))
	ada := r.person("ada", onboarding.VerifyEmail)
	r.set(func(o *onboarding.Organization) {
		o.Policies[0].Version, o.Portal.Reconsent, o.Portal.GraceDays = "2.00", onboarding.ReconsentStop, 1
	})
	r.SetClock(r.credential(ada).Expires.Add(-15 * day))
	r.notify()
	token := r.link(ada.Email)
	before := r.credential(ada).Expires
	profile, err := r.renew(token, "form")
	if err != nil || !r.credential(ada).Expires.Equal(before) {
		t.Fatalf("renewed without the consent: %v", err)
	}
	key := r.Here.Policies[0].Key
	if err := r.Registration.AcceptByLink(t.Context(), visitor, profile, registration.VisitorDecisions{
		Accepted: map[string]bool{key: true}, Versions: map[string]string{key: "2.00"},
	}); err != nil {
		t.Fatal(err)
	}
	if !r.credential(ada).Expires.After(before) {
		t.Error("the acceptance has not renewed")
	}
	r.SetClock(r.credential(ada).Expires.Add(-time.Hour))
	r.notify()
	token = r.link(ada.Email)
	if err := r.Registration.DecideByVisitor(t.Context(), visitor,
		onboarding.CustomerKey{ID: ada.ID, OrganizationID: r.Here.ID},
		registration.VisitorDecisions{Accepted: map[string]bool{key: false}},
		func(onboarding.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	_, err = r.renew(token, "form")
	kind(t, "after a withdrawal", onboarding.Gone, err)
}
