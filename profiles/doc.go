// Package profiles turns one organization's Wi-Fi settings and one customer's
// credential into the document that a device's operating system installs.
//
// It is made of pure functions: no file, no network, no clock, no random
// number. The same settings and the same credential give the same bytes for
// ever, which is what makes a second download replace the first on the phone
// instead of standing beside it. Signing is the caller's work: Document.Seal
// says which signature a body still needs.
//
// # Where to change what
//
// Every platform has one file, named after the platform, with the whole of
// its document in it: ios.go (macos.go holds what a Mac wants otherwise),
// android.go, windows.go, chromeos.go, linux.go, networkmanager.go, iwd.go,
// eapconfig.go, and for apps iossettings.go and androidsettings.go (a name that
// ends in _ios or _android would be a build constraint). The XML of Android,
// Windows and eap-config is a template that can be read next to the vendor's
// own sample: templates/profiles/android.xml, windows.xml, eap-config.xml.
//
// Check, in check.go and the files beside it, holds every rule about settings
// that some platform breaks in silence; spelling.go is the one table of how
// each format spells an EAP method.
//
// # Escaping
//
// Nobody who edits a document has to remember escaping. Plists and JSON are
// encoded from structures. XML templates are executed by an engine that
// escapes every value it inserts (xmltemplate.go). What changes from customer
// to customer is filled into a prepared form (form.go), which escapes too.
// The line-based formats have a writer each (wpaString; keyfileString for GLib's
// and ell's key files).
// A character that a format cannot carry at all is an error that names the
// field, never a silent replacement.
//
// # The way of a document
//
//	Check(Settings)            at "onramp apply": errors refuse, warnings are printed
//	Prepare(Settings)          once per organization: all constant parts
//	(*Profile).Document(...)   once per download
package profiles
