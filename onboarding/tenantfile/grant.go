package tenantfile

import (
	"go.yaml.in/yaml/v3"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/tenant"
)

func grantKeys(g *onboarding.Grant) keys {
	return keys{
		{"kind", text(&g.Kind)},
		{"url", text(&g.URL)},
		{"method", text(&g.Method)},
		{"fields", textByName(&g.Fields)},
		{"hosts", texts(&g.Hosts)},
		{"site", text(&g.Site)},
		{"minutes", numberOrAbsent(&g.Minutes, "such as 60", "must be from 1 to 1000000 minutes")},
		{"ca", text(&g.CA)},
		{"key", keptGrantKey(g)},
		{"keyFile", grantKeyFile(g)},
	}
}

// keptGrantKey is the word kept, which stands for the stored key. Any other value is refused and
// not shown, because it may be the key.
func keptGrantKey(g *onboarding.Grant) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			if word := r.real(n); word.Kind != yaml.ScalarNode || word.Value != "kept" || word.ShortTag() != "!!str" {
				r.refuse(at, n.Line, "secret", "put the key into a file of its own and name it in keyFile",
					"takes only the word kept, which stands for the stored key")
				return
			}
			g.Key = tenant.KeptSecret()
		},
		write: func() *yaml.Node {
			if g.KeyName == "" {
				return nil
			}
			return textNode("kept")
		},
	}
}

// grantKeyFile is the name of a file with the key. It is never exported.
func grantKeyFile(g *onboarding.Grant) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			if g.Key != nil {
				r.refuse(at, n.Line, "secret", "keep one of them", "must not be given with key")
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
			if r.env.SealKey == nil {
				r.refuse(at, n.Line, "secret", "", "cannot be sealed: no key is available")
				return
			}
			sealed, err := r.env.SealKey(certs.Line(data))
			if err != nil {
				r.refuse(at, n.Line, "secret", "", "names a file without a valid key: %v", err)
				return
			}
			g.Key = &sealed
		},
		write: func() *yaml.Node { return nil },
	}
}

// textByName is a mapping of texts: {username: guest, password: guest}.
func textByName(to *map[string]string) value {
	v := textByLanguage(to)
	read := v.read
	v.read = func(r *reader, at path, n *yaml.Node) {
		if n := r.real(n); n.Kind == yaml.ScalarNode && !isNull(n) {
			r.refuse(at, n.Line, "wrong-type", "such as {username: guest}", "must be a mapping, not %s", kind(n))
			return
		}
		read(r, at, n)
	}
	return v
}
