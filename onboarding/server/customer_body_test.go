package server

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// read1 reads a body as createCustomer does.
func read1(raw string) (registration.CustomerInput, error) {
	b, err := web.Decode[customerBody]([]byte(raw))
	if err == nil && b.Empty {
		err = web.ErrEmptyBody
	}
	if err != nil {
		return registration.CustomerInput{}, err
	}
	in := b.Value.input(b.Faults)
	return in, b.Err()
}

func TestAliases(t *testing.T) {
	const ppd = `{"ppd":true,`
	for raw, field := range map[string]string{
		`{"birthDate":"1990-01-02"}`:                                 "",
		`{"birthdate":"1990-01-02"}`:                                 "",
		`{"birthDate":"1990-01-02","birthdate":"1990-01-02"}`:        "",
		`{"birthDate":"1990-01-02","birthdate":null}`:                "",
		`{"birthDate":"1990-01-02","birthdate":"1990-01-03"}`:        "birthdate",
		`{"profiling":true,"ppd":false,"processingData":{}}`:         "",
		`{"profiling":true,"processingData":{"profiling":true}}`:     "",
		`{"profiling":true,"processingData":{"profiling":false}}`:    "processingData.profiling",
		ppd + `"processingData":{"processingPersonalData":false}}`:   "processingData.processingPersonalData",
		ppd + `"processingData":{"processingPersonalData":"true"}}`:  "",
		ppd + `"processingData":{"processingPersonalData":"false"}}`: "processingData.processingPersonalData",

		`{"FirstName":1,"FIRSTNAME":[],"policies":{"a":"true","b":"false","c":null}}`: "",

		`{"policies":{"a":"True"}}`:     "policies.a",
		`{"policies":[]}`:               "policies",
		`{"custom":{"a":{}}}`:           "custom.a",
		`{"custom":{"b":[],"a":[]}}`:    "custom.a",
		`{"document":{"number":7}}`:     "document.number",
		`{"device":{"pp_installed":0}}`: "device.pp_installed",
	} {
		_, err := read1(raw)
		if got := fieldOf(err); got != field || (err == nil) != (field == "") {
			t.Errorf("%s: %v, want the field %q", raw, err, field)
		}
	}
	in, err := read1(
		`{"processingData":{"profiling":true,"processingPersonalData":false},"custom":{"n":1.50,"b":false,"t":"x",` +
			`"z":null},"policies":{"a":"false"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if !*in.Profiling || *in.PPD || !reflect.DeepEqual(in.Custom,
		map[string]string{"n": "1.50", "b": "false", "t": "x"}) || !reflect.DeepEqual(in.Policies,
		map[string]bool{"a": false}) {
		t.Errorf("%+v", in)
	}
}

func fieldOf(err error) string {
	if e, ok := errors.AsType[*onboarding.Error](err); ok {
		return e.Field
	}
	return ""
}

// FuzzBind: whatever a body holds, it is refused with an error that may be shown, or every text
// taken from it is UTF-8 and equals the standard library's value.
func FuzzBind(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"firstName":"a","policies":{"termsOfUse":"true"},"custom":{"a":1,"b":"x"},"document":{"number":"1"}}`,
		`{"a":"\ud800"}`, `{"a":1,"a":2}`,
		`[1]`, `{"lock":true,"device":{"installId":"i","pp_installed":null}}`, "{\"firstName\":\"\xff\"}",
		`{"firstName":"\u0000\ud83d\ude00"}`, `{}{}`, "", `{"birthdate":"1"}x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := web.Decode[customerBody](raw)
		if err == nil && b.Empty {
			return
		}
		if err != nil {
			if onboarding.KindOf(err) != onboarding.Invalid {
				t.Fatalf("internal error for %q: %v", raw, err)
			}
			return
		}
		var plain map[string]any
		if err := json.Unmarshal(raw, &plain); err != nil {
			t.Fatalf("taken, though encoding/json refuses it: %q: %v", raw, err)
		}
		in := b.Value.input(b.Faults)
		if err := b.Err(); err != nil {
			if fieldOf(err) == "" {
				t.Fatalf("no field in %v for %q", err, raw)
			}
			return
		}
		for name, got := range map[string]*string{
			"firstName": in.FirstName, "email": in.Email, "username": in.Username, "guid": in.Guid,
		} {
			if want, _ := plain[name].(string); got != nil && (*got != want || !utf8.ValidString(*got)) {
				t.Fatalf("%s: %q, want %q", name, *got, want)
			} else if got == nil && plain[name] != nil {
				t.Fatalf("%s is lost from %q", name, raw)
			}
		}
		for key, value := range in.Custom {
			if !utf8.ValidString(key) || !utf8.ValidString(value) {
				t.Fatalf("custom %q: %q", key, value)
			}
		}
	})
}
