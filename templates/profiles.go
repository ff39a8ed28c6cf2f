package templates

import "embed"

// Profiles contains the device documents that are written as templates: the XML of Android, Windows
// and eap-config, and the texts that devices show, in one YAML file per language, named by its
// ISO 639-1 code. Package profiles renders them and escapes all values.
//
//go:embed profiles
var Profiles embed.FS

// ProfileLanguages returns the ISO 639-1 codes of the languages that profiles have, sorted.
func ProfileLanguages() []string { return languagesIn(Profiles, "profiles") }
