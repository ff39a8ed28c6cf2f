package server

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/net/html"
)

// TestDocsPage: the page is whole without anything else, allows nothing else, and leads everywhere that it says.
func TestDocsPage(t *testing.T) {
	h := newHouse(t)
	a := h.get("/docs", "").want(http.StatusOK)
	root, err := html.Parse(strings.NewReader(string(a.raw)))
	if err != nil {
		t.Fatal(err)
	}
	ids, links, styles := map[string]int{}, map[string]bool{}, 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "img", "iframe", "object", "embed", "form":
			t.Errorf("the page has a <%s>", n.Data)
		case "style":
			styles++
			sum := sha256.Sum256([]byte(n.FirstChild.Data))
			if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(a.header.Get("Content-Security-Policy"), want) {
				t.Errorf("the policy %s lacks %s", a.header.Get("Content-Security-Policy"), want)
			}
			if strings.Contains(n.FirstChild.Data, "url(") || strings.Contains(n.FirstChild.Data, "@import") {
				t.Error("the style loads something")
			}
		}
		for _, at := range n.Attr {
			switch {
			case at.Key == "id":
				ids[at.Val]++
			case at.Key == "href":
				links[at.Val] = true
			case at.Key == "style" || strings.HasPrefix(at.Key, "on") || at.Key == "src":
				t.Errorf("<%s %s>", n.Data, at.Key)
			}
		}
	}
	if styles != 1 || !strings.HasPrefix(a.header.Get("Content-Security-Policy"), "default-src 'none'; ") || a.header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("%d styles, %v", styles, a.header)
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d things are called %s", n, id)
		}
	}
	for link := range links {
		if id, here := strings.CutPrefix(link, "#"); here && ids[id] == 0 {
			t.Errorf("%s leads nowhere", link)
		} else if !here && link != "/openapi.yaml" && link != "data:," {
			t.Errorf("%s leads away", link)
		}
	}
	eachOperation(t, func(name string, _ *openapi3.PathItem, o *openapi3.Operation) {
		if ids[o.OperationID] != 1 || !links["#"+o.OperationID] {
			t.Errorf("%s is not on the page", name)
		}
	})
	spec, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	for name := range spec.Components.Schemas {
		if ids["schema-"+name] != 1 {
			t.Errorf("the schema %s is not on the page", name)
		}
	}
}

// TestDocsExamples: what the page shows as an example is JSON that fits its schema, in YAML's order.
func TestDocsExamples(t *testing.T) {
	files, err := openAPIFiles()
	if err != nil {
		t.Fatal(err)
	}
	root, err := mergeYAML(files)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(node *yaml.Node)
	walk = func(node *yaml.Node) {
		if example := member(node, "example"); example != nil {
			n++
			for _, text := range []string{indented(example), inJSON(example)} {
				var got, want any
				if err := json.Unmarshal([]byte(text), &got); err != nil {
					t.Errorf("%v in %s", err, text)
				}
				if err := example.Decode(&want); err != nil {
					t.Fatal(err)
				}
				// The same by way of Go's own encoder.
				again, err := json.Marshal(want)
				if err != nil {
					t.Fatal(err)
				}
				want = nil
				if err := json.Unmarshal(again, &want); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
			}
		}
		for _, c := range node.Content {
			walk(c)
		}
	}
	walk(root)
	if n < 20 {
		t.Errorf("only %d examples", n)
	}
	var hostile yaml.Node
	if err := yaml.Unmarshal([]byte(`{"b\"": ["\\", "x\ny\t"], a: {}, n: [], d: [{e: 1.5}], t: "true", y: ~}`), &hostile); err != nil {
		t.Fatal(err)
	}
	if got, want := inJSON(hostile.Content[0]), `{"b\"": ["\\", "x\ny\t"], "a": {}, "n": [], "d": [{"e": 1.5}], "t": "true", "y": ~}`; got != strings.Replace(want, "~", "null", 1) {
		t.Errorf("%s", got)
	}
	if got, want := indented(hostile.Content[0].Content[7]), "[\n  {\n    \"e\": 1.5\n  }\n]"; got != want {
		t.Errorf("%s", got)
	}
}

func TestProse(t *testing.T) {
	got := prose("One `a` two\nlines.\n\n## Some, head\n\n- first\n  goes on\n- second `x`\n\n\nEnd\n")
	want := []block{
		{Lines: [][]span{{{"One ", false}, {"a", true}, {" two lines.", false}}}},
		{Heading: "Some, head", ID: "some-head"},
		{List: true, Lines: [][]span{{{"first goes on", false}}, {{"second ", false}, {"x", true}}}},
		{Lines: [][]span{{{"End", false}}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if prose("  \n") != nil {
		t.Error("nothing is something")
	}
}

// TestDocsRefusals: a document that the page cannot show is an error, not a page with a hole.
func TestDocsRefusals(t *testing.T) {
	const head = "info: {title: T}\ntags: [{name: A}]\ncomponents: {schemas: {S: {type: string}}}\n"
	for name, text := range map[string]string{
		"an unknown parameter": "paths: {/a: {get: {operationId: a, tags: [A], x-onramp-who: anybody, parameters: [{$ref: '#/components/parameters/P'}]}}}",
		"an unknown answer":    "paths: {/a: {get: {operationId: a, tags: [A], x-onramp-who: anybody, responses: {'200': {$ref: '#/components/responses/R'}}}}}",
		"another kind":         "paths: {/a: {get: {operationId: a, tags: [A], x-onramp-who: anybody, responses: {'200': {$ref: '#/components/schemas/S'}}}}}",
		"an unknown body":      "paths: {/a: {put: {operationId: a, tags: [A], x-onramp-who: anybody, requestBody: {$ref: '#/components/requestBodies/B'}}}}",
		"an unknown header":    "paths: {/a: {get: {operationId: a, tags: [A], x-onramp-who: anybody, responses: {'200': {headers: {H: {$ref: '#/components/headers/H'}}}}}}}",
		"an unknown schema":    "paths: {/a: {get: {operationId: a, tags: [A], x-onramp-who: anybody, responses: {'200': {content: {text/html: {schema: {$ref: '#/components/schemas/X'}}}}}}}}",
		"an unknown tag":       "paths: {/a: {get: {operationId: a, tags: [B], x-onramp-who: anybody}}}",
		"nobody":               "paths: {/a: {get: {operationId: a, tags: [A]}}}",
		"a status":             "paths: {/a: {get: {operationId: a, tags: [A], x-onramp-who: anybody, responses: {default: {description: D}}}}}",
		"paths in a list":      "paths: [a]",
	} {
		root, err := mergeYAML([][]byte{[]byte(head), []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		d, err := readDocument(root)
		if err == nil {
			_, err = renderDocs(d, "")
		}
		if err == nil {
			t.Errorf("%s: shown", name)
		}
	}
}
