// Package tenantfile reads and writes organizations as YAML: what `onramp apply` takes and `onramp export` prints.
//
// A file is read in two steps that share one list of diagnostics. The form comes first (Parse): is it YAML, is every key
// known and given once, has every value the right type. It is stricter than YAML itself, because a tenant file is full of texts
// that YAML would rather see as numbers: `004096` is an octal number to it, `5E1000` a float, and a 32-digit identifier made of
// decimal digits overflows into one. Such a value is refused with "quote it" and never guessed at. The meaning comes second
// (onboarding.Organization.Check and onboarding.Service.ApplyOrganizations): those findings name a field, and File.diagnostic turns
// the field back into a line. So every diagnostic has a file, a line and a field, and the operator gets all of them at once.
//
// Anchors, aliases and merge keys (`<<`) may be used to share text between organizations. They are expanded while the file is
// walked, against a budget, so that a small file cannot unfold into a large one.
//
// # Where to change what
//
//	a new key                    the table of its mapping: organization.go, wifi.go, location.go or segment.go
//	how a kind of value is read  value.go, duration.go, certificate.go
//	how a diagnostic reads       diagnostic.go
package tenantfile
