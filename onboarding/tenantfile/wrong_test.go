package tenantfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// leaves calls visit with the value of each key of a node that is no mapping of the tables, and
// its path.
func leaves(path string, n *yaml.Node, table keys, visit func(path string, k *key, n *yaml.Node)) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := slices.Index(table.names(), n.Content[i].Value)
		if at < 0 {
			continue
		}
		k, v := &table[at], n.Content[i+1]
		below := strings.TrimPrefix(path+"."+k.name, ".")
		switch {
		case k.inner != nil && v.Kind == yaml.MappingNode:
			leaves(below, v, k.inner(), visit)
		case k.inner != nil && k.form.kind == kindMappings:
			for j, item := range v.Content {
				leaves(fmt.Sprintf("%s[%d]", below, j), item, k.inner(), visit)
			}
		default:
			visit(below, k, v)
		}
	}
}

// everyKeyWrong returns testdata/every.yaml with the value of each key replaced, and the path of
// each by its line. Each value is on a line of its own.
func everyKeyWrong(t *testing.T, wrong func(k *key) *yaml.Node) (text []byte, lines map[string]int) {
	t.Helper()
	var document yaml.Node
	count := 0
	if err := yaml.Unmarshal([]byte(readTestdata(t, "every.yaml")), &document); err != nil {
		t.Fatal(err)
	}
	leaves("", document.Content[0], topKeys(nil), func(_ string, k *key, n *yaml.Node) {
		if w := wrong(k); w != nil {
			*n = *w
			for _, v := range append([]*yaml.Node{n}, n.Content...) { // references must not fit
				if count++; v.Style == yaml.DoubleQuotedStyle {
					v.Value = fmt.Sprintf("%s %d", v.Value, count)
				}
			}
		}
	})
	unfold(document.Content[0])
	text, err := yaml.Marshal(&document)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	lines = map[string]int{}
	leaves("", document.Content[0], topKeys(nil), func(path string, k *key, n *yaml.Node) {
		if wrong(k) != nil {
			lines[path] = n.Line
		}
	})
	return text, lines
}

// unfold makes all mappings of a node blocks, so that each key has a line of its own.
func unfold(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		n.Style = 0
	}
	for _, v := range n.Content {
		unfold(v)
	}
}

// TestEveryKeyWrong checks that in a file in which every key is wrong, each wrong key has a
// diagnostic with its own line and path: none hides another.
func TestEveryKeyWrong(t *testing.T) {
	mapping := func(*key) *yaml.Node { // no value of a leaf is a mapping with such a key
		return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode("x y"), {Kind: yaml.SequenceNode}}}
	}
	control := func() *yaml.Node { // U+0007 is refused in every text
		return &yaml.Node{Kind: yaml.ScalarNode, Value: "a\u0007 b", Tag: "!!str", Style: yaml.DoubleQuotedStyle}
	}
	scalar := func(value, tag string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: value, Tag: tag}
	}
	for name, wrong := range map[string]func(k *key) *yaml.Node{
		"mappings": mapping,
		"values of the right type": func(k *key) *yaml.Node {
			switch k.form.kind {
			case kindText:
				if k.name == "secret" && len(k.form.words) > 0 {
					return scalar("not kept", "!!str")
				}
				return control()
			case kindTexts, kindFields:
				return &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{control()}}
			case kindByLanguage:
				return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode("en"), control()}}
			case kindNumber:
				return scalar("-7", "!!int")
			case kindDegrees:
				return scalar("1000", "!!int")
			case kindDuration, kindPeriod:
				return scalar("-1h", "!!str")
			}
			return nil // true or false, text by name
		},
	} {
		text, lines := everyKeyWrong(t, wrong)
		refused := errorsOnly(Parse("f.yaml", text, schemaEnvironment(t)))
		for path, line := range lines {
			if !slices.ContainsFunc(refused, func(d Diagnostic) bool {
				return within(d.Field, path) && d.Line >= line && d.Line <= line+1
			}) {
				t.Errorf("%s: %s, line %d, has no diagnostic", name, path, line)
			}
		}
		if len(lines) < 100 {
			t.Errorf("%s: only %d keys are wrong", name, len(lines))
		}
	}
}

// TestEveryKeyUnknown checks that in a file in which each key without keys below it is misspelled,
// each has a diagnostic with its own line.
func TestEveryKeyUnknown(t *testing.T) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(readTestdata(t, "every.yaml")), &document); err != nil {
		t.Fatal(err)
	}
	var misspelled []*yaml.Node
	var misspell func(n *yaml.Node, table keys)
	misspell = func(n *yaml.Node, table keys) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, v := n.Content[i], n.Content[i+1]
			k := &table[slices.Index(table.names(), name.Value)]
			switch k.form.kind {
			case kindMapping:
				misspell(v, k.inner())
			case kindMappings:
				for _, item := range v.Content {
					misspell(item, k.inner())
				}
			default:
				name.Value = "zz" + name.Value
				misspelled = append(misspelled, name)
			}
		}
	}
	misspell(document.Content[0], topKeys(nil))
	unfold(document.Content[0])
	text, err := yaml.Marshal(&document)
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]bool{}
	for i, line := range strings.Split(string(text), "\n") {
		if name, _, ok := strings.Cut(strings.TrimLeft(line, " -"), ":"); ok && strings.HasPrefix(name, "zz") {
			at[fmt.Sprintf("%d %s", i+1, name)] = true
		}
	}
	for _, d := range Parse("f.yaml", text, schemaEnvironment(t)).Diagnostics {
		if d.Rule == "unknown-key" {
			delete(at, fmt.Sprintf("%d %s", d.Line, d.Field[strings.LastIndexByte(d.Field, '.')+1:]))
		}
	}
	if len(misspelled) < 100 || len(at) > 0 {
		t.Errorf("of %d misspelled keys these have no diagnostic: %v", len(misspelled), at)
	}
}
