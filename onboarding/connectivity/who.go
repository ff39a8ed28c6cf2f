package connectivity

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"onramp/onboarding"
)

// Who is a parsed question for a person: every reading that the text allows.
type Who struct {
	onboarding.Match        // by ID, user name, e-mail address or phone number
	MAC              string // 02:00:00:aa:bb:cc; empty if the text is no MAC address
}

// ParseWho parses a user name, customer ID, e-mail address, phone number or MAC address. A text may
// be several of them.
func ParseWho(text string) (Who, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Who{}, onboarding.InvalidField("who", "empty")
	}
	if err := onboarding.CheckText("who", text, onboarding.MaxName); err != nil {
		return Who{}, err
	}
	w := Who{Match: onboarding.Match{Username: text}}
	w.MAC, _ = onboarding.ParseMAC(text)
	if id := strings.ToLower(strings.ReplaceAll(text, "-", "")); onboarding.ValidID(id) {
		w.ID = id
	}
	if strings.Contains(text, "@") {
		if email, err := onboarding.SearchedEmail("who", text); err == nil {
			w.Email = email
		}
	}
	if w.MAC == "" && w.ID == "" && phoneLike(text) {
		if phone, err := onboarding.SearchedPhone("who", text); err == nil {
			w.Phone = phone
		}
	}
	return w, nil
}

// phoneLike reports whether the text has more digits than other characters.
func phoneLike(text string) bool {
	digits := 0
	for _, r := range text {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return 2*digits > len(text)
}

// MaxFound is the maximum number of people of one question.
const MaxFound = 20

// Found is a person whom a question finds, or a MAC address without a known person.
type Found struct {
	Customer *onboarding.Customer // nil: the MAC address belongs to no known customer
	MAC      string               // the MAC address asked for; empty if none was
	// Claimed marks a person found only by the portal's address.
	Claimed bool
}

// Find returns the people whom the text may mean, at most MaxFound: of one organization, or of all
// if its ID is empty. It is for the deployment's operator.
func (s *Connectivity) Find(ctx context.Context, organizationID, text string) ([]Found, error) {
	found, err := s.find(ctx, organizationID, text)
	if err != nil {
		return nil, err
	}
	return found, s.access.RecordRead(ctx, onboarding.Act{
		OrganizationID: organizationID, Action: onboarding.AuditContactListed, Fields: []string{"who"},
		Count: len(found),
	})
}

func (s *Connectivity) find(ctx context.Context, organizationID, text string) ([]Found, error) {
	who, err := ParseWho(text)
	if err != nil {
		return nil, err
	}
	organizations, err := s.organizations(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, o := range organizations {
		customers, err := s.store.MatchAny(ctx, o.ID, who.Match, MaxFound)
		if err != nil {
			return nil, err
		}
		for _, c := range customers {
			if len(found) < MaxFound {
				found = append(found, Found{Customer: c})
			}
		}
	}
	if len(found) > 0 || who.MAC == "" {
		return found, nil
	}
	return s.findStation(ctx, organizations, who.MAC)
}

// organizations returns one organization, or all of them.
func (s *Connectivity) organizations(ctx context.Context, id string) ([]*onboarding.Organization, error) {
	if id == "" {
		return s.store.Organizations(ctx)
	}
	if !onboarding.ValidID(id) {
		return nil, onboarding.NotFoundError("organization")
	}
	o, err := s.store.Organization(ctx, id)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("organization")
	}
	return []*onboarding.Organization{o}, err
}

// findStation returns the people of a MAC address: those whom it authenticated, or else those who
// claimed it, or else the address itself if any attempt of it is known.
func (s *Connectivity) findStation(
	ctx context.Context, organizations []*onboarding.Organization, mac string,
) ([]Found, error) {
	attempts, err := s.store.Attempts(ctx, onboarding.AttemptQuery{Station: mac, Limit: maxAttempts})
	if err != nil {
		return nil, err
	}
	var found []Found
	known := false
	for _, a := range attempts {
		of := cmp.Or(a.HostID, a.OrganizationID)
		known = known || len(organizations) > 1 || of == "" || contains(organizations, of)
		if a.CustomerID != "" {
			found, err = s.addFound(ctx, found, organizations, a.CustomerID, mac, false)
			if err != nil {
				return nil, err
			}
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	claims, err := s.store.StationClaims(ctx, "", mac)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	for _, c := range claims {
		if now.Sub(c.At) > onboarding.StationClaimLifetime {
			continue
		}
		if found, err = s.addFound(ctx, found, organizations, c.CustomerID, mac, true); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 && known {
		found = []Found{{MAC: mac}}
	}
	return found, nil
}

// addFound adds a customer of the organizations once.
func (s *Connectivity) addFound(
	ctx context.Context, found []Found, organizations []*onboarding.Organization, customerID, mac string, claimed bool,
) ([]Found, error) {
	if len(found) == MaxFound ||
		slices.ContainsFunc(found, func(f Found) bool { return f.Customer.ID == customerID }) {
		return found, nil
	}
	for _, o := range organizations {
		c, err := s.store.Customer(ctx, o.ID, customerID)
		if errors.Is(err, onboarding.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return append(found, Found{Customer: c, MAC: mac, Claimed: claimed}), nil
	}
	return found, nil
}

func contains(organizations []*onboarding.Organization, id string) bool {
	return slices.ContainsFunc(organizations, func(o *onboarding.Organization) bool { return o.ID == id })
}

// Why returns the verdict on a found person or MAC address, for the deployment's operator. If a MAC
// address was asked for, the verdict is about that station of the person.
func (s *Connectivity) Why(ctx context.Context, found Found) (*Verdict, error) {
	if found.Customer == nil {
		return s.stranger(ctx, found.MAC)
	}
	f, err := s.facts(ctx, found.Customer, true, probeTimeout)
	if err != nil {
		return nil, err
	}
	v := f.decide()
	if found.MAC != "" {
		f.narrow(v, found.MAC)
	}
	return v, s.access.RecordRead(ctx, verdictRead(found.Customer))
}

// narrow makes the verdict one about a single station of the person.
func (f *facts) narrow(v *Verdict, mac string) {
	at := slices.IndexFunc(f.stations, func(st *station) bool { return st.mac == mac })
	if at < 0 {
		return
	}
	st := f.stations[at]
	if v.State != Connected && (st.claimed == nil || st.Cause == "" || !slices.Contains([]Cause{
		CauseOutOfRange, CauseSessionEnded, CauseDisconnected,
	}, v.Cause)) {
		return // the person's cause is the station's too
	}
	if st.State == Connected {
		v.Since, v.Detail, v.Confidence = st.Since, st.Detail, st.Confidence
		f.locate(v, st)
		v.setSteps()
		v.Evidence = f.evidence(v)
		return
	}
	v.State, v.Since, v.Detail, v.Confidence = st.State, st.Since, st.Detail, st.Confidence
	v.Cause = st.Cause
	if v.Cause == "" {
		v.Cause, v.Confidence = CauseOtherDevice, Likely
	}
	f.locate(v, st)
	v.setSteps()
	v.Evidence = f.evidence(v)
}
