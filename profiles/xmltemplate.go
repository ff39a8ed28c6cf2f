package profiles

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"text/template"

	"onramp/templates"
)

// xmlTemplate parses an embedded template. All values that it prints are escaped for XML
// texts and attributes.
func xmlTemplate(name string) *template.Template {
	source, err := templates.Profiles.ReadFile("profiles/" + name)
	if err != nil {
		panic(err) // the file is part of the binary
	}
	return escapedTemplate(name, string(source))
}

func escapedTemplate(name, source string) *template.Template {
	t := template.Must(template.New(name).
		Option("missingkey=error").
		Funcs(template.FuncMap{escaper: escapeXML}).
		Parse(source))
	if err := templates.Escape(t, escaper); err != nil {
		panic(err) // as template.Must
	}
	return t
}

const escaper = "escapeXML"

func escapeXML(value any) (string, error) {
	var b bytes.Buffer
	text := fmt.Sprint(value)
	if problem := textProblem(text, true); problem != "" {
		return "", fmt.Errorf("a value %s", problem)
	}
	err := xml.EscapeText(&b, []byte(text))
	return b.String(), err
}

// render returns the output of a template.
func render(t *template.Template, data any) ([]byte, error) {
	var b bytes.Buffer
	err := t.Execute(&b, data)
	return b.Bytes(), err
}
