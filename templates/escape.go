package templates

import (
	"fmt"
	"text/template"
	"text/template/parse"
)

// Escape appends the function named escaper to every action of t and of its
// associated templates that prints a value, so that {{.Name}} becomes
// {{.Name | escaper}}. Assignments are unchanged, since they print nothing.
//
// The function must be in t's function map before t is parsed. Escape must be
// called once, after parsing; a second call escapes twice. It returns an error
// for a node type that it does not know, because an action below it would be
// printed unescaped.
func Escape(t *template.Template, escaper string) error {
	for _, part := range t.Templates() {
		if part.Tree == nil {
			continue
		}
		e := escaping{tree: part.Tree, escaper: escaper}
		if err := e.list(part.Root); err != nil {
			return fmt.Errorf("template %s: %w", part.Name(), err)
		}
	}
	return nil
}

// escaping is one call of Escape for one tree.
type escaping struct {
	tree    *parse.Tree
	escaper string
}

// list escapes the nodes of a list, which is nil for a missing {{else}}.
func (e escaping) list(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		if err := e.node(node); err != nil {
			return err
		}
	}
	return nil
}

func (e escaping) node(node parse.Node) error {
	switch n := node.(type) {
	case *parse.ListNode:
		return e.list(n)
	case *parse.ActionNode:
		e.action(n)
		return nil
	case *parse.IfNode:
		return e.branch(&n.BranchNode)
	case *parse.RangeNode:
		return e.branch(&n.BranchNode)
	case *parse.WithNode:
		return e.branch(&n.BranchNode)
	case *parse.TextNode, *parse.CommentNode, *parse.BreakNode, *parse.ContinueNode:
		return nil // prints no value
	case *parse.TemplateNode:
		return nil // the named template is escaped itself
	}
	return fmt.Errorf("cannot escape a node of type %T", node)
}

func (e escaping) branch(n *parse.BranchNode) error {
	if err := e.list(n.List); err != nil {
		return err
	}
	return e.list(n.ElseList)
}

func (e escaping) action(n *parse.ActionNode) {
	if len(n.Pipe.Decl) > 0 {
		return
	}
	function := parse.NewIdentifier(e.escaper).SetPos(n.Pos).SetTree(e.tree)
	n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{
		NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{function},
	})
}
