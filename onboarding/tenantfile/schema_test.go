package tenantfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/templates"
)

// compiled returns the schema for validation.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("tenant.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("tenant.json") // validates it against draft-07
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// schemaEnvironment has every file that testdata/every.yaml names.
func schemaEnvironment(t testing.TB) Environment {
	t.Helper()
	env := testEnvironment(t, map[string]string{
		"root.pem": readTestdata(t, "root.pem"), "ap.secret": "sesame", "unifi.key": "sesame",
	})
	env.SealKey = func([]byte) (onboarding.Sealed, error) { return onboarding.Sealed{KeyID: "1"}, nil }
	return env
}

// validate returns the error of the schema about each document of a file.
func validate(schema *jsonschema.Schema, text []byte) error {
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		asJSON, err := json.Marshal(document)
		if err != nil {
			return err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			return err
		}
		if err := schema.Validate(value); err != nil {
			return err
		}
	}
}

// TestSchema checks the members that editors need at the root, and that good files are valid.
func TestSchema(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	if root["$schema"] != "http://json-schema.org/draft-07/schema#" || root["type"] != "object" ||
		root["properties"].(map[string]any)["organizations"] == nil {
		t.Errorf("the root is %v", slices.Sorted(maps.Keys(root)))
	}
	if !bytes.Equal(Schema(), Schema()) {
		t.Error("two schemas differ")
	}
	schema := compiled(t)
	for name, text := range map[string]string{
		"every": readTestdata(t, "every.yaml"), "venue": readTestdata(t, "venue.yaml"),
		"smallest": readTestdata(t, "smallest.yaml"), "export": readTestdata(t, "export.golden"),
		"demo": string(templates.DemoOrganization),
		"none": "organizations: []\n", "merge": "a: &a {}\n",
	} {
		if err := validate(schema, []byte(text)); (err != nil) != (name == "merge") {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := Parse("every.yaml", []byte(readTestdata(t, "every.yaml")), schemaEnvironment(t))
	for _, d := range errorsOnly(f) {
		t.Error(d)
	}
}

// paths returns the paths of all keys in a value of YAML, with [] for the entries of lists.
func paths(path string, value any, into map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, v := range value {
			below := strings.TrimPrefix(path+"."+name, ".")
			into[below] = true
			paths(below, v, into)
		}
	case []any:
		for _, v := range value {
			paths(path+"[]", v, into)
		}
	}
}

// schemaPaths returns the same paths from a schema.
func schemaPaths(path string, schema map[string]any, into map[string]bool) {
	if properties, ok := schema["properties"].(map[string]any); ok {
		for name, v := range properties {
			below := strings.TrimPrefix(path+"."+name, ".")
			into[below] = true
			schemaPaths(below, v.(map[string]any), into)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		schemaPaths(path+"[]", items, into)
		if either, ok := items["anyOf"].([]any); ok {
			for _, v := range either {
				schemaPaths(path+"[]", v.(map[string]any), into)
			}
		}
	}
}

// TestSchemaKeys compares the keys that the parser knows with those of the schema and of the
// reference, both ways. The parser is asked by a file with every key, and by an unknown key in each
// mapping, whose diagnostic lists the known ones.
func TestSchemaKeys(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	schemaPaths("", root, known)

	var every any
	if err := yaml.Unmarshal([]byte(readTestdata(t, "every.yaml")), &every); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	paths("", every, used)
	byName := regexp.MustCompile(`\.(names|title|text|changes|consentText|label|fields)\.[a-z]+$`)
	maps.DeleteFunc(used, func(path string, _ bool) bool { return byName.MatchString(path) })
	for path := range used {
		if !known[path] {
			t.Errorf("the parser takes %s, which the schema does not have", path)
		}
	}
	for path := range known {
		if !used[path] {
			t.Errorf("testdata/every.yaml has no %s", path)
		}
	}

	listed := map[string]bool{}
	for _, section := range strings.Split(string(Reference()), "\n## ")[1:] {
		title, rows, _ := strings.Cut(section, "\n")
		if title = strings.TrimPrefix(title, "The file"); title != "" {
			title += "."
		}
		for _, m := range regexp.MustCompile("(?m)^\\| `([A-Za-z0-9]+)` \\|").FindAllStringSubmatch(rows, -1) {
			listed[title+m[1]] = true
		}
	}
	if !maps.Equal(listed, known) {
		t.Errorf("the reference has %v\nthe schema has %v", slices.Sorted(maps.Keys(listed)),
			slices.Sorted(maps.Keys(known)))
	}

	mappings := map[string][]string{}
	for path := range known {
		at := max(strings.LastIndexByte(path, '.'), 0)
		mappings[path[:at]] = append(mappings[path[:at]], strings.TrimPrefix(path[at:], "."))
	}
	for path, names := range mappings {
		text := inside(path, "{zzzzzzzz: 1}")
		f := Parse("f.yaml", []byte(text), schemaEnvironment(t))
		i := slices.IndexFunc(f.Diagnostics, func(d Diagnostic) bool { return d.Rule == "unknown-key" })
		if i < 0 {
			t.Errorf("%s: %v", text, f.Diagnostics)
			continue
		}
		remedy := strings.Split(strings.TrimPrefix(f.Diagnostics[i].Remedy, "known here: "), ", ")
		slices.Sort(remedy)
		slices.Sort(names)
		if !slices.Equal(remedy, names) {
			t.Errorf("%s: the parser knows %v, the schema %v", path, remedy, names)
		}
	}
}

// inside returns a file with a value at a path.
func inside(path, value string) string {
	if path == "" {
		return value
	}
	text := value
	names := strings.Split(path, ".")
	for i := len(names) - 1; i >= 0; i-- {
		name, list := strings.CutSuffix(names[i], "[]")
		if list {
			text = "[" + text + "]"
		}
		text = "{" + name + ": " + text + "}"
	}
	return text
}

// A schema cannot express these rules: they compare values with each other, read files, or know
// lists outside the file.
var beyondSchema = regexp.MustCompile(`^(` + strings.Join([]string{
	"duplicate", "unknown-location", "contradiction", "file", "trust-anchor", "anchor", "anchor-[a-z-]+",
	"public-root[a-z-]*", "characters", "text-characters", "text-blanks", "invisible", "timezone", "slug-reserved",
	"slug", "verify-field", "home-domain-[a-z-]+", "trusted-name-[a-z-]+", "outer-identity", "open-roaming",
	"roaming-consortium-without-roaming", "roaming-consortium-count", "realm-[a-z]+", "host-[a-z]+", "host", "url",
	"email", "phone", "logo", "grant", "secret", "address", "mac", "quote-it", "peap-inner", "too-long", "text-length",
}, "|") + `)$`)

// expressible reports whether a diagnostic is about a rule that the schema has.
func expressible(d Diagnostic) bool {
	switch {
	case beyondSchema.MatchString(d.Rule):
		return false
	case d.Rule == "missing": // a text in the default language, or a helpdesk whose contacts are empty
		return !strings.Contains(d.Message, "the default language") && !strings.Contains(d.Message, "has no contact") &&
			!strings.Contains(d.Message, "has no condition")
	case d.Rule == "range": // of a duration or period, or of a value that is compared with another one
		return !regexp.MustCompile(`(visitGap|sessionTimeout|attemptsKept|profileLifetime|Within|renewalDays)$`).
			MatchString(d.Field) && !strings.Contains(d.Field, ".retention.")
	case d.Rule == "policy-key", d.Rule == "unknown-value", d.Rule == "policy-missing", d.Rule == "policy-order":
		return !regexp.MustCompile(`\.(accepted|refused)\[`).MatchString(d.Field)
	case d.Rule == "wrong-type": // JSON does not distinguish 5.0 from 5, nor the notations of a number
		return !regexp.MustCompile(`the number|plain decimal|ambiguous`).MatchString(d.Message)
	case d.Rule == "range" && strings.Contains(d.Message, "degrees"):
		return true
	}
	return true
}

// mutants are values that replace those of a good file.
var mutants = []any{
	nil, true, false, 0, 1, -1, 2, 15, 150, 151, 4094, 4095, 1_000_001, 1.5, 1e300, "", " ", "x", "en", "IT", "it",
	"xx", "kept", "never", "2h", "90d", "1d12h", "-1h", "24 months", "0 months", "8760", "ttls", "peap", "pap",
	"email", "sms", "none", "stop", "unifi", "form", "meraki", "get", "#7a1f2b", "red", "example.com",
	"*.radius.example.com", "a b", "a@b@c", "anonymous@example.com", "https://example.com/a", "ftp://example.com",
	"termsOfUse", "privacy", "customs.x", "custom.x", "firstName", "5A03BA0000", "5A03BA00", "222F01", "22201",
	"3a8ccd060216452e09b2b32e750cb5ef", "3A8CCD060216452E09B2B32E750CB5EF", "cf68a9b1-cbe0-5224-b0f5-2b21056773ee",
	"02-00-00-00-00-07", "192.0.2.7", "192.0.2.7:1700", "[2001:db8::7]:1700", "Europe/Paris", "root.pem",
	"ap.secret", "daily", "male", "+39 02 1", "café", "grace", "settlementFree", "caffe-roma", "Caffe Roma",
	strings.Repeat("x", 33), strings.Repeat("x", 300), []any{}, []any{nil}, []any{"x"}, []any{"en", "en"}, []any{1},
	[]any{[]any{}}, []any{map[string]any{}}, map[string]any{}, map[string]any{"en": "Text"},
	map[string]any{"it": "Testo"}, map[string]any{"xx": "Text"}, map[string]any{"en": 1}, map[string]any{"en": ""},
	map[string]any{"unknown": "x"}, map[string]any{"url": "x"},
}

// place is a place in a file: the value of a key, or an entry of a list.
type place struct {
	set    func(v any)
	remove func()
	value  any
}

// places returns every place in a value, which it changes by set and remove.
func places(value any) (all []place) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			all = append(all, place{
				func(v any) { value[name] = v }, func() { delete(value, name) }, value[name],
			})
			all = append(all, places(value[name])...)
		}
	case []any:
		for i, v := range value {
			all = append(all, place{func(v any) { value[i] = v }, func() {}, v})
			all = append(all, places(v)...)
		}
	}
	return all
}

// TestSchemaAgrees compares the verdicts of the schema and of the parser with its rules on good
// files and their mutants. Each value of a good file is replaced by every mutant, removed, and, a
// mapping, given an unknown key. ONRAMP_TEST_MUTANTS compares all mutants instead of an eighth. A
// file that the parser accepts is valid by the schema; one that it refuses for a rule that a schema
// can express is not.
func TestSchemaAgrees(t *testing.T) {
	schema, env := compiled(t), schemaEnvironment(t)
	agree := func(t interface{ Errorf(string, ...any) }, what string, document any) {
		text, err := yaml.Marshal(document)
		if err != nil {
			t.Errorf("%v", err)
			return
		}
		refused := errorsOnly(Parse("f.yaml", text, env))
		invalid := validate(schema, text)
		switch i := slices.IndexFunc(refused, expressible); {
		case len(refused) == 0 && invalid != nil:
			t.Errorf("%s: the parser accepts it, the schema does not: %v", what, invalid)
		case i >= 0 && invalid == nil:
			t.Errorf("%s: the schema accepts it, the parser does not: %v", what, refused[i])
		}
	}
	for i := range 3 {
		agreeOn(t, agree, func() (document any) {
			if err := yaml.Unmarshal([]byte(readTestdata(t, "every.yaml")), &document); err != nil {
				t.Fatal(err)
			}
			top := document.(map[string]any)
			top["organizations"] = top["organizations"].([]any)[i : i+1]
			return document
		})
	}
}

// agreeOn compares the verdicts on the mutants of a document.
func agreeOn(
	t *testing.T, agree func(t interface{ Errorf(string, ...any) }, what string, document any), fresh func() any,
) {
	t.Helper()
	document := fresh()
	portion := 8
	if os.Getenv("ONRAMP_TEST_MUTANTS") != "" {
		portion = 1
	}
	compared := 0
	for i, p := range places(document) {
		for j, m := range mutants {
			if (i+j)%portion != 0 {
				continue
			}
			p.set(m)
			agree(t, fmt.Sprintf("place %d, %.40v replaced by %.40v", i, p.value, m), document)
			compared++
		}
		p.set(p.value)
		p.remove()
		agree(t, fmt.Sprintf("place %d, %.40v removed", i, p.value), document)
		p.set(p.value)
		if m, ok := p.value.(map[string]any); ok {
			m["unknownKey"] = 1
			agree(t, fmt.Sprintf("place %d, %.40v with an unknown key", i, p.value), document)
			delete(m, "unknownKey")
		}
	}
	if compared < 200 {
		t.Errorf("only %d mutants were compared", compared)
	}
	if t.Failed() {
		return
	}
	rapid.Check(t, func(t *rapid.T) { // several at once
		document := fresh()
		for range rapid.IntRange(1, 4).Draw(t, "mutations") {
			all := places(document)
			p := all[rapid.IntRange(0, len(all)-1).Draw(t, "place")]
			p.set(rapid.SampledFrom(mutants).Draw(t, "mutant"))
		}
		agree(t, "several", document)
	})
}
