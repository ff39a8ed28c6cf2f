package freeradius

import (
	"bytes"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"

	"onramp/onboarding"
	"onramp/templates"
)

// word is a reference or keyword of FreeRADIUS's own, printed as it is. It is never made from a value that comes from outside.
type word string

// expanded is a text that FreeRADIUS expands when it uses it: a per cent sign is doubled.
type expanded string

// print is the form of a value in a configuration file.
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
	return "", fmt.Errorf("a value of type %T has no form in a configuration", value)
}

// quote returns the text as one word.
func quote(text string) (string, error) { return onboarding.FreeRADIUSWord(text) }

const printer = "print"

// render executes a template, each value of which is printed by print without the template saying so.
func render(name string, data any) ([]byte, error) {
	source, err := fs.ReadFile(templates.FreeRADIUS, "freeradius/"+name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{printer: print}).Parse(string(source))
	if err != nil {
		return nil, err
	}
	printAll(t.Tree, t.Root)
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// printAll appends the printer to every action that prints.
func printAll(tree *parse.Tree, node parse.Node) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			printAll(tree, child)
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			p := parse.NewIdentifier(printer).SetPos(n.Pos).SetTree(tree)
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{p}})
		}
	case *parse.IfNode:
		printAll(tree, n.List)
		printAll(tree, n.ElseList)
	case *parse.RangeNode:
		printAll(tree, n.List)
		printAll(tree, n.ElseList)
	}
}
