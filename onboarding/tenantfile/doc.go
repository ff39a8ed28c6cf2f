// Package tenantfile reads organizations from YAML, has them applied, and exports them as YAML
// again: it implements `onramp apply` and `onramp export`, and describes the keys for editors and
// people.
//
// A file is checked in two steps, and all their diagnostics are reported at once. The first step is
// the form (Parse): the file is YAML, every key is known and given once, every value has the right
// type. The second step is the rules (onboarding.Organization.Check and
// onboarding.Service.Apply): a finding names a field, and File.diagnostic adds the
// line.
//
// Reading is stricter than YAML, which takes many texts of a tenant file for numbers: `004096` is
// octal, `5E1000` a float, and a 32-digit identifier of decimal digits overflows into one. Such a
// value is refused with "quote it", never converted.
//
// Anchors, aliases and merge keys (`<<`) may be used to share text between organizations. They are
// expanded while the file is read, within a budget, so that a small file cannot unfold into a large
// one.
//
// # Why go.yaml.in/yaml/v3
//
// Its nodes keep quoting style, tags and lines, which the rules above need. Its syntax errors name
// the line of the surrounding mapping; syntax.go finds the line of the error.
// github.com/goccy/go-yaml 1.19 was compared: its positions are wrong for the same mistakes
// (indentation, unclosed quotes and lists), its parser accepts unknown aliases and NUL bytes, and
// it takes three times as long for a large file. It would remove none of the code here.
//
// # One table of keys
//
// A table of keys (keys.go) describes each mapping: the names, how a value is read and written,
// its form (type, default, bounds) and its meaning. Reading, export, the diagnostics about unknown
// keys, the JSON Schema (Schema) and the reference page (Reference) come from the same tables. The
// form repeats the bounds of package tenant, which decides; TestSchemaAgrees compares the verdicts
// of both on thousands of files.
//
// # Where to change what
//
//	a new key                    the table of its mapping (organization.go, wifi.go, ...), and
//	                             testdata/every.yaml
//	the schema or the reference  form.go, schema.go, reference.go
//	how a kind of value is read  value.go, duration.go, certificate.go
//	how a diagnostic reads       diagnostic.go
package tenantfile
