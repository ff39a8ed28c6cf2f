package tenantfile

import (
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

var (
	// plainText needs no quotes in any version of YAML, unless it is one of otherWords.
	plainText  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.@/+-]*( [A-Za-z0-9_.@/+-]+)*$`)
	otherWords = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n)$`)
	pemText    = regexp.MustCompile(`^-----BEGIN [A-Z0-9 ]+-----\n([A-Za-z0-9+/=]+\n)*-----END [A-Z0-9 ]+-----\n$`)
)

// textNode returns a text for export, in quotes if any YAML reader could read it as another type.
func textNode(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Style: yaml.DoubleQuotedStyle}
	switch {
	case pemText.MatchString(value):
		n.Style = yaml.LiteralStyle
	case plainText.MatchString(value) && !otherWords.MatchString(value):
		n.Style = 0
	}
	return n
}

// textOrNil returns a text for export, or nil if it is empty.
func textOrNil(value string) *yaml.Node {
	if value == "" {
		return nil
	}
	return textNode(value)
}

func textNodes[T ~string](values []T) []*yaml.Node {
	nodes := make([]*yaml.Node, len(values))
	for i, v := range values {
		nodes[i] = textNode(string(v))
	}
	return nodes
}

func numberNode(n int) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.Itoa(n)} }
