package devicesim

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// node is a node of the OMA-DM tree: a leaf with a value or an inner node with children.
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

// readAndroidTree turns the profile part into its one instance node, nil when a rule forbids that.
func readAndroidTree(j *judge, profile []byte) *node {
	if !utf8.Valid(profile) {
		j.breaks(androidUTF8, fmt.Sprintf("%d bytes", len(profile)))
		return nil
	}
	x := xmlReader{takes11: true}
	root, err := x.parse(profile)
	switch {
	case errors.Is(err, errTooBig):
		j.breaks(androidTooBig, err.Error())
		return nil
	case x.internalDTD:
		j.breaks(androidDTD, "a DOCTYPE with an internal subset")
		return nil
	case err != nil:
		j.breaks(androidXML, err.Error())
		return nil
	}
	if x.hasDoctype {
		j.breaks(androidDoctype, x.doctype)
	}
	if root.tag != "MgmtTree" {
		j.breaks(androidRoot, root.tag)
		return nil
	}
	var instance *node
	verDTD, nodes := 0, 0
	for _, c := range root.children {
		switch c.tag {
		case "VerDTD":
			if verDTD++; verDTD > 1 {
				j.breaks(androidVerDTD, "VerDTD twice")
			}
		case "Node":
			if nodes++; nodes == 1 {
				instance = readPerProviderSubscription(j, c)
			}
		default:
			j.breaks(androidNode, "MgmtTree/"+c.tag)
		}
	}
	if nodes != 1 {
		j.breaks(androidTopNode, fmt.Sprintf("%d nodes under MgmtTree", nodes))
	}
	return instance
}

const ppsURN = "urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0"

func readPerProviderSubscription(j *judge, e *element) *node {
	const path = "PerProviderSubscription"
	var instance *node
	names, updates, instances := 0, 0, 0 // no name at all is taken
	for _, c := range e.children {
		switch c.tag {
		case "NodeName":
			if names++; names > 1 {
				j.breaks(androidNode, path+": NodeName twice")
			}
			if name := trimControls(c.text); name != path {
				j.breaks(androidTopNode, name)
			}
		case "Node":
			n := buildNode(j, c, path)
			switch {
			case n == nil:
			case n.name == "UpdateIdentifier":
				if updates++; updates > 1 {
					j.breaks(androidDuplicateNode, path+"/UpdateIdentifier")
				}
				readInteger(j, n, path+"/UpdateIdentifier")
			default:
				if instances++; instances > 1 {
					j.breaks(androidInstance, n.name)
					continue
				}
				instance = n
			}
		case "RTProperties":
			if urn := readURN(c); urn != ppsURN {
				j.breaks(androidURN, urn)
			}
		default:
			j.breaks(androidNode, path+"/"+c.tag)
		}
	}
	if instance == nil {
		if !j.refused() {
			j.breaks(androidInstance, "none")
		}
		return nil
	}
	if instance.leaf {
		j.breaks(androidInstance, instance.name+" has a value")
		return nil
	}
	return instance
}

// readURN walks RTProperties, Type and DDFName, each the only child of the one before.
func readURN(e *element) string {
	if len(e.children) != 1 || e.children[0].tag != "Type" {
		return "RTProperties without exactly one Type"
	}
	t := e.children[0]
	if len(t.children) != 1 || t.children[0].tag != "DDFName" || len(t.children[0].children) != 0 {
		return "Type without exactly one DDFName"
	}
	return trimControls(t.children[0].text)
}

// buildNode flattens a Node element. It returns nil after it has reported why the element is no node.
func buildNode(j *judge, e *element, path string) *node {
	n := &node{}
	hasName, hasValue, broken := false, false, false
	fail := func(r *Rule, why string) {
		j.breaks(r, why)
		broken = true
	}
	for _, c := range e.children {
		if c.tag == "NodeName" {
			if hasName {
				fail(androidNode, path+": NodeName twice")
			}
			hasName, n.name = true, trimControls(c.text)
		}
	}
	here := path + "/" + n.name
	seen := map[string]bool{}
	for _, c := range e.children {
		switch c.tag {
		case "NodeName":
		case "Node":
			child := buildNode(j, c, here)
			if child == nil {
				broken = true
				continue
			}
			if seen[child.name] {
				fail(androidDuplicateNode, here+"/"+child.name)
			}
			seen[child.name] = true
			n.children = append(n.children, child)
		case "Value":
			if hasValue {
				fail(androidNode, here+": Value twice")
			}
			hasValue = true
			n.value = trimControls(c.text)
			if n.value != c.text && n.value != "" && !strings.ContainsAny(c.text, "\r\n") {
				j.breaks(androidTrimmed, here)
			}
		default:
			fail(androidNode, here+"/"+c.tag)
		}
	}
	switch {
	case !hasName:
		fail(androidNode, path+": a Node without NodeName")
	case !hasValue && len(n.children) == 0 && !broken:
		fail(androidNode, here+": neither Value nor Node")
	case hasValue && len(n.children) > 0:
		fail(androidNode, here+": both Value and Node")
	}
	n.leaf = hasValue
	if broken {
		return nil
	}
	return n
}
