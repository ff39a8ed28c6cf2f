package tenantfile

import (
	"encoding/json"
	"maps"
	"strings"

	"onramp/onboarding"
)

// object is a JSON object of the schema.
type object map[string]any

// Schema returns the JSON Schema (draft-07) of a tenant file, which editors use to complete and
// check one. It is derived from the tables of keys. Every file that apply accepts is valid by it;
// it cannot express rules that compare values, read files or depend on the database.
//
// Draft-07 is the version that the YAML language server and the validators of other editors share.
func Schema() []byte {
	root := schemaOf(topKeys(nil), nil)
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "Onramp tenant file"
	root["description"] = "The organizations of an Onramp deployment, as `onramp apply` reads them."
	countries := codes(func(code string) bool {
		tidy, err := onboarding.ParseCountry("", code)
		return err == nil && strings.ToLower(tidy) == code
	})
	root["definitions"] = object{
		codeLanguage: object{"type": "string", "enum": codes(func(code string) bool {
			tidy, err := onboarding.ParseLanguage("", code)
			return err == nil && tidy == code
		})},
		codeCountry:      object{"type": "string", "enum": countries},
		codeCountryUpper: object{"type": "string", "enum": upper(countries)},
	}
	root["properties"].(object)["organizations"].(object)["type"] = "array" // the file must not be empty
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic("tenantfile: the schema is not JSON: " + err.Error()) // no value of the tables can cause it
	}
	return append(text, '\n')
}

// The names of the definitions that list codes.
const (
	codeLanguage     = "language"
	codeCountry      = "country"
	codeCountryUpper = "countryInCapitals"
)

// codes returns the texts of two lower-case letters for which valid is true.
func codes(valid func(code string) bool) (all []string) {
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			if code := string(a) + string(b); valid(code) {
				all = append(all, code)
			}
		}
	}
	return all
}

func upper(all []string) []string {
	changed := make([]string, len(all))
	for i, one := range all {
		changed[i] = strings.ToUpper(one)
	}
	return changed
}

// schemaOf returns the schema of a mapping with the keys of the table.
func schemaOf(table keys, rules object) object {
	properties, required := object{}, []string{}
	for i := range table {
		k := &table[i]
		properties[k.name] = k.schema()
		if k.form.required {
			required = append(required, k.name)
		}
	}
	s := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	maps.Copy(s, rules)
	return s
}

// schema returns the schema of the key's values.
func (k *key) schema() object {
	s := k.form.schema(k.inner)
	s["description"] = k.description()
	if k.form.literal {
		var fallback any = k.form.fallback
		if k.form.kind == kindTruth || k.form.kind == kindNumber || k.form.kind == kindTexts {
			fallback = json.RawMessage(k.form.fallback)
		}
		s["default"] = fallback
	}
	return s
}

// description returns the meaning of the key with its bounds and its default, in Markdown.
func (k *key) description() string {
	text := k.about
	if limits := k.form.limits(); limits != "" {
		text += " Allowed: " + limits + "."
	}
	switch {
	case k.form.fallback == "":
	case k.form.literal:
		text += " Default: `" + k.form.fallback + "`."
	default:
		text += " Default: " + k.form.fallback + "."
	}
	return text
}

func (f *form) schema(inner func() keys) object {
	switch f.kind {
	case kindTexts:
		return f.list(f.text(false))
	case kindMappings:
		return f.list(schemaOf(inner(), f.rules))
	case kindFields:
		return f.list(object{"anyOf": []object{f.text(false), schemaOf(inner(), nil)}})
	case kindMapping:
		return schemaOf(inner(), f.rules)
	case kindByLanguage:
		s := object{"type": "object", "propertyNames": reference(codeLanguage), "additionalProperties": f.text(false)}
		if f.required {
			s["minProperties"] = 1
		}
		return s
	case kindByName:
		return object{
			"type": "object", "additionalProperties": object{"type": "string"}, "maxProperties": f.most,
		}
	case kindTruth:
		return object{"type": "boolean"}
	case kindNumber:
		return f.number("integer")
	case kindDegrees:
		return f.number("number")
	case kindDuration:
		return object{"type": "string", "pattern": durationPattern}
	case kindPeriod:
		return object{"type": "string", "pattern": periodPattern}
	default:
		return f.text(f.empty)
	}
}

// Patterns of durations and periods; a pattern cannot compare one with its bounds.
const (
	durationUnits   = `([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)`
	durationPattern = `^([0-9]{1,6}d(` + durationUnits + `)*|[-+]?(` + durationUnits + `)+)$`
	periodPattern   = `^(never|[1-9][0-9]{0,3} months?|[0-9]{1,6}d(` + durationUnits + `)*|\+?(` +
		durationUnits + `)+)$`
)

// text returns the schema of a text.
func (f *form) text(empty bool) object {
	var s object
	switch {
	case f.code != "":
		s = reference(f.code)
	case len(f.words) > 0 && f.pattern != "":
		s = object{"anyOf": []object{{"enum": f.words}, {"type": "string", "pattern": f.pattern}}}
	case len(f.words) > 0:
		s = object{"enum": f.words}
	case f.pattern != "":
		s = object{"type": "string", "pattern": f.pattern}
	case empty:
		s = object{"type": "string"}
	default:
		s = object{"type": "string", "pattern": notBlank}
	}
	if f.longest > 0 { // a schema counts characters, of which each has a byte or more
		s["maxLength"] = f.longest
	}
	if empty && (f.code != "" || len(f.words) > 0 || f.pattern != "") {
		s = object{"anyOf": []object{s, {"type": "string", "maxLength": 0}}}
	}
	return s
}

// list returns the schema of a list. No value is an empty list.
func (f *form) list(items object) object {
	s := object{"type": []string{"array", "null"}, "items": items}
	if f.least > 0 {
		s["type"], s["minItems"] = "array", f.least
	}
	if f.most > 0 {
		s["maxItems"] = f.most
	}
	maps.Copy(s, f.whole)
	return s
}

func (f *form) number(kind string) object {
	return object{"type": kind, "minimum": f.least, "maximum": f.most}
}

func reference(code string) object { return object{"$ref": "#/definitions/" + code} }
