package radius

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"onramp/onboarding"
)

// HistoryRecord is a connection of the past, as the accounting of another deployment stored it.
type HistoryRecord struct {
	// ID identifies the connection in its source, in every run.
	ID        string
	SessionID string // Acct-Session-Id
	Username  string
	// OtherName is another spelling of the user name, which means the same in the source; empty:
	// none.
	OtherName      string
	AccessPoint    AccessPointIdentity
	CallingStation string
	Address        string     // Framed-IP-Address
	Started        *time.Time // nil where the source has none, as the next two
	Updated        *time.Time
	Stopped        *time.Time
	Duration       int64 // seconds
	Input, Output  int64 // octets, including gigawords
	Cause          string
}

// HistoryOutcome is the effect of a HistoryRecord.
type HistoryOutcome string

// The outcomes of records.
const (
	HistoryImported HistoryOutcome = "imported"
	// HistoryKnown: imported before.
	HistoryKnown HistoryOutcome = "known"
	// HistoryOpen: without an end, and possibly not ended yet.
	HistoryOpen HistoryOutcome = "open"
	// HistoryTooOld: the organization's retention of connections would delete it at once.
	HistoryTooOld HistoryOutcome = "tooOld"
	// HistoryUnknownUser: no customer of the organization who was imported has that user name.
	HistoryUnknownUser HistoryOutcome = "unknownUser"
	// HistoryNotAgreed: the customer refuses the processing of personal data, or has agreed to
	// profiling after the connection began.
	HistoryNotAgreed HistoryOutcome = "notAgreed"
	// HistoryRefused: without an ID, or with times that are missing or impossible.
	HistoryRefused HistoryOutcome = "refused"
)

// HistoryOptions are the settings of an import of connections.
type HistoryOptions struct {
	OrganizationID string
	DryRun         bool // writes nothing
}

// errPlanned ends the transaction of a dry run.
var errPlanned = errors.New("planned")

// ImportHistory stores connections of the past of an organization's customers, in one transaction,
// and returns the effect of each. A repeated record changes nothing. Connections count in
// statistics, devices and, after the agreement to profiling, visits; they are no first connection,
// and no webhook gets an event.
//
// A user name belongs to a customer as in an Access-Request, with or without a realm of the
// organization, but only to a customer who was imported: the user names of others were chosen here,
// and the same name may have been another person's. A connection without an end counts as ended at
// its last update if it began too long ago to be open.
func (s *AAA) ImportHistory(
	ctx context.Context, options HistoryOptions, records []HistoryRecord,
) ([]HistoryOutcome, error) {
	o, err := s.store.Organization(ctx, options.OrganizationID)
	if err != nil {
		return nil, err
	}
	h := &history{AAA: s, organization: o, now: s.clock.Now(), users: map[string]string{}, places: map[place]origin{}}
	outcomes := make([]HistoryOutcome, len(records))
	var entries []*historyEntry
	for i := range records {
		e, err := h.entry(ctx, &records[i], &outcomes[i])
		if err != nil {
			return nil, err
		}
		if e != nil {
			entries = append(entries, e)
		}
	}
	if len(entries) == 0 {
		return outcomes, nil
	}
	// The order in which all transactions lock rows.
	slices.SortFunc(entries, func(a, b *historyEntry) int { return cmp.Compare(a.record.UniqueID, b.record.UniqueID) })
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := h.write(ctx, newAccountingTx(tx), entries); err != nil {
			return err
		}
		if options.DryRun {
			return errPlanned
		}
		return nil
	})
	if errors.Is(err, errPlanned) {
		err = nil
	}
	return outcomes, err
}

// history is the state of one call of ImportHistory.
type history struct {
	*AAA

	organization *onboarding.Organization
	now          time.Time
	users        map[string]string // IDs of customers by user name; empty for none
	places       map[place]origin
	agreed       map[string]time.Time // when customers agreed to profiling; zero for never
}

// place is an AccessPointIdentity as a source of records has it.
type place struct{ calledStation, address string }

// historyEntry is a record that is valid, with its customer.
type historyEntry struct {
	record     *checkedRecord
	started    *time.Time
	from       origin
	customerID string
	outcome    *HistoryOutcome
}

// entry validates a record and finds its customer and place. It returns nil if the outcome is
// decided.
func (h *history) entry(ctx context.Context, r *HistoryRecord, outcome *HistoryOutcome) (*historyEntry, error) {
	end, decided := h.end(r)
	if *outcome = decided; decided != "" {
		return nil, nil
	}
	id, err := h.customer(ctx, r.Username)
	if err == nil && id == "" && r.OtherName != "" {
		id, err = h.customer(ctx, r.OtherName)
	}
	if err != nil {
		return nil, err
	}
	if id == "" {
		*outcome = HistoryUnknownUser
		return nil, nil
	}
	from, err := h.place(ctx, &r.AccessPoint)
	if err != nil {
		return nil, err
	}
	duration := r.Duration
	if duration <= 0 && r.Started != nil {
		duration = int64(end.Sub(*r.Started) / time.Second)
	}
	record := AccountingRecord{
		Type: AccountingStop, UniqueID: historyKey(h.organization.ID, r.ID), SessionID: r.SessionID,
		CallingStation: r.CallingStation, Addresses: []string{r.Address}, Event: &end, Received: &end,
		Duration: duration, Input: r.Input, Output: r.Output, Cause: r.Cause,
	}
	return &historyEntry{
		record: record.check(h.now), started: r.Started, from: from, customerID: id, outcome: outcome,
	}, nil
}

// historyKey returns the key of an imported connection. Two organizations may import equal IDs.
func historyKey(organizationID, id string) string {
	sum := sha256.Sum256([]byte("history " + organizationID + " " + id))
	return onboarding.HistoryKey(hex.EncodeToString(sum[:16]))
}

// end returns the end of a connection, or the outcome of a record that has none to import.
func (h *history) end(r *HistoryRecord) (time.Time, HistoryOutcome) {
	var end time.Time
	switch {
	case r.ID == "":
		return end, HistoryRefused
	case r.Stopped != nil:
		end = *r.Stopped
	default:
		if r.Started != nil {
			end = r.Started.Add(time.Duration(max(0, min(r.Duration, int64(maxDuration/time.Second)))) * time.Second)
		}
		if r.Updated != nil && r.Updated.After(end) {
			end = *r.Updated
		}
		if !end.IsZero() && !end.Before(h.organization.OpenSince(h.now)) {
			return end, HistoryOpen
		}
	}
	end = end.UTC().Truncate(time.Microsecond)
	if end.Before(oldestEvent) || end.After(h.now) || r.Started != nil &&
		(r.Started.After(end) || end.Sub(*r.Started) > maxDuration) {
		return end, HistoryRefused
	}
	periods := h.organization.Retention.WithDefaults(onboarding.DefaultRetention)
	if before, ends := periods.Connections.Before(h.now); ends && end.Before(before) {
		return end, HistoryTooOld
	}
	return end, ""
}

// customer returns the ID of the imported customer with a user name; empty if there is none.
func (h *history) customer(ctx context.Context, username string) (string, error) {
	id, known := h.users[username]
	if known {
		return id, nil
	}
	login, reason, err := h.login(ctx, username)
	if err != nil {
		return "", err
	}
	if reason == "" && login.OrganizationID == h.organization.ID {
		id = login.CustomerID
	}
	h.users[username] = id
	return id, nil
}

// place finds the hotspot of an access point, if it is one of the organization's.
func (h *history) place(ctx context.Context, sent *AccessPointIdentity) (origin, error) {
	key := place{sent.CalledStation, sent.Address}
	from, known := h.places[key]
	if known {
		return from, nil
	}
	from, err := h.originOf(ctx, &AccessPointIdentity{CalledStation: sent.CalledStation, Address: sent.Address})
	if err != nil {
		return from, err
	}
	if from.declared() && from.OrganizationID != h.organization.ID {
		from.OrganizationID, from.LocationID, from.HotspotID = "", "", ""
	}
	h.places[key] = from
	return from, nil
}

// write stores the connections that are not there yet.
func (h *history) write(ctx context.Context, tx onboarding.Tx, entries []*historyEntry) error {
	h.agreed = map[string]time.Time{}
	var left []*historyEntry
	for i, e := range entries {
		known, err := tx.ConnectionsOfKey(ctx, e.record.UniqueID, h.now)
		if err != nil {
			return err
		}
		if *e.outcome = HistoryKnown; len(known) == 0 && (i == 0 || entries[i-1].record.UniqueID != e.record.UniqueID) {
			left = append(left, e)
		}
	}
	slices.SortStableFunc(left, func(a, b *historyEntry) int { return cmp.Compare(a.customerID, b.customerID) })
	imported := 0
	for _, e := range left {
		var err error
		if *e.outcome, err = h.put(ctx, tx, e); err != nil {
			return err
		}
		if *e.outcome == HistoryImported {
			imported++
		}
	}
	if imported == 0 {
		return nil
	}
	return h.access.Auditor().Record(ctx, tx, onboarding.Act{
		OrganizationID: h.organization.ID, Action: onboarding.AuditContactChanged,
		Target: onboarding.TargetOrganization, TargetID: h.organization.ID,
		Fields: []string{"connections"}, Count: imported,
	})
}

// put stores a connection, its station and its visit.
func (h *history) put(ctx context.Context, tx onboarding.Tx, e *historyEntry) (HistoryOutcome, error) {
	login, err := tx.LoginByID(ctx, e.customerID)
	if errors.Is(err, onboarding.ErrNotFound) || err == nil && login.OrganizationID != h.organization.ID {
		return HistoryUnknownUser, nil
	}
	if err != nil {
		return "", err
	}
	agreed, known := h.agreed[login.CustomerID]
	if !known {
		customer, err := tx.Customer(ctx, h.organization.ID, login.CustomerID)
		if err != nil {
			return "", err
		}
		if customer.SignupMethod != onboarding.ChannelImport {
			return HistoryUnknownUser, nil
		}
		if agreed, err = agreedToProfiling(ctx, tx, login.CustomerID); err != nil {
			return "", err
		}
		h.agreed[login.CustomerID] = agreed
	}
	is := e.record.connection(&e.from, &owner{login: login}).Connection
	if e.started != nil {
		started := e.started.UTC().Truncate(time.Microsecond)
		is.Started = &started
	}
	if login.Minimised || login.Profiled && is.Start().Before(agreed) {
		return HistoryNotAgreed, nil
	}
	if err := tx.PutConnection(ctx, &is); err != nil {
		return "", err
	}
	if err := putStation(ctx, tx, nil, &is); err != nil {
		return "", err
	}
	if login.Profiled {
		if err := h.countVisit(ctx, tx, login, nil, &is); err != nil {
			return "", err
		}
	}
	return HistoryImported, nil
}

// agreedToProfiling returns the time of the customer's current agreement to profiling.
func agreedToProfiling(ctx context.Context, tx onboarding.Tx, customerID string) (time.Time, error) {
	consents, err := tx.CurrentConsents(ctx, customerID)
	if err != nil {
		return time.Time{}, err
	}
	for _, c := range consents {
		if c.Policy == onboarding.Profiling && c.Accepted {
			return c.At, nil
		}
	}
	return time.Time{}, nil
}
