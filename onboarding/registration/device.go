package registration

import (
	"context"
	"time"

	"onramp/onboarding"
)

// DeviceInput is a phone's metadata or heartbeat as an app sends it; empty members were not said.
type DeviceInput struct {
	InstallID, Bundle, VendorID, AdvID, OS, OSVersion, Device string
	Created, LastSeen                                         string // RFC 3339
	PushToken                                                 string
	PasspointInstalled, WPA2Installed                         *bool
	Guid                                                      string
	// Unread are faults of members that could not be read, see CustomerInput.
	Unread onboarding.Faults
}

// check validates; prefix is put before the members' names in errors.
func (d *DeviceInput) check(prefix string, needInstallID bool) error {
	var wrong onboarding.Faults
	if needInstallID && d.InstallID == "" {
		wrong.Refuse(prefix+"installId", "missing")
	}
	for _, t := range []struct {
		field, text string
		max         int
	}{
		{"installId", d.InstallID, onboarding.MaxName}, {"bundle", d.Bundle, onboarding.MaxName}, {"vendorId", d.VendorID, onboarding.MaxName},
		{"advId", d.AdvID, onboarding.MaxName}, {"os", d.OS, onboarding.MaxName}, {"osVersion", d.OSVersion, onboarding.MaxName},
		{"device", d.Device, onboarding.MaxName}, {"pushToken", d.PushToken, 4096},
	} {
		if err := wrong.Add(onboarding.CheckText(prefix+t.field, t.text, t.max)); err != nil {
			return err
		}
	}
	for _, t := range []struct{ field, text string }{{"created", d.Created}, {"lastSeen", d.LastSeen}} {
		if t.text == "" {
			continue
		}
		_, err := onboarding.ParseTime(prefix+t.field, t.text)
		if err := wrong.Add(err); err != nil {
			return err
		}
	}
	return wrong.Err()
}

// device is the checked input as a device of the customer.
func (d *DeviceInput) device(customerID string, now time.Time) *onboarding.Device {
	return &onboarding.Device{
		CustomerID: customerID, InstallID: d.InstallID, Bundle: d.Bundle, VendorID: d.VendorID, AdvID: d.AdvID,
		OS: d.OS, OSVersion: d.OSVersion, Device: d.Device, PushToken: d.PushToken,
		Created: optionalTime(d.Created), LastSeen: optionalTime(d.LastSeen),
		PasspointOn: d.PasspointInstalled, WPA2On: d.WPA2Installed, Registered: now,
	}
}

func optionalTime(text string) *time.Time {
	at, err := onboarding.ParseTime("", text)
	if err != nil {
		return nil
	}
	return &at
}

// RecordDevice keeps a phone's metadata or heartbeat. Of a customer who refused the processing of personal data nothing is
// kept.
func (s *Registrar) RecordDevice(ctx context.Context, by *onboarding.Caller, customerID string, in DeviceInput) error {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return err
	}
	wrong := in.Unread
	if err := wrong.Add(in.check("", true)); err != nil {
		return err
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		current, err := tx.Customer(ctx, c.OrganizationID, c.ID) // who may have refused meanwhile
		if err != nil {
			return err
		}
		return putDevice(ctx, tx, current, &in, s.clock.Now())
	})
}

// putDevice keeps a phone that has told its installId; of a customer who refused the processing of personal data, nothing.
func putDevice(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, in *DeviceInput, now time.Time) error {
	if in == nil || in.InstallID == "" || c.Minimised() {
		return nil
	}
	if err := tx.PutDevice(ctx, in.device(c.ID, now)); err != nil {
		return err
	}
	return tx.TrimDevices(ctx, c.ID, in.InstallID, onboarding.MaxDevices)
}
