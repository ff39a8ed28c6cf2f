package tenantfile

import (
	"cmp"
	"fmt"
	"strings"
)

// firstRelease is the version since which a key without a later one exists.
const firstRelease = "first release"

// Reference returns the page of all keys of a tenant file in Markdown: the type, default, bounds,
// meaning and version of each. It is derived from the tables of keys.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(referenceIntroduction)
	writeTable(&b, "", topKeys(nil))
	return []byte(b.String())
}

const referenceIntroduction = `# Keys of the tenant file

Every key of a [tenant file](/docs/tenant-file): its type, default, bounds, meaning, and the version that brought it.

An editor with a YAML language server checks a file while it is written: ` + "`onramp init`" + ` writes the line
` + "`# yaml-language-server: $schema=`" + ` for it, and the schema is at [/schema/tenant.json](/schema/tenant.json).

| type | is written as |
|---|---|
| text | a text; one that YAML would read as a number, a date or true or false stands in quotes |
| duration | numbers with units: ` + "`90m`, `8h`, `1h30m`, `365d`, `1d12h`" + `; a day has 24 hours |
| period | ` + "`24 months`, a duration such as `90d`, or `never`" + ` |
| text by language | ` + "`{en: Terms of use, it: Condizioni d'uso}`" + `, always with the default language |
| text by name | ` + "`{username: guest, password: guest}`" + ` |
| mapping | keys of its own; its path is the title of their section |

In a path, ` + "`[]`" + ` stands for each entry of a list. Only a key whose default is “required” must be written.
`

// writeTable writes the section of a mapping, then those of the mappings in it.
func writeTable(b *strings.Builder, path string, table keys) {
	title := path
	if path == "" {
		title = "The file"
	}
	fmt.Fprintf(b, "\n## %s\n\n| key | type | default | bounds | meaning | since |\n|---|---|---|---|---|---|\n", title)
	for i := range table {
		k := &table[i]
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s |\n", k.name, k.form.kind, k.form.standard(),
			cell(k.form.limits()), cell(k.about), cmp.Or(k.form.since, firstRelease))
	}
	for i := range table {
		k := &table[i]
		if k.inner == nil {
			continue
		}
		below := strings.TrimPrefix(path+"."+k.name, ".")
		if k.form.kind != kindMapping {
			below += "[]"
		}
		writeTable(b, below, k.inner())
	}
}

// standard returns the default for the reference.
func (f *form) standard() string {
	switch {
	case f.required:
		return "required"
	case f.literal:
		return "`" + f.fallback + "`"
	}
	return cell(f.fallback)
}

// cell returns a text for a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
