package templates

import "embed"

// FreeRADIUS contains the configuration that `onramp freeradius` writes. Package
// onboarding/radius/freeradius renders it and prints every text as a quoted word of
// FreeRADIUS's configuration language.
//
//go:embed freeradius
var FreeRADIUS embed.FS
