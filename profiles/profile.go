package profiles

import (
	"slices"
)

// A builder makes the documents of one platform for one organization. It is
// safe for concurrent use.
type builder interface {
	document(Credential) (*Document, error)
}

// A Profile holds an organization's settings and the parts of all documents that do
// not depend on a customer. It is immutable and safe for concurrent use.
type Profile struct {
	settings Settings
	builders map[Platform]builder
	refused  map[Platform]*UnsupportedError
}

// Prepare checks the settings and builds the constant parts of all documents. It
// returns a *SettingsError if Check finds errors that concern all platforms. For the
// platforms that other errors concern, Document returns an *UnsupportedError.
func Prepare(s Settings) (*Profile, error) {
	findings := Check(s)
	concernsSome := func(f Finding) bool { return len(f.spares) > 0 }
	if err := settingsError(slices.DeleteFunc(slices.Clone(findings), concernsSome)); err != nil {
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

// brokenFor returns the first error that concerns a platform's documents, or nil.
func brokenFor(findings []Finding, p Platform) *Finding {
	for i, f := range findings {
		if f.Severity == Error && !slices.Contains(f.spares, p) {
			return &findings[i]
		}
	}
	return nil
}

// Platforms returns the platforms for which Document makes documents of these settings, in the
// order of documentation.
func (p *Profile) Platforms() []Platform {
	var all []Platform
	for _, b := range builders {
		if _, ok := p.builders[b.platform]; ok {
			all = append(all, b.platform)
		}
	}
	return all
}

// Document returns a platform's document for a customer. The error is an
// *UnsupportedError if the platform can express no network of the settings, or a
// *FieldError if the credential is not valid. The same arguments always give the same
// bytes.
func (p *Profile) Document(platform Platform, c Credential) (*Document, error) {
	if err, no := p.refused[platform]; no {
		return nil, err
	}
	b, ok := p.builders[platform]
	if !ok {
		return nil, &UnsupportedError{platform, "this platform is unknown."}
	}
	if err := checkCredential(c, p.settings.Inner); err != nil {
		return nil, err
	}
	return b.document(c)
}
