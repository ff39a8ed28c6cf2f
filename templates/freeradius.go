package templates

import "embed"

// FreeRADIUS holds the configuration that `onramp freeradius` writes. Its engine, in package onboarding/freeradius, prints every text as a quoted
// word of FreeRADIUS's configuration language.
//
//go:embed freeradius
var FreeRADIUS embed.FS
