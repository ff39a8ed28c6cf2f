package templates

import "embed"

// Messages contains the texts of e-mails and SMS: one YAML file per language, named
// by its ISO 639-1 code, and mail.html for html/template.
//
//go:embed messages
var Messages embed.FS

// MessageLanguages returns the ISO 639-1 codes of the languages that messages have,
// sorted.
func MessageLanguages() []string { return languagesIn(Messages, "messages") }
