package freeradius

import (
	"strings"
	"testing"
)

// unquote parses a word as FreeRADIUS 3.2.1 was observed to: a backslash forms a pair with the next
// character; before the word's quote the backslash is removed, and otherwise both stay.
func unquote(t *testing.T, word string) string {
	t.Helper()
	quote := word[0]
	var text strings.Builder
	for i := 1; i < len(word); i++ {
		switch c := word[i]; {
		case c == quote:
			if i != len(word)-1 {
				t.Fatalf("%s ends early", word)
			}
			return text.String()
		case c == '\\' && i+1 < len(word):
			i++
			if word[i] != quote {
				text.WriteByte('\\')
			}
			text.WriteByte(word[i])
		case c == '$' && quote == '"':
			t.Fatalf("%s is expanded", word)
		default:
			text.WriteByte(c)
		}
	}
	t.Fatalf("%s does not end", word)
	return ""
}

func FuzzQuote(f *testing.F) {
	for _, text := range []string{"", "plain", `'`, `"`, `\`, `\\`, `\'`, `\"`, `a\'b`, `a\\'b`, "${x}", "x\ny", "é😀"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		word, err := quote(text)
		if err != nil {
			if len(text) > 0 && strings.Contains(err.Error(), text) && len(text) > 8 {
				t.Errorf("the error tells the text: %v", err)
			}
			return
		}
		if strings.ContainsAny(word, "\n\r\x00") {
			t.Errorf("%q breaks the line", word)
		}
		if got := unquote(t, word); got != text {
			t.Errorf("%q is read as %q", text, got)
		}
	})
}

func TestPrintRefusesOtherTypes(t *testing.T) {
	if got, err := print([]byte("secret")); err == nil {
		t.Errorf("printed as %s", got)
	}
	if got, err := print(expanded("100%{x}")); err != nil || got != "'100%%{x}'" {
		t.Errorf("printed as %s, %v", got, err)
	}
}

// TestTemplatesQuoteEverywhere renders a hostile value in each position of a template.
func TestTemplatesQuoteEverywhere(t *testing.T) {
	const source = `{{define "part"}}{{.}}{{end}}{{.}} {{if .}}{{.}}{{end}} {{with .}}{{.}}{{end}} ` +
		`{{template "part" .}} {{block "other" .}}{{with .}}{{.}}{{end}}{{end}}`
	got, err := renderSource("test", source, `a' b`)
	if err != nil {
		t.Fatal(err)
	}
	word, err := quote(`a' b`)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join([]string{word, word, word, word, word}, " "); string(got) != want {
		t.Errorf("rendered %s, want %s", got, want)
	}
}
