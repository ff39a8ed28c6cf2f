package web

import (
	"errors"
	"net/url"
	"slices"
	"testing"

	"onramp/onboarding"
)

// TestStrictQuery: a strict query refuses empty and repeated parameters, which others accept.
func TestStrictQuery(t *testing.T) {
	for _, tt := range []struct {
		raw            string
		lenient, wrong []string // the parameters that are refused
	}{
		{"a=x&l=1,2&b=true&n=3", nil, nil},
		{"", nil, nil},
		{"a=", nil, []string{"a"}},
		{"a=x&a=x", nil, []string{"a"}},
		{"a=x&a=y", []string{"a"}, []string{"a"}},
		{"l=1&l=2", nil, []string{"l"}},
		{"l=,%20,", nil, []string{"l"}},
		{"b=TRUE", []string{"b"}, nil},
		{"b=1&n=%2B1", []string{"b", "n"}, []string{"b", "n"}},
		{"a=%ff", []string{"a"}, []string{"a"}},
		{"a=%00", []string{"a"}, []string{"a"}},
	} {
		values, err := url.ParseQuery(tt.raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, strict := range []bool{false, true} {
			q, want := NewQuery(values), tt.lenient
			if strict {
				q, want = q.Strict(), tt.wrong
			}
			q.Text("a")
			q.List("l")
			q.Boolean("b")
			q.Number("n")
			var got []string
			if e, ok := errors.AsType[*onboarding.Error](q.Err()); ok {
				for _, fault := range e.Faults() {
					got = append(got, fault.Field)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, strict %t: refused %q, want %q", tt.raw, strict, got, want)
			}
		}
	}
}
