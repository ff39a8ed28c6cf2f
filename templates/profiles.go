package templates

import "embed"

// Profiles contains the device documents that are written as templates: the XML
// of Android, Windows and eap-config, and the description that Apple devices
// show. Package profiles renders them and escapes all values.
//
//go:embed profiles
var Profiles embed.FS
