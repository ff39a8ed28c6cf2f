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
		{"site", text(&g.Site)},
		{"minutes", numberOrAbsent(&g.Minutes, "such as 60", "must be from 1 to 1000000 minutes")},
		{"ca", text(&g.CA)},
		{"key", grantKey(g).kept()},
		{"keyFile", grantKey(g).file()},
	}
}

// grantKey is the key of a controller with an API.
func grantKey(g *onboarding.Grant) *secretValue {
	return &secretValue{
		name: "key", kind: "key", sealed: &g.Key, stored: func() bool { return g.KeyName != "" },
		seal: func(e *Environment) func([]byte) (onboarding.Sealed, error) { return e.SealKey },
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
