package tenantfile

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
	"onramp/onboarding/brand"
)

func brandKeys(b *onboarding.Brand) keys {
	return keys{
		{"logo", logo(&b.Logo), "The logo, without scripts, links and style sheets."},
		{"accent", accent(&b.Accent), "The colour of links and buttons. Pages use a variant of enough contrast."},
		{"address", text(&b.Address).visible().upTo(160), "The address of the venue, on one line."},
		{"help", optional(&b.Help, helpdeskKeys).ruled(object{"minProperties": 1}).otherwise("`wifi.helpdesk`"),
			"The contact of the staff. The `url` is https."},
	}
}

// logo is an SVG document: in its place, or the name of its file. It is kept in the form in which
// it is served, which is the form of the export.
func logo(to *string) value {
	v := text(to)
	v.read = func(r *reader, at path, n *yaml.Node) {
		line := n.Line
		source, ok := r.text(at, n)
		if !ok {
			return
		}
		data := []byte(source)
		switch {
		case strings.HasPrefix(strings.TrimSpace(source), "<"):
		case source == "" || strings.ContainsAny(source, "\n\x00"):
			r.refuse(at, line, "logo", "write `|` and the SVG below it, or a file name",
				"must be an SVG document or the name of a file")
			return
		default:
			if data, ok = r.readFile(at, line, source); !ok {
				return
			}
		}
		var err error
		if *to, err = brand.CleanLogo(data); err != nil {
			remedy := ""
			if found, ok := errors.AsType[*brand.LogoError](err); ok {
				remedy = found.Remedy
			}
			r.refuse(at, line, "logo", remedy, "is refused: %v", err)
		}
	}
	return v.nonEmpty().bounded("an SVG drawing of at most 32 kB, or the name of its file")
}

// accent is a colour, #rrggbb, in lower case. YAML reads an unquoted # as a comment.
func accent(to *string) value {
	v := text(to)
	v.read = func(r *reader, at path, n *yaml.Node) {
		if isNull(r.real(n)) {
			r.refuse(at, n.Line, "no-value", `write it in quotes, such as "#7a1f2b"`, "has no value")
			return
		}
		given, _ := r.text(at, n)
		*to = strings.ToLower(given)
	}
	return v.like(`^#[0-9A-Fa-f]{6}$`, `# and six hex digits, in quotes: "#7a1f2b"`)
}
