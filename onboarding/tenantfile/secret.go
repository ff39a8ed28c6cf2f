package tenantfile

import (
	"go.yaml.in/yaml/v3"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/tenant"
)

// secretValue is a secret that is sealed. A tenant file names a file with it under NAMEFile, or has
// the word kept under NAME.
type secretValue struct {
	name   string // NAME
	kind   string // of a valid secret, for diagnostics
	sealed **onboarding.Sealed
	stored func() bool // an export says kept
	// seal returns the function that seals the secret; nil if there is no key.
	seal func(e *Environment) func(secret []byte) (onboarding.Sealed, error)
}

// kept is the word kept, which stands for the stored secret. Any other value is refused and not
// shown, because it may be the secret.
func (s *secretValue) kept() value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			if word := r.real(n); word.Kind != yaml.ScalarNode || word.Value != "kept" || word.ShortTag() != "!!str" {
				remedy := "put the " + s.name + " into a file of its own and name it in " + s.name + "File"
				r.refuse(at, n.Line, "secret", remedy,
					"takes only the word kept, which stands for the stored %s", s.name)
				return
			}
			*s.sealed = tenant.KeptSecret()
		},
		write: func() *yaml.Node {
			if !s.stored() {
				return nil
			}
			return textNode("kept")
		},
		form: form{kind: kindText, words: []string{"kept"}},
	}
}

// file is the name of a file with the secret. It is never exported.
func (s *secretValue) file() value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			if *s.sealed != nil {
				r.refuse(at, n.Line, "secret", "keep one of them", "must not be given with %s", s.name)
				return
			}
			name, ok := r.text(at, n)
			if !ok {
				return
			}
			data, ok := r.readFile(at, n.Line, name)
			if !ok {
				return
			}
			seal := s.seal(&r.env)
			if seal == nil {
				r.refuse(at, n.Line, "secret", "", "cannot be sealed: no key is available")
				return
			}
			sealed, err := seal(certs.Line(data))
			if err != nil {
				r.refuse(at, n.Line, "secret", "", "names a file without a valid %s: %v", s.kind, err)
				return
			}
			*s.sealed = &sealed
		},
		write: func() *yaml.Node { return nil },
		form:  form{kind: kindText, bounds: "a file name, relative to the tenant file"},
	}
}
