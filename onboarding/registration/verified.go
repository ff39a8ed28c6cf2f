package registration

import (
	"context"
	"maps"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/links"
)

// SignUp is a visitor's sign-up that becomes a customer once an address is proven. It is stored as
// JSON, sealed.
type SignUp struct {
	Input   CustomerInput `json:"input"`
	Station string        `json:"station,omitempty"` // as in RegisterFromPortal
	// Address and Agent are those of the browser that sent the form, for the ledger of consents.
	Address string `json:"address,omitempty"`
	Agent   string `json:"agent,omitempty"`
	// Versions holds the versions of the policies that the form showed.
	Versions map[string]string `json:"versions,omitempty"`
	System   string            `json:"system,omitempty"` // as in Form
	// ConsentVersions holds those of the consents to profiling and ppd, if the form asked for them.
	ConsentVersions onboarding.ConsentVersions `json:"consentVersions,omitzero"`
}

// PrepareSignUp validates a visitor's form within the limits of registrations. It writes nothing.
// The address is the one to prove, in its stored form. A form that showed another version of a
// policy than the current one is ErrPolicyChanged.
func (s *Registrar) PrepareSignUp(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, form Form, in CustomerInput,
) (up *SignUp, address string, err error) {
	in = ofVisitor(in)
	if in.HotspotID != nil {
		if _, hotspot := o.Hotspot(*in.HotspotID); hotspot != nil {
			onboarding.SubjectOf(ctx).HotspotID = hotspot.ID
		}
	}
	taken, err := s.access.TakeRegistration(ctx, by, o.ID, in.limitedLocation(o), false)
	if err != nil {
		return nil, "", err
	}
	up = &SignUp{
		Input: in, Station: form.Station, Address: by.Address, Agent: onboarding.CutText(by.Agent, maxAgent),
		Versions: versionsOf(o), System: form.System,
	}
	if o.AsksProfiling() {
		up.ConsentVersions = consentVersionsOf(o)
	}
	address, err = s.CheckSignUp(ctx, o, up, o.Portal.Verify)
	if err == nil && len(ChangedPolicies(o, form.Versions)) > 0 {
		err = ErrPolicyChanged
	}
	access.SettleRegistration(taken, err)
	if err != nil {
		return nil, "", err
	}
	return up, address, nil
}

// CheckSignUp validates a sign-up again, after a change of its address, and returns the address of
// the channel.
func (s *Registrar) CheckSignUp(
	ctx context.Context, o *onboarding.Organization, up *SignUp, channel onboarding.VerifyChannel,
) (string, error) {
	d, err := s.draft(ctx, up.by(), o, &up.Input)
	if err != nil {
		return "", err
	}
	address, _ := channel.Address(d.customer)
	if address == "" {
		return "", onboarding.InvalidField(channel.Field(), "missing")
	}
	return address, nil
}

// LocationOf returns the ID of the location to which the sign-up's limits belong.
func (up *SignUp) LocationOf(o *onboarding.Organization) string { return up.Input.limitedLocation(o) }

// by returns the caller that sent the form.
func (up *SignUp) by() *onboarding.Caller {
	return &onboarding.Caller{Address: up.Address, Agent: up.Agent}
}

// versionsOf returns the version of each policy.
func versionsOf(o *onboarding.Organization) map[string]string {
	versions := map[string]string{}
	for i := range o.Policies {
		versions[o.Policies[i].Key] = o.Policies[i].Version
	}
	return versions
}

// consentVersionsOf returns the versions of the consents to profiling and ppd.
func consentVersionsOf(o *onboarding.Organization) onboarding.ConsentVersions {
	return onboarding.ConsentVersions{
		Profiling: o.PolicyVersion(onboarding.Profiling), PPD: o.PolicyVersion(onboarding.PPD),
	}
}

// changed reports whether a version of the policies has changed since the form was sent. A form of
// an earlier version of Onramp holds none of profiling and ppd.
func (up *SignUp) changed(o *onboarding.Organization) bool {
	asked := up.ConsentVersions != onboarding.ConsentVersions{}
	return !maps.Equal(up.Versions, versionsOf(o)) || asked && up.ConsentVersions != consentVersionsOf(o)
}

// Completion is a sign-up with a proven address, ready to be written.
type Completion struct {
	s     *Registrar
	up    *SignUp
	draft *draft
	by    *onboarding.Caller
	o     *onboarding.Organization
}

// Complete prepares a sign-up whose address the visitor has proven through the channel. If the
// policies have changed since the form was sent, the error is ErrPolicyChanged: the visitor has not
// accepted the new ones.
func (s *Registrar) Complete(
	ctx context.Context, o *onboarding.Organization, up SignUp, channel onboarding.VerifyChannel,
) (*Completion, error) {
	if up.changed(o) {
		return nil, ErrPolicyChanged
	}
	up.Input = ofVisitor(up.Input)
	up.Input.proved = channel
	d, err := s.draft(ctx, up.by(), o, &up.Input)
	if err != nil {
		return nil, err
	}
	d.link = nil // the page's own takes its place
	d.system = up.System
	return &Completion{s: s, up: &up, draft: d, by: up.by(), o: o}, nil
}

// Write creates the customer, or, for a returning visitor, changes the existing customer by the
// form: the same person has proven the address again. It records the decisions on policies, and
// renews a credential near its end. An existing customer must not be locked.
func (c *Completion) Write(
	ctx context.Context, tx onboarding.Tx, existing *onboarding.Customer,
) (*onboarding.Customer, error) {
	in := c.s.begin(tx, c.by, c.o)
	if existing == nil {
		result, err := c.s.create(ctx, in, c.draft)
		if err != nil {
			return nil, err
		}
		return result.Customer, claimStation(ctx, in, result, c.up.Station)
	}
	if existing.Locked {
		return nil, onboarding.LockedError()
	}
	changed, err := c.s.change(ctx, in, existing, c.draft.decisions, c.draft.input)
	if err != nil {
		return nil, err
	}
	_, err = renew(ctx, in, existing.ID) // after the decisions, without which it may be stopped
	return changed, err
}

// Written counts a customer that Write created, after its transaction has committed.
func (c *Completion) Written() { c.s.observer.Registered(onboarding.ChannelPortal) }

// SetVerified marks an address of the customer as verified by Onramp. The caller has checked its
// proof in the transaction.
func (s *Registrar) SetVerified(
	ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization,
	before *onboarding.Customer, channel onboarding.VerifyChannel,
) error {
	c := s.begin(tx, by, o)
	customer := *before
	customer.Modified = c.now
	if channel == onboarding.VerifySMS {
		customer.PhoneVerified, customer.PhoneClaimed = true, nil
	} else {
		customer.EmailVerified, customer.EmailClaimed = true, nil
	}
	if err := tx.UpdateCustomer(ctx, &customer); err != nil {
		return err
	}
	return s.refreshDerived(ctx, c, before, &customer)
}

// AcceptAddress makes the caller's guid and token prove a customer whose address the caller has
// proven, as credential/check does. A locked customer is refused.
func (s *Registrar) AcceptAddress(
	ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization,
	customer *onboarding.Customer,
) error {
	if customer.Locked {
		return onboarding.LockedError()
	}
	guidHash, err := optionalGuidHash(by.Guid)
	if err != nil {
		return err
	}
	if by.IsOperator() {
		guidHash = ""
	}
	if _, err := renew(ctx, s.begin(tx, by, o), customer.ID); err != nil {
		return err
	}
	if err := s.access.AddProof(ctx, tx, by, customer, guidHash); err != nil || guidHash == "" {
		return err
	}
	return tx.TrimGuids(ctx, customer.ID, guidHash, onboarding.MaxGuids)
}

// forgetAddresses forgets the addresses that a change has made unverified.
func forgetAddresses(ctx context.Context, tx onboarding.Tx, before, after *onboarding.Customer) error {
	if before == nil {
		return nil
	}
	for _, channel := range []onboarding.VerifyChannel{onboarding.VerifyEmail, onboarding.VerifySMS} {
		was, verified := channel.Address(before)
		is, still := channel.Address(after)
		if !verified || still && channel.Key(was) == channel.Key(is) {
			continue
		}
		if err := tx.ForgetVerifiedAddress(ctx, after.ID, channel); err != nil {
			return err
		}
	}
	return nil
}

// InsertLinkOf stores a link to a customer's profile, under the hash of a token that the caller
// derives.
func (s *Registrar) InsertLinkOf(
	ctx context.Context, tx onboarding.Tx, customer *onboarding.Customer, tokenHash string,
) error {
	link, _ := s.links.New(customer)
	link.TokenHash = tokenHash
	return links.InsertLink(ctx, tx, link)
}
