package android

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/java"
	"onramp/onboarding/devicesim/judge/xmldoc"
)

// node is a node of the OMA-DM tree: a leaf with a value, or an inner node with children.
type node struct {
	name     string
	leaf     bool
	value    string
	children []*node
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// readTree parses the profile part and returns its instance node, or nil after breaking a rule.
func readTree(j *judge.Findings, profile []byte) *node {
	if !utf8.Valid(profile) {
		j.Breaks(ruleUTF8, fmt.Sprintf("%d bytes", len(profile)))
		return nil
	}
	x := xmldoc.Reader{Takes11: true}
	root, err := x.Parse(profile)
	switch {
	case errors.Is(err, xmldoc.ErrTooBig):
		j.Breaks(ruleTooBig, err.Error())
		return nil
	case x.InternalDTD:
		j.Breaks(ruleDTD, "DOCTYPE with an internal subset")
		return nil
	case err != nil:
		j.Breaks(ruleXML, err.Error())
		return nil
	}
	if x.HasDoctype {
		j.Breaks(ruleDoctype, x.Doctype)
	}
	if root.Tag != "MgmtTree" {
		j.Breaks(ruleRoot, root.Tag)
		return nil
	}
	var instance *node
	verDTD, nodes := 0, 0
	for _, c := range root.Children {
		switch c.Tag {
		case "VerDTD":
			if verDTD++; verDTD > 1 {
				j.Breaks(ruleVerDTD, "duplicate VerDTD")
			}
		case "Node":
			if nodes++; nodes == 1 {
				instance = readPerProviderSubscription(j, c)
			}
		default:
			j.Breaks(ruleNode, "MgmtTree/"+c.Tag)
		}
	}
	if nodes != 1 {
		j.Breaks(ruleTopNode, fmt.Sprintf("%d nodes under MgmtTree", nodes))
	}
	return instance
}

const ppsURN = "urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0"

func readPerProviderSubscription(j *judge.Findings, e *xmldoc.Element) *node {
	const path = "PerProviderSubscription"
	var instance *node
	names, updates, instances := 0, 0, 0 // a missing name is accepted
	for _, c := range e.Children {
		switch c.Tag {
		case "NodeName":
			if names++; names > 1 {
				j.Breaks(ruleNode, path+": duplicate NodeName")
			}
			if name := java.Trim(c.Text); name != path {
				j.Breaks(ruleTopNode, name)
			}
		case "Node":
			n := buildNode(j, c, path)
			switch {
			case n == nil:
			case n.name == "UpdateIdentifier":
				if updates++; updates > 1 {
					j.Breaks(ruleDuplicateNode, path+"/UpdateIdentifier")
				}
				readInteger(j, n, path+"/UpdateIdentifier")
			default:
				if instances++; instances > 1 {
					j.Breaks(ruleInstance, n.name)
					continue
				}
				instance = n
			}
		case "RTProperties":
			if urn := readURN(c); urn != ppsURN {
				j.Breaks(ruleURN, urn)
			}
		default:
			j.Breaks(ruleNode, path+"/"+c.Tag)
		}
	}
	if instance == nil {
		if !j.Refused() {
			j.Breaks(ruleInstance, "none")
		}
		return nil
	}
	if instance.leaf {
		j.Breaks(ruleInstance, instance.name+" has a value")
		return nil
	}
	return instance
}

// readURN follows RTProperties, Type and DDFName, each the only child of its parent.
func readURN(e *xmldoc.Element) string {
	if len(e.Children) != 1 || e.Children[0].Tag != "Type" {
		return "RTProperties without exactly one Type"
	}
	t := e.Children[0]
	if len(t.Children) != 1 || t.Children[0].Tag != "DDFName" || len(t.Children[0].Children) != 0 {
		return "Type without exactly one DDFName"
	}
	return java.Trim(t.Children[0].Text)
}

// buildNode converts a Node element. It returns nil after breaking a rule.
func buildNode(j *judge.Findings, e *xmldoc.Element, path string) *node {
	n := &node{}
	hasName, hasValue, broken := false, false, false
	fail := func(r *judge.Rule, why string) {
		j.Breaks(r, why)
		broken = true
	}
	for _, c := range e.Children {
		if c.Tag == "NodeName" {
			if hasName {
				fail(ruleNode, path+": duplicate NodeName")
			}
			hasName, n.name = true, java.Trim(c.Text)
		}
	}
	here := path + "/" + n.name
	seen := map[string]bool{}
	for _, c := range e.Children {
		switch c.Tag {
		case "NodeName":
		case "Node":
			child := buildNode(j, c, here)
			if child == nil {
				broken = true
				continue
			}
			if seen[child.name] {
				fail(ruleDuplicateNode, here+"/"+child.name)
			}
			seen[child.name] = true
			n.children = append(n.children, child)
		case "Value":
			if hasValue {
				fail(ruleNode, here+": duplicate Value")
			}
			hasValue = true
			n.value = java.Trim(c.Text)
			if n.value != c.Text && n.value != "" && !strings.ContainsAny(c.Text, "\r\n") {
				j.Breaks(ruleTrimmed, here)
			}
		default:
			fail(ruleNode, here+"/"+c.Tag)
		}
	}
	switch {
	case !hasName:
		fail(ruleNode, path+": a Node without NodeName")
	case !hasValue && len(n.children) == 0 && !broken:
		fail(ruleNode, here+": neither Value nor Node")
	case hasValue && len(n.children) > 0:
		fail(ruleNode, here+": both Value and Node")
	}
	n.leaf = hasValue
	if broken {
		return nil
	}
	return n
}
