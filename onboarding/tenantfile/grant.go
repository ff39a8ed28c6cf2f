package tenantfile

import (
	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

func grantKeys(g *onboarding.Grant) keys {
	return keys{
		{"kind", text(&g.Kind)},
		{"url", text(&g.URL)},
		{"method", text(&g.Method)},
		{"fields", textByName(&g.Fields)},
		{"hosts", texts(&g.Hosts)},
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
