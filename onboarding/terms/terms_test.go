package terms

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onramp/onboarding"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"Zoë": "zoe", "ZOE\u0308": "zoe", "Łukasz": "lukasz", "STRAẞE": "strasse", "straße": "strasse",
		"İSTANBUL": "istanbul", "ırmak": "irmak", "Ångström": "angstrom", "Ærø": "aero", "ﬁne": "fine",
		"Ａｎｎａ": "anna", "Σίσυφος": "σισυφοσ", "Ёлка": "елка", "が": "が", "한글": "한글", "नी": "नी", "مُحَمَّد": "محمد",
		"a\u200db\ufe0f": "ab", "plain": "plain", "É@MÜNCHEN.example": "e@munchen.example",
	} {
		if got := Fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}

func TestTerms(t *testing.T) {
	c := &onboarding.Customer{Username: "Front Desk-2"}
	c.FirstName, c.LastName = "Jean-Pierre O'Neil", "de la Tour (jr.)"
	c.Email, c.Phone = "José@xn--mnchen-3ya.example", "+4420794600"
	c.Document.Clear = onboarding.Document{PersonalID: "P-99", Number: "N-88"}
	want := []string{"+4420794600", "20794600", "de", "desk-2", "front", "jean", "jose@munchen.example", "jr", "la",
		"oneil", "pierre", "tour"}
	if got := Of(c); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	c.FirstName = strings.Repeat("a b c d e f g h i j k l m ", 10)
	c.LastName = ""
	for i := range MaxTerms {
		c.LastName += string(rune('\u4e00'+i)) + " "
	}
	if got := Of(c); len(got) != MaxTerms {
		t.Errorf("%d terms of a name of many words", len(got))
	}
	if got := Of(&onboarding.Customer{}); len(got) != 0 {
		t.Errorf("terms of nothing: %q", got)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Query{
		"Anna":      {{Terms: []string{"anna"}}},
		"anna ANNA": {{Terms: []string{"anna"}}},
		"Rossi, A.": {{Terms: []string{"rossi"}}, {Terms: []string{"a"}}},
		"rossi - a": {{Terms: []string{"rossi"}}, {Terms: []string{"a"}}},
		"-":         {{Terms: []string{"-"}}},
		"d'an":      {{Terms: []string{"d'an", "dan"}}},
		"Jean-P":    {{Terms: []string{"jean"}}, {Terms: []string{"jean-p", "p"}}},
		"+39 347":   {{Terms: []string{"+39347"}}},
		"a +39-347": {{Terms: []string{"a"}}, {Terms: []string{"+39347"}}},
		"1+1":       {{Terms: []string{"1+1"}}},
		"0039347":   {{Terms: []string{"+0039347", "+39347", "0039347"}, Stations: []string{"00:39:34:7"}}},
		"0347":      {{Terms: []string{"+0347", "0347", "347"}}},
		"AA-BB-cc":  {{Terms: []string{"aa-bb-cc"}, Stations: []string{"aa:bb:cc"}}},
		"ada-abe": {{Terms: []string{"ada"}, Stations: []string{"ad:aa:be"}},
			{Terms: []string{"abe", "ada-abe"}, Stations: []string{"ad:aa:be"}}},
		"aabb.ccd":    {{Terms: []string{"aabb.ccd", "aabbccd"}, Stations: []string{"aa:bb:cc:d"}}},
		"AABBCCDDEEF": {{Terms: []string{"aabbccddeef"}, Stations: []string{"aa:bb:cc:dd:ee:f"}}},
		"aa:bb":       {{Terms: []string{"aa"}}, {Terms: []string{"aa:bb", "bb"}}},
		"a wifi@x": {{Terms: []string{"a"}},
			{Terms: []string{"a+wifi@x", "wifi"}}, {Terms: []string{"a+wifi@x", "wifi@x", "x"}}},
		" ": nil, "": nil,
	} {
		got := Parse(text)
		if !slices.EqualFunc(got, want, func(a, b Word) bool {
			return slices.Equal(a.Terms, b.Terms) && slices.Equal(a.Stations, b.Stations)
		}) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{"  Zoë  ROSSI ": "zoe rossi", " 39 347": "39 347"} {
		if got, err := Canonical("q", text); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{
		" ", "\u200d", "a\x00b", "\xff", strings.Repeat("a", MaxQuery+1), "a b c d e f g h i",
	} {
		if _, err := Canonical("q", text); onboarding.KindOf(err) != onboarding.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestFoundByWhatIsTyped: a customer is found by any beginning of each of the names, the address
// and the user name, in any case, together with any other.
func TestFoundByWhatIsTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &onboarding.Customer{Username: rapid.StringN(1, 30, 60).Draw(t, "username")}
		c.FirstName = rapid.StringN(0, 30, 200).Draw(t, "first")
		c.LastName = rapid.SampledFrom([]string{"Rossi", "O'Neil", "de Wit", "Åkesson-Ек", "李"}).Draw(t, "last")
		c.Email = rapid.SampledFrom([]string{"", "anna.r+x@Example.com", "é-1@münchen.example"}).Draw(t, "email")
		all := Of(c)
		typed := rapid.SampledFrom([]string{c.Username, c.FirstName, c.LastName, c.Email}).Draw(t, "typed")
		runes := []rune(typed)
		text := string(runes[:rapid.IntRange(0, len(runes)).Draw(t, "length")])
		if rapid.Bool().Draw(t, "upper") {
			text = strings.ToUpper(Fold(text))
		}
		if len(Of(c)) == MaxTerms {
			t.Skip("too many words")
		}
		for _, w := range Parse(text) {
			if len(words(w.Terms[0])) == 0 { // a name of punctuation only has no term
				continue
			}
			if !slices.ContainsFunc(all, func(term string) bool {
				return slices.ContainsFunc(w.Terms, func(p string) bool { return strings.HasPrefix(term, p) })
			}) {
				t.Fatalf("%q does not find %q: %q", text, all, w)
			}
		}
	})
}
