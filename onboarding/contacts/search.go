package contacts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/terms"
)

// ContactSearch is a search for an organization's contacts. A nil or empty field was not sent.
type ContactSearch struct {
	onboarding.ContactFilter
	Size        *int
	SortBy      string
	SortReverse *bool
	// Scroll continues the scroll of an earlier page; all other fields must equal the first request
	// of the scroll.
	Scroll *string
	// Unread holds the faults of parameters that could not be decoded.
	Unread onboarding.Faults
}

// ContactPage is a page of contacts.
type ContactPage struct {
	Contacts []*Contact
	Total    int    // matches when the scroll began
	Scroll   string // opens the next page; empty on the last
}

// maxListed is the most values of a list in a search.
const maxListed = 100

// contactScroll is the state of a scroll.
type contactScroll struct {
	Filter  onboarding.ContactFilter    `json:"f"`
	SortBy  string                      `json:"b,omitempty"`
	Reverse bool                        `json:"r,omitempty"`
	Size    int                         `json:"n"`
	Total   int                         `json:"t"`
	After   *onboarding.ContactPosition `json:"p,omitempty"`
}

// purposeContacts returns the purpose of the cursors of a caller: one with a location does not open
// those of others.
func purposeContacts(by *onboarding.Caller, organizationID string) string {
	if id := by.LocationID(); id != "" {
		return "contacts of " + organizationID + " at " + id
	}
	return "contacts of " + organizationID
}

// seenBy returns the filter for the contacts that the caller sees; none reports that it has no
// matches.
func seenBy(by *onboarding.Caller, f onboarding.ContactFilter) (seen onboarding.ContactFilter, none bool) {
	if id := by.LocationID(); id != "" {
		if none = len(f.LocationIDs) > 0 && !slices.Contains(f.LocationIDs, id); none {
			return f, true
		}
		f.LocationIDs = []string{id}
	}
	return f, false
}

// Search returns the first page of a search, or the next page of a scroll. A scroll holds the whole
// search, so that any replica can continue it, and may be repeated. A contact that exists
// throughout and does not change its sort value is returned exactly once.
func (s *Contacts) Search(
	ctx context.Context, by *onboarding.Caller, organizationID string, q ContactSearch,
) (*ContactPage, error) {
	var page *ContactPage
	err := s.SearchInParts(ctx, by, organizationID, q, MaxPageSize, func(part *ContactPage, _ bool) error {
		page = part
		return nil
	})
	return page, err
}

// SearchInParts is Search for a page of any size in constant memory: it calls send with at most
// most contacts at a time. Only the last part has the Scroll that opens the next page. An error of
// send ends the page.
func (s *Contacts) SearchInParts(
	ctx context.Context, by *onboarding.Caller, organizationID string, q ContactSearch, most int,
	send func(part *ContactPage, last bool) error,
) error {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	var at contactScroll
	if q.Scroll != nil {
		if err := s.access.OpenCursor(ctx, purposeContacts(by, o.ID), *q.Scroll, &at); err != nil {
			return err
		}
		if err := q.agree(&at); err != nil {
			return err
		}
	} else if err := s.beginScroll(ctx, by, o, &q, &at); err != nil {
		return err
	} else if at.Total == 0 {
		if err := s.recordList(ctx, o, &at, 0); err != nil {
			return err
		}
		return send(&ContactPage{}, true)
	}
	for left := at.Size; ; {
		part, more, err := s.part(ctx, by, o, &at, min(left, most))
		if err != nil {
			return err
		}
		left -= len(part.Contacts)
		last := !more || left == 0
		if last && more {
			if part.Scroll, err = s.access.SealCursor(ctx, purposeContacts(by, o.ID), at); err != nil {
				return err
			}
		}
		if err := s.recordList(ctx, o, &at, len(part.Contacts)); err != nil {
			return err
		}
		if err := send(part, last); err != nil || last {
			return err
		}
	}
}

// part reads up to limit contacts of a scroll and moves it past them. more reports whether there
// are further ones.
func (s *Contacts) part(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, at *contactScroll, limit int,
) (page *ContactPage, more bool, err error) {
	order, reverse, err := sorting(at.SortBy, at.Reverse)
	if err != nil {
		return nil, false, err
	}
	filter, _ := seenBy(by, at.Filter)
	customers, next, err := s.store.Contacts(ctx, &onboarding.ContactQuery{
		OrganizationID: o.ID, Filter: filter, Order: order, Reverse: reverse, After: at.After, Limit: limit,
		Matches: at.Total,
	})
	if err != nil {
		return nil, false, err
	}
	if next != nil {
		at.After = next
	}
	page = &ContactPage{Total: at.Total}
	page.Contacts, err = s.contacts(ctx, o, customers)
	return page, next != nil, err
}

// recordList records a part of a page by the names of the search's filters.
func (s *Contacts) recordList(
	ctx context.Context, o *onboarding.Organization, at *contactScroll, count int,
) error {
	return s.access.RecordRead(ctx, onboarding.Act{
		OrganizationID: o.ID, Action: onboarding.AuditContactListed, Fields: filterFields(&at.Filter), Count: count,
	})
}

// filterFields returns the names of the parameters of a search, for the audit.
func filterFields(f *onboarding.ContactFilter) []string {
	var names []string
	for _, p := range []struct {
		name  string
		given bool
	}{
		{"q", f.Search != ""}, {"email", f.Email != ""}, {"phoneNumber", f.Phone != ""}, {"username", f.Username != ""},
		{"extId", f.ExtID != ""}, {"extProp1", f.ExtProp1 != ""}, {"extProp2", f.ExtProp2 != ""},
		{"hasEmail", f.HasEmail != nil}, {"emailVerified", f.EmailVerified != nil},
		{"hasPhone", f.HasPhone != nil}, {"phoneVerified", f.PhoneVerified != nil},
		{"signupMethods", f.SignupMethods != nil}, {"locationCids", f.LocationIDs != nil},
		{"segmentCids", f.SegmentIDs != nil}, {"createdStart", f.CreatedFrom != nil},
		{"createdEnd", f.CreatedTo != nil}, {"modifiedStart", f.ModifiedFrom != nil},
		{"modifiedEnd", f.ModifiedTo != nil}, {"optIns", len(f.OptIns) > 0},
	} {
		if p.given {
			names = append(names, p.name)
		}
	}
	return names
}

// errNoTerms is the error of a search by text while the task of Run completes the terms.
var errNoTerms = &onboarding.Error{
	Kind: onboarding.Unavailable, Message: "q is not available until the search terms of all contacts are written",
	RetryAfter: runEvery,
}

// beginScroll sets the state of a new scroll and counts the matches once.
func (s *Contacts) beginScroll(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, q *ContactSearch, at *contactScroll,
) (err error) {
	at.Filter, at.Size, at.SortBy = q.ContactFilter, DefaultPageSize, q.SortBy
	if q.Size != nil {
		at.Size = *q.Size
	}
	if q.SortReverse != nil {
		at.Reverse = *q.SortReverse
	}
	if at.Filter.Search != "" {
		complete, err := s.termsComplete(ctx)
		if err != nil {
			return err
		}
		if !complete {
			return errNoTerms
		}
	}
	filter, none := seenBy(by, at.Filter)
	if none || neverAsked(o, at.Filter.OptIns) {
		return nil
	}
	if at.Total, err = s.store.CountContacts(ctx, o.ID, &filter); err != nil || at.Total > 0 {
		return err
	}
	if pluses := withPluses(at.Filter); pluses.Username != at.Filter.Username ||
		externalIDs(&pluses) != externalIDs(&at.Filter) {
		at.Filter = pluses
		filter, _ = seenBy(by, pluses)
		at.Total, err = s.store.CountContacts(ctx, o.ID, &filter)
	}
	return err
}

// neverAsked reports whether a custom policy in the filter is not declared, so that no contact can
// match.
func neverAsked(o *onboarding.Organization, optIns map[string]bool) bool {
	for policy := range optIns {
		if strings.HasPrefix(policy, "customs.") && o.Policy(policy) == nil {
			return true
		}
	}
	return false
}

// withPluses returns the filter with a + in place of each space.
func withPluses(f onboarding.ContactFilter) onboarding.ContactFilter {
	onboarding.SpacesToPluses(&f.Username, &f.ExtID, &f.ExtProp1, &f.ExtProp2)
	return f
}

func externalIDs(f *onboarding.ContactFilter) [3]string {
	return [3]string{f.ExtID, f.ExtProp1, f.ExtProp2}
}

// check validates the fields and normalizes them, so that equal searches compare equal.
func (q *ContactSearch) check() error {
	wrong := slices.Clone(q.Unread)
	if q.Size != nil && (*q.Size < 1 || *q.Size > MaxPageSize) {
		wrong.Refuse("size", fmt.Sprintf("not between 1 and %d", MaxPageSize))
	}
	if _, _, err := sorting(q.SortBy, false); wrong.Add(err) != nil {
		return err
	}
	if q.SortReverse != nil && q.SortBy == "" && q.Scroll == nil {
		wrong.Refuse("sortReverse", "needs sortBy")
	}
	for _, t := range []struct{ field, text string }{
		{"username", q.Username}, {"extId", q.ExtID}, {"extProp1", q.ExtProp1}, {"extProp2", q.ExtProp2},
	} {
		if err := wrong.Add(onboarding.CheckText(t.field, t.text, onboarding.MaxName)); err != nil {
			return err
		}
	}
	if q.Search != "" {
		var err error
		q.Search, err = terms.Canonical("q", q.Search)
		if err := wrong.Add(err); err != nil {
			return err
		}
	}
	if q.Email != "" {
		var err error
		q.Email, err = onboarding.SearchedEmail("email", q.Email)
		if err := wrong.Add(err); err != nil {
			return err
		}
	}
	if q.Phone != "" {
		var err error
		q.Phone, err = onboarding.SearchedPhone("phoneNumber", q.Phone)
		if err := wrong.Add(err); err != nil {
			return err
		}
	}
	for _, l := range []struct {
		field string
		words []string
		ids   bool
	}{{"signupMethods", texts(q.SignupMethods), false}, {"locationCids", q.LocationIDs, true},
		{"segmentCids", q.SegmentIDs, true}} {
		if len(l.words) > maxListed {
			wrong.Refuse(l.field, fmt.Sprintf("more than %d", maxListed))
		}
		for _, word := range l.words { // an unknown value matches no contact
			if err := wrong.Add(onboarding.CheckText(l.field, word, onboarding.MaxName)); err != nil {
				return err
			}
			if l.ids && !onboarding.ValidID(word) {
				wrong.Refuse(l.field, "not an ID of 32 lower-case hex digits")
			}
		}
	}
	for _, policy := range slices.Sorted(maps.Keys(q.OptIns)) {
		if err := wrong.Add(onboarding.CheckText(optInParameter(policy), policy, onboarding.MaxName)); err != nil {
			return err
		}
		if policy == "customs." {
			wrong.Refuse(optInParameter(policy), "must not be empty")
		}
	}
	q.SignupMethods, q.LocationIDs, q.SegmentIDs = asSet(q.SignupMethods), asSet(q.LocationIDs), asSet(q.SegmentIDs)
	return wrong.InOrder(searchParameters).Err()
}

// searchParameters lists the parameters in the order in which faults are reported.
var searchParameters = []string{
	"sid", "size", "hasEmail", "emailVerified", "hasPhone", "phoneVerified", "signupMethods", "locationCids",
	"segmentCids",
	"createdStart", "createdEnd", "modifiedStart", "modifiedEnd", "mktgCommunications", "ageVerification",
	"customOptIn",
	"customOptin", "sortBy", "sortReverse", "q", "email", "phoneNumber", "username", "extId", "extProp1", "extProp2",
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

// asSet sorts the values and removes duplicates.
func asSet[T ~string](values []T) []T { return slices.Compact(slices.Sorted(slices.Values(values))) }

// agree returns an error for each field that differs from the first request of the scroll.
func (q *ContactSearch) agree(at *contactScroll) error {
	var wrong onboarding.Faults
	differs := func(field string) { wrong.Refuse(field, "must equal the first request of the scroll") }
	was := &at.Filter
	if q.Size != nil && *q.Size != at.Size {
		differs("size")
	}
	if q.SortBy != "" && contactSorts[q.SortBy] != contactSorts[at.SortBy] {
		differs("sortBy")
	}
	if q.SortReverse != nil && *q.SortReverse != at.Reverse {
		differs("sortReverse")
	}
	for _, c := range []struct {
		field string
		same  bool
	}{
		{"q", q.Search == "" || q.Search == was.Search},
		{"email", q.Email == "" || q.Email == was.Email},
		{"phoneNumber", q.Phone == "" || q.Phone == was.Phone},
		{"username", q.Username == "" || q.Username == was.Username},
		{"extId", q.ExtID == "" || q.ExtID == was.ExtID},
		{"extProp1", q.ExtProp1 == "" || q.ExtProp1 == was.ExtProp1},
		{"extProp2", q.ExtProp2 == "" || q.ExtProp2 == was.ExtProp2},
		{"hasEmail", unsetOrSame(q.HasEmail, was.HasEmail)},
		{"emailVerified", unsetOrSame(q.EmailVerified, was.EmailVerified)},
		{"hasPhone", unsetOrSame(q.HasPhone, was.HasPhone)},
		{"phoneVerified", unsetOrSame(q.PhoneVerified, was.PhoneVerified)},
		{"signupMethods", q.SignupMethods == nil || slices.Equal(q.SignupMethods, was.SignupMethods)},
		{"locationCids", q.LocationIDs == nil || slices.Equal(q.LocationIDs, was.LocationIDs)},
		{"segmentCids", q.SegmentIDs == nil || slices.Equal(q.SegmentIDs, was.SegmentIDs)},
		{"createdStart", unsetOrSameInstant(q.CreatedFrom, was.CreatedFrom)},
		{"createdEnd", unsetOrSameInstant(q.CreatedTo, was.CreatedTo)},
		{"modifiedStart", unsetOrSameInstant(q.ModifiedFrom, was.ModifiedFrom)},
		{"modifiedEnd", unsetOrSameInstant(q.ModifiedTo, was.ModifiedTo)},
	} {
		if !c.same {
			differs(c.field)
		}
	}
	for _, policy := range slices.Sorted(maps.Keys(q.OptIns)) {
		if accepted, sent := was.OptIns[policy]; !sent || accepted != q.OptIns[policy] {
			differs(optInParameter(policy))
		}
	}
	return wrong.InOrder(searchParameters).Err()
}

// optInParameter returns the API's parameter for a policy.
func optInParameter(policy string) string {
	if name, custom := strings.CutPrefix(policy, "customs."); custom {
		return "customOptIn." + name
	}
	return policy
}

func unsetOrSame[T comparable](sent, was *T) bool { return sent == nil || was != nil && *sent == *was }

func unsetOrSameInstant(sent, was *time.Time) bool {
	return sent == nil || onboarding.SameInstant(sent, was)
}
