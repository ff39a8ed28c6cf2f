package store

import (
	"context"

	"onramp/onboarding"
)

const deviceColumns = "customer_id, install_id, bundle, vendor_id, adv_id, os, os_version, device, push_token, " +
	"created, last_seen, passpoint_on, wpa2_on, registered"

// putDevice replaces the columns whose new value is known.
var putDevice = insert("app_devices", deviceColumns) + " ON CONFLICT (customer_id, install_id) DO UPDATE SET " +
	excludedOrStored("app_devices", "bundle, vendor_id, adv_id, os, os_version, device, push_token, created, "+
		"last_seen, passpoint_on, wpa2_on")

func scanDevice(row rows) (*onboarding.Device, error) {
	var d onboarding.Device
	err := row.Scan(&d.CustomerID, &d.InstallID, textInto(&d.Bundle), textInto(&d.VendorID), textInto(&d.AdvID),
		textInto(&d.OS), textInto(&d.OSVersion), textInto(&d.Device), textInto(&d.PushToken),
		maybeInstant{&d.Created}, maybeInstant{&d.LastSeen}, &d.PasspointOn, &d.WPA2On, instant{&d.Registered})
	return &d, err
}

func (r *reader) Devices(ctx context.Context, customerID string) ([]*onboarding.Device, error) {
	return collect(ctx, r.db, scanDevice,
		"SELECT "+deviceColumns+" FROM app_devices WHERE customer_id = $1 ORDER BY registered, install_id", customerID)
}

func (t *transaction) PutDevice(ctx context.Context, d *onboarding.Device) error {
	return t.db.send(ctx, nil, putDevice, d.CustomerID, d.InstallID, orNull(d.Bundle), orNull(d.VendorID),
		orNull(d.AdvID), orNull(d.OS), orNull(d.OSVersion), orNull(d.Device), orNull(d.PushToken),
		microsOrNull(d.Created), microsOrNull(d.LastSeen),
		valueOrNull(d.PasspointOn), valueOrNull(d.WPA2On), micros(d.Registered))
}

// TrimDevices implements onboarding.CapWriter.
func (t *transaction) TrimDevices(ctx context.Context, customerID, written string, most int) error {
	return t.trim(ctx, "app_devices", "install_id", "COALESCE(last_seen, registered), install_id",
		customerID, written, most)
}
