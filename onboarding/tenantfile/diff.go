package tenantfile

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

// Edit is one difference between two declarations of an organization: a value that is added,
// removed or changed. Its values are shortened for people and hold no secret.
type Edit struct {
	Field         string // such as locations[Via Roma].hotspots[Hall].mac
	Before, After string // "" for none
}

// String formats an edit in one line: "+ FIELD: AFTER", "- FIELD: BEFORE" or "~ FIELD: BEFORE ->
// AFTER".
func (e Edit) String() string {
	switch {
	case e.Before == "":
		return "+ " + e.Field + ": " + e.After
	case e.After == "":
		return "- " + e.Field + ": " + e.Before
	}
	return "~ " + e.Field + ": " + e.Before + " -> " + e.After
}

// Diff returns the differences between two declarations of an organization, in the order of the
// keys; before may be nil.
func Diff(before, after *onboarding.Organization) []Edit {
	var d differ
	was := &yaml.Node{Kind: yaml.MappingNode}
	if before != nil {
		was = organizationKeys(before).node(0)
	}
	d.mappings("", was, organizationKeys(after).node(0))
	if before != nil {
		d.secrets(before, after)
	}
	return d.edits
}

type differ struct{ edits []Edit }

func (d *differ) add(field string, before, after *yaml.Node) {
	d.edits = append(d.edits, Edit{field, brief(before), brief(after)})
}

// compare compares two nodes, of which one may be nil.
func (d *differ) compare(field string, before, after *yaml.Node) {
	one := before
	if one == nil {
		one = after
	}
	switch {
	case before != nil && after != nil && before.Kind != after.Kind:
		d.add(field, before, after)
	case one.Kind == yaml.MappingNode:
		d.mappings(field, orEmpty(before), orEmpty(after))
	case one.Kind == yaml.SequenceNode && hasLabels(before) && hasLabels(after):
		d.lists(field, orEmpty(before), orEmpty(after))
	case before == nil || after == nil || flat(before) != flat(after):
		d.add(field, before, after)
	}
}

func orEmpty(n *yaml.Node) *yaml.Node {
	if n == nil {
		return &yaml.Node{}
	}
	return n
}

func (d *differ) mappings(field string, before, after *yaml.Node) {
	for i := 0; i+1 < len(after.Content); i += 2 {
		name := after.Content[i].Value
		d.compare(strings.TrimPrefix(field+"."+name, "."), member(before, name), after.Content[i+1])
	}
	for i := 0; i+1 < len(before.Content); i += 2 {
		if name := before.Content[i].Value; member(after, name) == nil {
			d.compare(strings.TrimPrefix(field+"."+name, "."), before.Content[i+1], nil)
		}
	}
}

// lists compares two lists of mappings, whose entries are matched by their labels.
func (d *differ) lists(field string, before, after *yaml.Node) {
	was, is := labels(before), labels(after)
	for i, label := range is {
		at := field + "[" + shownLabel(after, i) + "]"
		if j := slices.Index(was, label); j >= 0 {
			d.compare(at, before.Content[j], after.Content[i])
		} else {
			d.compare(at, nil, after.Content[i])
		}
	}
	for j, label := range was {
		if !slices.Contains(is, label) {
			d.compare(field+"["+shownLabel(before, j)+"]", before.Content[j], nil)
		}
	}
	stay := func(all, others []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(label string) bool { return !slices.Contains(others, label) })
	}
	if old, now := stay(was, is), stay(is, was); !slices.Equal(old, now) {
		d.edits = append(d.edits, Edit{field, "order " + strings.Join(old, ", "), strings.Join(now, ", ")})
	}
}

// secrets adds the secrets that are replaced, which the nodes show as kept.
func (d *differ) secrets(before, after *onboarding.Organization) {
	const old, now = "a secret", "another secret"
	for i := range after.Locations {
		for j := range after.Locations[i].Hotspots {
			h := &after.Locations[i].Hotspots[j]
			if _, was := before.Hotspot(h.ID); was != nil && was.Secret != nil && h.Secret != nil &&
				(was.Secret.KeyID != h.Secret.KeyID || !bytes.Equal(was.Secret.Box, h.Secret.Box)) {
				field := fmt.Sprintf("locations[%s].hotspots[%s].secret", after.Locations[i].Name, h.Name)
				d.edits = append(d.edits, Edit{field, old, now})
			}
		}
	}
	if was, is := before.Portal.Grant, after.Portal.Grant; was != nil && is != nil && was.KeyName != "" &&
		is.KeyName != "" && was.KeyName != is.KeyName {
		d.edits = append(d.edits, Edit{"portal.grant.key", old, now})
	}
}

// member returns the value of a key, or nil.
func member(mapping *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// labelOf returns the value by which an entry of a list is recognized: its id, its key or its name.
// ok is false for an entry without one.
func labelOf(n *yaml.Node) (text string, ok bool) {
	if n.Kind == yaml.ScalarNode {
		return n.Value, false
	}
	for _, name := range []string{"id", "key", "name"} {
		if v := member(n, name); v != nil && v.Kind == yaml.ScalarNode {
			return v.Value, true
		}
	}
	return "", false
}

// hasLabels reports whether the entries of a list are mappings with different labels; nil has.
func hasLabels(list *yaml.Node) bool {
	if list == nil {
		return true
	}
	seen := map[string]bool{}
	for _, n := range list.Content {
		text, ok := labelOf(n)
		if !ok || seen[text] {
			return false
		}
		seen[text] = true
	}
	return true
}

func labels(list *yaml.Node) []string {
	all := make([]string, len(list.Content))
	for i, n := range list.Content {
		all[i], _ = labelOf(n)
	}
	return all
}

// shownLabel returns the name of the i-th entry of a list, or its label if the name is not its own
// alone.
func shownLabel(list *yaml.Node, i int) string {
	text, _ := labelOf(list.Content[i])
	name := member(list.Content[i], "name")
	if name == nil {
		return text
	}
	for j, other := range list.Content {
		if n := member(other, "name"); j != i && n != nil && n.Value == name.Value {
			return text
		}
	}
	return name.Value
}

// flat returns a value as one line of YAML.
func flat(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	line := *n
	line.Style = yaml.FlowStyle
	text, err := yaml.Marshal(&line)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}

// maxBrief limits the characters of a value that an edit shows.
const maxBrief = 100

// brief returns a value for an edit: a certificate by its subject, a long text by its beginning.
func brief(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	text := flat(n)
	if n.Kind == yaml.SequenceNode && strings.Contains(text, "-----BEGIN CERTIFICATE-----") {
		names := make([]string, len(n.Content))
		for i, item := range n.Content {
			names[i] = brief(item)
		}
		return "[" + strings.Join(names, ", ") + "]"
	}
	if n.Kind == yaml.ScalarNode {
		switch {
		case text == "kept":
			return "a secret"
		case strings.Contains(text, "-----BEGIN CERTIFICATE-----"):
			return certificateName(text)
		case n.Tag == "!!str" && (n.Style != 0 || text == ""):
			text = strconv.Quote(text)
		}
	}
	if r := []rune(text); len(r) > maxBrief {
		return fmt.Sprintf("%s... (%d characters)", string(r[:maxBrief]), len(r))
	}
	return text
}

// certificateName returns the subject and the end of the first certificate in PEM.
func certificateName(text string) string {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return "a certificate"
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "a certificate"
	}
	return fmt.Sprintf("certificate %q until %s", c.Subject, c.NotAfter.UTC().Format("2006-01-02"))
}
