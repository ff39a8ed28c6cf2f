package freeradius

import (
	"bytes"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"text/template"

	"onramp/onboarding"
	"onramp/templates"
)

// word is a reference or keyword of FreeRADIUS, printed unquoted. It must not contain external
// values.
type word string

// expanded is a text that FreeRADIUS expands on use. Percent signs are doubled.
type expanded string

// print returns a value as it stands in a configuration file.
func print(value any) (string, error) {
	switch v := value.(type) {
	case word:
		return string(v), nil
	case int:
		return strconv.Itoa(v), nil
	case expanded:
		return quote(strings.ReplaceAll(string(v), "%", "%%"))
	case string:
		return quote(v)
	}
	return "", fmt.Errorf("cannot print a value of type %T in a configuration", value)
}

// words returns names that a template itself lists.
func words(names ...string) []word {
	all := make([]word, len(names))
	for i, name := range names {
		all[i] = word(name)
	}
	return all
}

// quote returns the text as one word.
func quote(text string) (string, error) { return onboarding.FreeRADIUSWord(text) }

const printer = "print"

// render executes the FreeRADIUS template of the given name. All values are printed with print.
func render(name string, data any) ([]byte, error) {
	source, err := fs.ReadFile(templates.FreeRADIUS, "freeradius/"+name)
	if err != nil {
		return nil, err
	}
	return renderSource(name, string(source), data)
}

func renderSource(name, source string, data any) ([]byte, error) {
	functions := template.FuncMap{printer: print, "words": words}
	t, err := template.New(name).Option("missingkey=error").Funcs(functions).Parse(source)
	if err != nil {
		return nil, err
	}
	if err := templates.Escape(t, printer); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
