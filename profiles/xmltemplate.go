package profiles

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"text/template"
	"text/template/parse"

	"onramp/templates"
)

// xmlTemplate parses an embedded template so that every value it prints is
// escaped for XML, text and attributes alike, whatever its author wrote.
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
	for _, part := range t.Templates() {
		if part.Tree != nil {
			escapeNodes(part.Tree, part.Tree.Root)
		}
	}
	return t
}

const escaper = "escapeXML"

// escapeNodes appends the escaper to the pipeline of every action that prints.
func escapeNodes(tree *parse.Tree, node parse.Node) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			escapeNodes(tree, child)
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			escape := parse.NewIdentifier(escaper).SetPos(n.Pos).SetTree(tree)
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{escape}})
		}
	case *parse.IfNode:
		escapeNodes(tree, n.List)
		escapeNodes(tree, n.ElseList)
	case *parse.RangeNode:
		escapeNodes(tree, n.List)
		escapeNodes(tree, n.ElseList)
	case *parse.WithNode:
		escapeNodes(tree, n.List)
		escapeNodes(tree, n.ElseList)
	}
}

func escapeXML(value any) (string, error) {
	var b bytes.Buffer
	text := fmt.Sprint(value)
	if problem := textProblem(text, true); problem != "" {
		return "", fmt.Errorf("a value %s", problem)
	}
	err := xml.EscapeText(&b, []byte(text))
	return b.String(), err
}

// render executes a template into bytes.
func render(t *template.Template, data any) ([]byte, error) {
	var b bytes.Buffer
	err := t.Execute(&b, data)
	return b.Bytes(), err
}
