package templates

import "embed"

// Profiles holds the device documents that are clearer as a template than as
// code: the XML of Android, Windows and eap-config, and the sentence that Apple
// devices show. The engine in package profiles escapes every value by itself.
//
//go:embed profiles
var Profiles embed.FS
