package tenantfile

import (
	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
	"onramp/onboarding/grant"
)

func grantKeys(g *onboarding.Grant) keys {
	const ofUniFi = "With `unifi`: "
	return keys{
		{"kind", text(&g.Kind).needed().among(grant.Kinds()...),
			"The access controller; `form` is any other one with a login form."},
		{"url", text(&g.URL).upTo(512),
			ofUniFi + "the https address of the controller. With `form`: the address of the request; `{NAME}` " +
				"stands for a parameter of the controller's redirect."},
		{"method", text(&g.Method).among("get", "post").or("get"), "With `form`: the method of the request."},
		{"fields", textByName(&g.Fields).between(0, 20), "Fields of the request, in addition to those of the kind."},
		{"hosts", texts(&g.Hosts).between(0, 20).like(`^(\*\.)?`+hostOrAddress[1:], "host names or IP addresses; `*.` "+
			"before a domain for those below it").otherwise("with `meraki`, `*.network-auth.com`"),
			"The hosts to which the request may go."},
		{"site", text(&g.Site).like(`^[A-Za-z0-9_-]{1,64}$`, "letters, digits, `_` and `-`"), ofUniFi + "the site."},
		{"minutes", numberOrAbsent(&g.Minutes, "such as 60", "must be from 1 to 1000000 minutes").between(1, 1_000_000),
			ofUniFi + "the time for which access is opened, in minutes."},
		{"ca", text(&g.CA).upTo(64 << 10).bounded("PEM").otherwise("the CAs of the machine"),
			ofUniFi + "the CA certificates that the controller is verified with."},
		{"key", grantKey(g).kept(), ofUniFi + "`kept` keeps the stored key. The export writes it."},
		{"keyFile", grantKey(g).file(), ofUniFi + "the file with the key of an administrator (X-API-KEY)."},
	}
}

// grantRules are the rules of the kinds in the schema.
var grantRules = object{"allOf": []object{
	{
		"if": kindIs("unifi"),
		"then": object{
			"required": []string{"url", "site", "minutes"}, "anyOf": []object{given("key"), given("keyFile")},
		},
		"else": object{"not": object{"anyOf": []object{given("minutes"), given("key"), given("keyFile")}}},
	},
	{"if": kindIs("form"), "then": given("url", "hosts")},
	{"if": kindIs("aruba"), "then": object{"required": []string{"hosts", "fields"}, "properties": object{
		"fields": given("user", "password"),
	}}},
	{"if": kindIs("mikrotik"), "then": object{"required": []string{"hosts", "fields"}, "properties": object{
		"fields": given("username"),
	}}},
	{"if": kindIs("coovachilli"), "then": object{"required": []string{"hosts", "fields"}, "properties": object{
		"fields": given("username", "password"),
	}}},
	{"if": kindIs("cisco"), "then": given("hosts")},
	{"not": object{"required": []string{"key", "keyFile"}}},
}}

// kindIs matches a grant of a kind.
func kindIs(kind string) object {
	return object{"properties": object{"kind": object{"const": kind}}, "required": []string{"kind"}}
}

// given requires keys.
func given(names ...string) object { return object{"required": names} }

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
	v.form = form{kind: kindByName}
	return v
}
