// Package profiles makes the documents with which a device's operating system
// installs an organization's Wi-Fi networks and a customer's credential.
//
// # Use
//
//	Check(Settings)            when a tenant is applied: returns errors and warnings
//	Prepare(Settings)          once per organization: builds all constant parts
//	(*Profile).Document(...)   once per download
//
// All functions are pure: they use no files, network, clock or random numbers. The
// same settings and credential always give the same bytes, including identifiers and
// UUIDs, so that a second download replaces the first one on the device. This
// package does not sign: Document.Seal is the signature that the caller must add.
//
// # Files
//
// Each platform has one file, named after it, with its whole document: ios.go,
// macos.go (the differences to iOS), android.go, windows.go, chromeos.go, linux.go
// (wpa_supplicant), networkmanager.go, iwd.go, eapconfig.go (geteduroam), and for apps
// iossettings.go and androidsettings.go (names that end in _ios or _android would be
// build constraints). The XML of Android, Windows and eap-config is written as
// templates, which can be compared with the vendors' samples:
// templates/profiles/android.xml, windows.xml and eap-config.xml.
//
// The check*.go files contain the rules of Check, especially for settings that a
// platform silently handles wrongly. refusal.go lists the settings that a platform
// cannot express at all. spelling.go is the table of the formats' names for EAP
// methods.
//
// To add a platform: add its file, a line in platform.go, its method names in
// spelling.go, and its refusals in refusal.go.
//
// # Escaping
//
// All values are escaped automatically. Plists and JSON are encoded from Go values.
// xmltemplate.go executes XML templates and escapes every inserted value. form.go
// inserts the values of a credential into a prepared document and escapes them too.
// The line-based formats have one writer each: wpaString, and keyfileString for the
// key files of GLib and ell. A character that a format cannot represent is an error
// that names the field.
package profiles
