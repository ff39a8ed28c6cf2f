package profiles

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A builder makes the documents of one platform for one organization. It is
// safe for concurrent use.
type builder interface {
	document(Credential) (*Document, error)
}

// A Profile is one organization's settings with everything prepared that does
// not depend on a customer. It never changes and is safe for concurrent use.
type Profile struct {
	settings Settings
	builders map[Platform]builder
	refused  map[Platform]*UnsupportedError
}

// Prepare checks the settings and builds the constant parts of every
// platform's document. Its error is a *SettingsError when Check found errors,
// except those that concern a few platforms only: these get no document.
func Prepare(s Settings) (*Profile, error) {
	findings := Check(s)
	if err := settingsError(slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return len(f.spares) > 0 })); err != nil {
		return nil, err
	}
	p := &Profile{settings: s.resolved(), builders: map[Platform]builder{}, refused: map[Platform]*UnsupportedError{}}
	for _, b := range builders {
		if broken := brokenFor(findings, b.platform); broken != nil {
			p.refused[b.platform] = &UnsupportedError{b.platform, broken.Field + " " + broken.Message + "."}
			continue
		}
		if no := unsupported(&p.settings, b.platform); no != nil {
			p.refused[b.platform] = &UnsupportedError{b.platform, no.reason}
			continue
		}
		built, err := b.build(&p.settings)
		if err != nil {
			return nil, err
		}
		p.builders[b.platform] = built
	}
	return p, nil
}

// brokenFor returns the error that makes a platform's documents wrong, or nil.
func brokenFor(findings []Finding, p Platform) *Finding {
	for i, f := range findings {
		if f.Severity == Error && !slices.Contains(f.spares, p) {
			return &findings[i]
		}
	}
	return nil
}

// Document builds the platform's document for a customer. The error is an
// *UnsupportedError when the platform can express no network of the settings,
// or a *FieldError when the credential holds what no document can carry. The
// same arguments give the same bytes.
func (p *Profile) Document(platform Platform, c Credential) (*Document, error) {
	if err, no := p.refused[platform]; no {
		return nil, err
	}
	b, ok := p.builders[platform]
	if !ok {
		return nil, &UnsupportedError{platform, "this platform is not known."}
	}
	if err := checkCredential(c, p.settings.Inner); err != nil {
		return nil, err
	}
	return b.document(c)
}

// Limits of a credential. Android takes a user name of 63 bytes and, in base64,
// a password of 255: 189 raw bytes.
const (
	maxUsername = 63
	maxPassword = 189
)

// checkCredential applies the limits that hold for every platform, so that a
// credential works on all of them or on none.
func checkCredential(c Credential, inner InnerMethod) error {
	switch {
	case c.CustomerID == "":
		return &FieldError{"customerId", "is empty"}
	case textProblem(c.CustomerID, false) != "":
		return &FieldError{"customerId", textProblem(c.CustomerID, false)}
	case c.Username == "" || len(c.Username) > maxUsername:
		return &FieldError{"username", "must have 1 to 63 bytes"}
	case textProblem(c.Username, false) != "":
		return &FieldError{"username", textProblem(c.Username, false)}
	case c.Password == "" || len(c.Password) > maxPassword:
		return &FieldError{"password", "must have 1 to 189 bytes"}
	case textProblem(c.Password, false) != "":
		return &FieldError{"password", textProblem(c.Password, false)}
	case inner == MSCHAPv2 && beyondUCS2(c.Password):
		// RFC 2759 hashes UCS-2; supplicants fail on anything else.
		return &FieldError{"password", "holds a character above U+FFFF, which MSCHAPv2 cannot carry"}
	case !plainYear(c.Created):
		return &FieldError{"created", "is outside the years 1970 to 9999"}
	case !plainYear(c.Expires):
		return &FieldError{"expires", "is outside the years 1970 to 9999"}
	}
	return nil
}

// plainYear accepts what every date format writes with four digits. The zero
// time is not among it: every document ends.
func plainYear(t time.Time) bool {
	return t.UTC().Year() >= 1970 && t.UTC().Year() <= 9999
}

func beyondUCS2(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r > 0xFFFF })
}

// textProblem says why a text cannot stand in every format: XML 1.0 carries
// neither control characters nor U+FFFE and U+FFFF, and most formats are lines.
// It returns "" when there is no problem.
func textProblem(s string, lineBreaks bool) string {
	if !utf8.ValidString(s) {
		return "is not UTF-8"
	}
	for _, r := range s {
		switch {
		case lineBreaks && (r == '\n' || r == '\r' || r == '\t'):
		case r < 0x20 || (r >= 0x7F && r < 0xA0):
			return "holds a control character"
		case r == 0xFFFE || r == 0xFFFF:
			return "holds a character that XML cannot carry"
		}
	}
	return ""
}

// timestamp is the one date form that plist, PPS-MO and XML Schema share.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// localized returns the entry for a language: the tag itself, its primary
// language, "default", then fallback.
func localized(texts map[string]string, language, fallback string) string {
	primary, _, _ := strings.Cut(language, "-")
	for _, key := range []string{language, primary, "default"} {
		if t, ok := texts[key]; ok {
			return t
		}
	}
	return fallback
}

// sortedKeys returns a map's keys in a fixed order.
func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
