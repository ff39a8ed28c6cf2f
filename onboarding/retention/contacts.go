package retention

import (
	"context"
	"time"

	"onramp/onboarding"
)

// examinedAtOnce is the number of contacts that one query examines.
const examinedAtOnce = 500

// dormantContacts are the contacts of one kind that a run deletes.
type dormantContacts struct {
	onboarding.DormantContacts
	period onboarding.Period
	ids    []string
}

// findDormant returns an organization's dormant contacts; each belongs to one kind.
func (r *run) findDormant(ctx context.Context, o *onboarding.Organization) ([]dormantContacts, error) {
	p := r.periods(o)
	var all []dormantContacts
	found := map[string]bool{}
	for _, k := range []kindPeriod{
		{onboarding.RecordUnverifiedSignups, p.UnverifiedSignups},
		{onboarding.RecordInactiveContacts, p.InactiveContacts},
	} {
		d := dormantContacts{period: k.period}
		before, ends := k.period.Before(r.Report.At)
		if ends {
			d.DormantContacts = onboarding.DormantContacts{
				OrganizationID: o.ID, Before: before, OpenSince: o.OpenSince(r.Report.At),
				LoginBefore: loginBefore(p.Connections, o, r.Report.At, before), Limit: examinedAtOnce,
			}
		}
		d.Kind = k.kind
		for more := ends; more; {
			ids, last, err := r.Store.DormantContacts(ctx, d.DormantContacts)
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				if !found[id] {
					found[id] = true
					d.ids = append(d.ids, id)
				}
			}
			if more = last != nil; more {
				d.After = *last
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// loginBefore returns the instant before which a login shows that a contact is inactive before
// another instant. It is earlier by the longest connection where connections from that time are
// deleted already.
func loginBefore(connections onboarding.Period, o *onboarding.Organization, now, before time.Time) time.Time {
	if kept, ends := connections.Before(now); ends && kept.After(before) {
		return before.Add(o.OpenSince(now).Sub(now))
	}
	return before
}

// deleteDormant deletes the contacts, or counts them, and adds a row.
// A contact that cannot be deleted is skipped, and is part of the error.
func (r *run) deleteDormant(ctx context.Context, o *onboarding.Organization, d dormantContacts) error {
	var skips onboarding.Skips
	row := Row{OrganizationID: o.ID, Kind: d.Kind, Period: d.period}
	defer func() { r.Report.Rows = append(r.Report.Rows, row) }()
	if r.DryRun {
		row.Count = len(d.ids)
		return nil
	}
	for _, id := range d.ids {
		started := time.Now()
		deleted, err := r.Contacts.DeleteDormant(ctx, d.DormantContacts, id)
		switch {
		case err == nil:
			skips.Done()
		case !skips.Skip(ctx, err):
			return err
		default:
			r.Log.WarnContext(ctx, "deletion of a contact failed", "organization", o.ID, "customer", id)
		}
		if deleted {
			row.Count++
			r.Observer.Deleted(d.Kind, 1)
		}
		if err := pause(ctx, time.Since(started)); err != nil {
			return err
		}
	}
	return skips.Err()
}
