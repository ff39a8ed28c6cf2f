package registration

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// ImportRow is a person as another system describes them.
type ImportRow struct {
	// Key identifies the row in its source, in every run; empty: by all its values.
	Key string
	// Input holds the values; its Policies are those of Consents.
	Input    CustomerInput
	Consents []ImportedConsent
	Created  time.Time // zero: the time of the import
	// SignupMethod is the channel of the registration in a source that is an Onramp; empty:
	// onboarding.ChannelImport.
	SignupMethod onboarding.Channel
}

// ImportedConsent is a decision on a policy that a person made in another system.
type ImportedConsent struct {
	Policy   string
	Accepted bool
	At       time.Time // zero: not known; it is recorded with the time of the import
	Version  string    // of the policy's text; empty: the current one
	Place    string    // where the decision was made, as the source names it
}

// ImportOptions are the settings of an import.
type ImportOptions struct {
	OrganizationID string
	Source         string // the kind of the other system, part of each row's identity
	// Deduplicate holds the keys by which a row that was not imported before finds a customer, as
	// in createCustomer. Without it, a row finds the customer with its extId; else the one without
	// an extId that has its e-mail address. A row without both finds one by its phone number.
	Deduplicate []string
	// Deleted creates people again who were deleted since an earlier import.
	Deleted bool
	// DryRun writes nothing.
	DryRun bool
}

// ImportStatus is the effect of a row.
type ImportStatus string

// The effects of a row.
const (
	ImportCreated   ImportStatus = "created"
	ImportUpdated   ImportStatus = "updated"
	ImportUnchanged ImportStatus = "unchanged"
	ImportRefused   ImportStatus = "refused"
)

// ImportResult is the effect of one row. Key and Content are keyed hashes of the row's identifier
// and of its values.
type ImportResult struct {
	Status       ImportStatus
	Faults       onboarding.Faults // of a refused row
	Key, Content string
}

// refuse sets the result of a row that breaks a rule or contradicts the stored state. It returns
// any other error.
func (r *ImportResult) refuse(err error) error {
	e, ok := errors.AsType[*onboarding.Error](err)
	if !ok || e.Kind != onboarding.Invalid && e.Kind != onboarding.Conflict {
		return err
	}
	r.Status, r.Faults = ImportRefused, e.Faults()
	if len(r.Faults) == 0 {
		r.Faults = onboarding.Faults{{Message: e.Message}}
	}
	return nil
}

// secretImport is the name of the secret of the keyed hashes of imported rows.
const secretImport = "import-keys"

// Import takes over people from another system by the rules of createCustomer for an operator, and
// returns the effect of each row. The accepted rows are written in one transaction together with
// the record that they were imported, so that a repeated row changes nothing: neither a customer
// that has changed since, nor a consent that was withdrawn since.
//
// Consents enter the ledger with their own dates and onboarding.ChannelImport. For a known
// customer, a decision counts only if it is later than the customer's own on that policy, and one
// without a date only if there is none. User name, password, source and lock are those of the first
// import; each credential's lifetime starts now.
func (s *Registrar) Import(ctx context.Context, options ImportOptions, rows []ImportRow) ([]ImportResult, error) {
	if err := checkKeys(options.Deduplicate); err != nil {
		return nil, err
	}
	by := &onboarding.Caller{Import: true, Principal: &auth.Principal{
		OrganizationID: options.OrganizationID, Role: auth.OrganizationManager,
	}}
	o, err := s.access.Organization(ctx, by, options.OrganizationID)
	if err != nil {
		return nil, err
	}
	results := make([]ImportResult, len(rows))
	if err := s.identify(ctx, rows, results); err != nil {
		return nil, err
	}
	known, err := s.store.ImportedRows(ctx, o.ID, options.Source, keysOf(results))
	if err != nil {
		return nil, err
	}
	var drafts []*importDraft
	for i := range rows {
		result := &results[i]
		if was := known[result.Key]; was.CustomerID != "" && was.Content == result.Content {
			result.Status = ImportUnchanged
			continue
		}
		d, err := s.importDraft(ctx, by, o, &rows[i], result)
		if err := result.refuse(err); err != nil {
			return nil, err
		}
		if d != nil {
			drafts = append(drafts, d)
		}
	}
	return results, s.importDrafts(ctx, by, o, options, drafts)
}

// identify sets the keyed hashes of each row.
func (s *Registrar) identify(ctx context.Context, rows []ImportRow, results []ImportResult) error {
	key, err := s.importKey.Get(ctx, s.access, secretImport, func(key []byte) ([]byte, error) { return key, nil })
	if err != nil {
		return err
	}
	hash := func(kind string, value []byte) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(kind))
		mac.Write(value)
		return hex.EncodeToString(mac.Sum(nil)[:16])
	}
	for i := range rows {
		row := rows[i]
		row.Input.Unread = nil
		values, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("values of an imported row: %w", err)
		}
		results[i].Content = hash("content ", values)
		results[i].Key = results[i].Content
		if row.Key != "" {
			results[i].Key = hash("key ", []byte(row.Key))
		}
	}
	return nil
}

func keysOf(results []ImportResult) []string {
	keys := make([]string, len(results))
	for i := range results {
		keys[i] = results[i].Key
	}
	return keys
}

// clockSkew is how far the clock of a source may be ahead.
const clockSkew = 5 * time.Minute

// importDraft is a row that was validated, before its transaction.
type importDraft struct {
	*draft
	result *ImportResult
}

// importDraft validates a row.
func (s *Registrar) importDraft(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, row *ImportRow, result *ImportResult,
) (*importDraft, error) {
	in, now := row.Input, s.clock.Now()
	in.Unread = slices.Clone(in.Unread)
	in.Policies = make(map[string]bool, len(row.Consents))
	evidence := make(map[string]ImportedConsent, len(row.Consents))
	for _, consent := range row.Consents {
		in.Policies[consent.Policy], evidence[consent.Policy] = consent.Accepted, consent
		if consent.At.After(now.Add(clockSkew)) {
			in.Unread.Refuse("policies."+consent.Policy+".date", "is in the future")
		}
	}
	if row.Created.After(now.Add(clockSkew)) {
		in.Unread.Refuse("created", "is in the future")
	}
	d, err := s.draft(ctx, by, o, &in)
	if err != nil {
		return nil, err
	}
	d.link, d.linkURL, d.guidHash, d.device, d.evidence = nil, "", "", nil, evidence
	if !row.Created.IsZero() {
		d.customer.Created = row.Created.UTC().Truncate(time.Microsecond)
	}
	if row.SignupMethod != "" {
		d.customer.SignupMethod = row.SignupMethod
	}
	return &importDraft{draft: d, result: result}, nil
}

// importDrafts writes the drafts in one transaction, or plans them in a dry run. If one of them
// contradicts a row that another process writes meanwhile, it divides them until only that one is
// refused.
func (s *Registrar) importDrafts(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, options ImportOptions,
	drafts []*importDraft,
) error {
	if len(drafts) == 0 {
		return nil
	}
	if options.DryRun {
		return s.planDrafts(ctx, by, o, options, drafts)
	}
	var minimised []*onboarding.Customer
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		minimised = nil
		c := s.begin(tx, by, o)
		known, err := tx.ImportedRows(ctx, o.ID, options.Source, keysOfDrafts(drafts))
		if err != nil {
			return err
		}
		for _, d := range drafts {
			customer, err := s.importOne(ctx, c, options, known, d)
			if err != nil {
				return err
			}
			if customer != nil && customer.Minimised() {
				minimised = append(minimised, customer)
			}
		}
		return nil
	})
	kind := onboarding.KindOf(err)
	switch {
	case err == nil:
		for _, customer := range minimised {
			if err := s.settled(ctx, customer); err != nil {
				return err
			}
		}
		return nil
	case kind != onboarding.Conflict && kind != onboarding.Invalid:
		return err
	case len(drafts) == 1:
		return drafts[0].result.refuse(err)
	}
	half := len(drafts) / 2
	if err := s.importDrafts(ctx, by, o, options, drafts[:half]); err != nil {
		return err
	}
	return s.importDrafts(ctx, by, o, options, drafts[half:])
}

func keysOfDrafts(drafts []*importDraft) []string {
	keys := make([]string, len(drafts))
	for i, d := range drafts {
		keys[i] = d.result.Key
	}
	return keys
}

// planDrafts sets the results that the drafts would have.
func (s *Registrar) planDrafts(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, options ImportOptions,
	drafts []*importDraft,
) error {
	known, err := s.store.ImportedRows(ctx, o.ID, options.Source, keysOfDrafts(drafts))
	if err != nil {
		return err
	}
	c := call{by: by, organization: o, now: s.clock.Now()}
	for _, d := range drafts {
		if _, err := s.planOne(ctx, s.store, c, options, known, d); err != nil {
			return err
		}
	}
	return nil
}

// importPlan is the effect of a draft.
type importPlan struct {
	before, after *onboarding.Customer // before is nil for a new customer
	document      onboarding.Document
	consents      []onboarding.Consent // of a known customer
}

// importReader reads the state that a draft meets, inside a transaction or without one.
type importReader interface {
	onboarding.CustomerReader
	onboarding.ConsentReader
	onboarding.LoginReader
}

// planOne decides the effect of a draft and sets its result. The plan is nil if there is nothing to
// write.
func (s *Registrar) planOne(
	ctx context.Context, r importReader, c call, options ImportOptions, known map[string]onboarding.ImportedRow,
	d *importDraft,
) (*importPlan, error) {
	d.result.Faults = nil // of an attempt that an engine repeats
	was, imported := known[d.result.Key]
	switch {
	case imported && was.CustomerID != "" && was.Content == d.result.Content:
		d.result.Status = ImportUnchanged
		return nil, nil
	case imported && was.CustomerID == "" && !options.Deleted:
		return nil, d.result.refuse(onboarding.ConflictField("", "this person was deleted since an earlier import"))
	}
	before, err := s.importedCustomer(ctx, r, c, options, was.CustomerID, d)
	if err != nil {
		return nil, d.result.refuse(err)
	}
	if before == nil {
		if !d.generated {
			_, err := r.LoginByUsername(ctx, d.customer.Username)
			if err == nil {
				return nil, d.result.refuse(onboarding.ErrUsernameTaken)
			}
			if !errors.Is(err, onboarding.ErrNotFound) {
				return nil, err
			}
		}
		d.result.Status = ImportCreated
		return &importPlan{after: d.customer}, nil
	}
	plan, changed, err := s.planUpdate(ctx, r, c, before, d.draft)
	if err != nil {
		return nil, d.result.refuse(err)
	}
	d.result.Status = ImportUnchanged
	if changed {
		d.result.Status = ImportUpdated
	}
	return plan, nil
}

// importOne writes a draft and the record of its import. It returns the customer, or nil if the row
// was refused or had been imported before.
func (s *Registrar) importOne(
	ctx context.Context, c call, options ImportOptions, known map[string]onboarding.ImportedRow, d *importDraft,
) (*onboarding.Customer, error) {
	plan, err := s.planOne(ctx, c.tx, c, options, known, d)
	if err != nil || plan == nil {
		return nil, err
	}
	customer := plan.after
	switch d.result.Status {
	case ImportCreated:
		result, err := s.create(ctx, c, d.draft)
		if err != nil {
			return nil, err
		}
		customer = result.Customer
	case ImportUpdated:
		if err := s.writeUpdate(ctx, c, plan, d.draft); err != nil {
			return nil, err
		}
	}
	row := onboarding.ImportedRow{
		OrganizationID: c.organization.ID, Source: options.Source, Key: d.result.Key, CustomerID: customer.ID,
		Content: d.result.Content,
	}
	known[row.Key] = row // for a repetition in the same transaction
	return customer, c.tx.PutImportedRow(ctx, row)
}

// importedCustomer returns the customer that a row describes, or nil for a new one.
func (s *Registrar) importedCustomer(
	ctx context.Context, r importReader, c call, options ImportOptions, id string, d *importDraft,
) (*onboarding.Customer, error) {
	if id != "" {
		return r.Customer(ctx, c.organization.ID, id)
	}
	matches := []onboarding.Match{deduplication(options.Deduplicate, d.draft)}
	if len(options.Deduplicate) == 0 {
		matches = importMatches(d.customer)
	}
	for _, match := range matches {
		found, err := r.MatchAny(ctx, c.organization.ID, match, importMatchLimit)
		if err != nil {
			return nil, err
		}
		if ext := d.customer.ExtID; ext != "" && match.ExtID == "" { // not another person of the source
			found = slices.DeleteFunc(found, func(one *onboarding.Customer) bool {
				return one.ExtID != "" && one.ExtID != ext
			})
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return nil, onboarding.ConflictField(matchedField(match), "matches several customers")
		}
	}
	return nil, nil
}

// importMatchLimit is the number of customers read for one identifier.
const importMatchLimit = 100

// importMatches returns the identifiers by which a row finds a customer, in order.
func importMatches(c *onboarding.Customer) []onboarding.Match {
	switch {
	case c.ExtID != "":
		return []onboarding.Match{{ExtID: c.ExtID}, {Email: c.Email}}
	case c.Email != "":
		return []onboarding.Match{{Email: c.Email}}
	}
	return []onboarding.Match{{Phone: c.Phone}}
}

// matchedField returns the name of a match's first field.
func matchedField(m onboarding.Match) string {
	switch {
	case m.ExtID != "":
		return "extId"
	case m.Email != "":
		return "email"
	case m.Phone != "":
		return "phoneNumber"
	case m.ExtProp1 != "":
		return "extProp1"
	}
	return "extProp2"
}
