package templates

import (
	"fmt"
	"strings"
	"testing"
	"text/template"
	"text/template/parse"
)

// brackets is an escaper whose effect is visible: each call adds a pair of brackets.
func brackets(value any) string { return "[" + fmt.Sprint(value) + "]" }

func parsed(t *testing.T, source string) *template.Template {
	t.Helper()
	tmpl, err := template.New("main").Funcs(template.FuncMap{"brackets": brackets}).Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func TestEscape(t *testing.T) {
	data := map[string]any{"T": "t", "L": []string{"1", "2", "3"}, "E": "", "N": []string{}}
	for source, want := range map[string]string{
		`text`:                         `text`,
		`{{.T}}`:                       `[t]`,
		`{{.T | print}}`:               `[t]`,
		`{{printf "%s-%s" .T "x"}}`:    `[t-x]`,
		`{{"constant"}}`:               `[constant]`,
		`{{/* comment */}}x`:           `x`,
		`{{$x := .T}}{{$x}}`:           `[t]`,
		`{{$x := 1}}{{$x = .T}}{{$x}}`: `[t]`,

		`{{if .T}}{{.T}}{{else}}no{{end}}`:                           `[t]`,
		`{{if .E}}no{{else}}{{.T}}{{end}}`:                           `[t]`,
		`{{if .E}}no{{else if .T}}{{.T}}{{end}}`:                     `[t]`,
		`{{range .L}}{{.}}{{end}}`:                                   `[1][2][3]`,
		`{{range $i, $x := .L}}{{$i}}{{$x}}{{end}}`:                  `[0][1][1][2][2][3]`,
		`{{range .N}}no{{else}}{{.T}}{{end}}`:                        `[t]`,
		`{{with .T}}{{.}}{{else}}no{{end}}`:                          `[t]`,
		`{{with .E}}no{{else}}{{.T}}{{end}}`:                         `[t]`,
		`{{with .E}}no{{else with .T}}{{.}}{{end}}`:                  `[t]`,
		`{{with .T}}{{range $.L}}{{if .}}{{.}}{{end}}{{end}}{{end}}`: `[1][2][3]`,

		`{{range .L}}{{if eq . "2"}}{{break}}{{end}}{{.}}{{end}}`:    `[1]`,
		`{{range .L}}{{if eq . "2"}}{{continue}}{{end}}{{.}}{{end}}`: `[1][3]`,

		`{{define "part"}}<{{.}}>{{end}}{{template "part" .T}}`:                                `<[t]>`,
		`{{define "part"}}<{{with .}}{{.}}{{end}}>{{end}}{{template "part" .T}}`:               `<[t]>`,
		`{{block "part" .T}}<{{.}}>{{end}}`:                                                    `<[t]>`,
		`{{define "a"}}{{.}}{{end}}{{define "b"}}{{template "a" .}}{{end}}{{template "b" .T}}`: `[t]`,
	} {
		tmpl := parsed(t, source)
		if err := Escape(tmpl, "brackets"); err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var out strings.Builder
		if err := tmpl.Execute(&out, data); err != nil {
			t.Errorf("%s: %v", source, err)
		} else if out.String() != want {
			t.Errorf("%s: rendered %q, want %q", source, out.String(), want)
		}
	}
}

// unknownNode is a node of a type that text/template does not have today.
type unknownNode struct{ parse.Node }

func TestEscapeRejectsUnknownNodes(t *testing.T) {
	for _, source := range []string{
		`MARK`,
		`{{if .}}MARK{{end}}`,
		`{{if .}}{{else}}MARK{{end}}`,
		`{{range .}}MARK{{end}}`,
		`{{with .}}MARK{{end}}`,
		`{{with .}}{{else}}MARK{{end}}`,
		`{{define "part"}}MARK{{end}}`,
		`{{block "part" .}}MARK{{end}}`,
	} {
		tmpl := parsed(t, source)
		replaced := 0
		for _, part := range tmpl.Templates() {
			replaced += replaceMark(part.Root)
		}
		if replaced != 1 {
			t.Fatalf("%s: %d nodes replaced", source, replaced)
		}
		if err := Escape(tmpl, "brackets"); err == nil || !strings.Contains(err.Error(), "templates.unknownNode") {
			t.Errorf("%s: error %v", source, err)
		}
	}
}

// replaceMark replaces each text node MARK with an unknown node and returns their number.
func replaceMark(list *parse.ListNode) (replaced int) {
	if list == nil {
		return 0
	}
	for i, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			if string(n.Text) == "MARK" {
				list.Nodes[i] = unknownNode{n}
				replaced++
			}
		case *parse.IfNode:
			replaced += replaceMark(n.List) + replaceMark(n.ElseList)
		case *parse.RangeNode:
			replaced += replaceMark(n.List) + replaceMark(n.ElseList)
		case *parse.WithNode:
			replaced += replaceMark(n.List) + replaceMark(n.ElseList)
		}
	}
	return replaced
}
