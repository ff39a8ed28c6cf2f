package web

import (
	"reflect"
	"testing"

	"onramp/onboarding"
)

// TestDecode: every kind of field, in both of its forms, and all faults of a body at once.
func TestDecode(t *testing.T) {
	type item struct {
		Key *string `json:"key"`
	}
	type sample struct {
		Text   *string           `json:"text"`
		Plain  string            `json:"plain"`
		Yes    *bool             `json:"yes"`
		Number *int              `json:"number"`
		Chosen map[string]bool   `json:"chosen"`
		Custom map[string]string `json:"custom"`
		Part   *item             `json:"part"`
		List   []*item           `json:"list"`
		Guid   *string           `json:"guid"`
	}
	for _, raw := range []string{
		`{"text":"t","plain":"p","yes":true,"number":3.6e3,"chosen":{"a":true},"custom":{"n":1.50},
		  "part":{"key":"k"},"list":[{"key":"k"}],"guid":"g","other":[{}]}`,
		`{"text":"t","plain":"p","yes":"true","number":"3600","chosen":"{\"a\":\"true\"}","custom":"{\"n\":\"1.50\"}",
		  "part":"{\"key\":\"k\"}","list":"[{\"key\":\"k\"}]","guid":"g"}`,
	} {
		b, err := Decode[sample]([]byte(raw))
		if err != nil || b.Err() != nil || b.Empty {
			t.Fatalf("%s: %v, %v", raw, err, b)
		}
		want := sample{
			Text: new("t"), Plain: "p", Yes: new(true), Number: new(3600), Chosen: map[string]bool{"a": true},
			Custom: map[string]string{"n": "1.50"}, Part: &item{new("k")}, List: []*item{{new("k")}}, Guid: new("g"),
		}
		if !reflect.DeepEqual(b.Value, want) || *b.Guid != "g" {
			t.Errorf("%s: %+v", raw, b.Value)
		}
	}
	b, err := Decode[sample](
		[]byte(`{"text":1,"yes":"True","number":1.5,"chosen":[],"custom":{"a":{}},"part":{"key":[]},"list":[1]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := onboarding.Faults{
		{Field: "text", Message: "not a text"}, {Field: "yes", Message: "not true or false"},
		{Field: "number", Message: "not a whole number"}, {Field: "chosen", Message: "not an object"},
		{Field: "custom.a", Message: "not a text, number, true or false"}, {Field: "part.key", Message: "not a text"},
		{Field: "list[0]", Message: "not an object"},
	}
	if !reflect.DeepEqual(*b.Faults, want) {
		t.Errorf("%+v", *b.Faults)
	}
	if b, err := Decode[sample]([]byte(" \n")); err != nil || !b.Empty {
		t.Errorf("an empty body: %v, %v", b, err)
	}
	if _, err := Decode[sample]([]byte(`{"list":[{"key":"a","key":"b"}]}`)); onboarding.KindOf(
		err) != onboarding.Invalid {
		t.Errorf("a repeated member: %v", err)
	}
}
