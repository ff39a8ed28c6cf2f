package registration

import (
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// DeviceInput holds a device's metadata or heartbeat from an app. Empty fields were not sent.
type DeviceInput struct {
	InstallID, Bundle, VendorID, AdvID, OS, OSVersion, Device string
	Created, LastSeen                                         string // RFC 3339
	PushToken                                                 string
	PasspointInstalled, WPA2Installed                         *bool
	Guid                                                      string
	// Unread holds the faults of fields that could not be decoded.
	Unread onboarding.Faults
}

// validate checks all fields. Faults name them with the prefix.
func (d *DeviceInput) validate(prefix string, needInstallID bool) error {
	var faults onboarding.Faults
	if needInstallID && d.InstallID == "" {
		faults.Refuse(prefix+"installId", "missing")
	}
	for _, t := range []struct {
		field, text string
		max         int
	}{
		{"installId", d.InstallID, onboarding.MaxName}, {"bundle", d.Bundle, onboarding.MaxName},
		{"vendorId", d.VendorID, onboarding.MaxName}, {"advId", d.AdvID, onboarding.MaxName},
		{"os", d.OS, onboarding.MaxName}, {"osVersion", d.OSVersion, onboarding.MaxName},
		{"device", d.Device, onboarding.MaxName}, {"pushToken", d.PushToken, 4096},
	} {
		if err := faults.Add(onboarding.CheckText(prefix+t.field, t.text, t.max)); err != nil {
			return err
		}
	}
	for _, t := range []struct{ field, text string }{{"created", d.Created}, {"lastSeen", d.LastSeen}} {
		if t.text == "" {
			continue
		}
		_, err := onboarding.ParseTime(prefix+t.field, t.text)
		if err := faults.Add(err); err != nil {
			return err
		}
	}
	return faults.Err()
}

// device returns the validated input as a device of the customer.
func (d *DeviceInput) device(customerID string, now time.Time) *onboarding.Device {
	return &onboarding.Device{
		CustomerID: customerID, InstallID: d.InstallID, Bundle: d.Bundle, VendorID: d.VendorID, AdvID: d.AdvID,
		OS: d.OS, OSVersion: d.OSVersion, Device: d.Device, PushToken: d.PushToken,
		Created: optionalTime(d.Created), LastSeen: optionalTime(d.LastSeen),
		PasspointOn: d.PasspointInstalled, WPA2On: d.WPA2Installed, Registered: now,
	}
}

// optionalTime returns the time in text, or nil for none.
func optionalTime(text string) *time.Time {
	at, err := onboarding.ParseTime("", text)
	if err != nil {
		return nil
	}
	return &at
}

// RecordDevice stores a device's metadata or heartbeat. It stores nothing for a customer who
// refused the processing of personal data.
func (s *Registrar) RecordDevice(
	ctx context.Context, by *onboarding.Caller, customerID string, in DeviceInput,
) error {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return err
	}
	faults := slices.Clone(in.Unread)
	if err := faults.Add(in.validate("", true)); err != nil {
		return err
	}
	if err := faults.Err(); err != nil {
		return err
	}
	audit := s.access.Repeatable(ctx, changed(c, "device"))
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		current, err := tx.Customer(ctx, c.OrganizationID, c.ID) // the refusal may be newer
		if err != nil {
			return err
		}
		if err := putDevice(ctx, tx, current, &in, s.clock.Now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx)
	})
	if err == nil {
		audit.Settle()
	}
	return err
}

// putDevice stores a device that has an installId, except for a customer who refused the processing
// of personal data.
func putDevice(
	ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, in *DeviceInput, now time.Time,
) error {
	if in == nil || in.InstallID == "" || c.Minimised() {
		return nil
	}
	if err := tx.PutDevice(ctx, in.device(c.ID, now)); err != nil {
		return err
	}
	return tx.TrimDevices(ctx, c.ID, in.InstallID, onboarding.MaxDevices)
}
