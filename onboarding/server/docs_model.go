package server

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is the OpenAPI document as the page needs it.
type document struct {
	Info struct {
		Title, Version, Summary, Description string
	}
	Servers    []apiServer
	Tags       []apiTag
	Paths      ordered[pathItem]
	Components struct {
		Schemas       ordered[*schema]
		Parameters    map[string]*parameter
		Responses     map[string]*response
		RequestBodies map[string]*requestBody `yaml:"requestBodies"`
		Headers       map[string]*parameter
	}
}

type apiServer struct{ URL, Description string }

type apiTag struct{ Name, Description string }

type pathItem struct {
	Parameters             []*parameter
	Servers                []apiServer
	Get, Put, Post, Delete *operation
}

type operation struct {
	Tags        []string
	ID          string `yaml:"operationId"`
	Summary     string
	Description string
	Deprecated  bool
	Parameters  []*parameter
	Body        *requestBody `yaml:"requestBody"`
	Responses   ordered[*response]
	Who         string `yaml:"x-onramp-who"`
	Scope       string `yaml:"x-onramp-scope"`
}

// parameter is also a header of an answer, which has no place of its own.
type parameter struct {
	Ref         string `yaml:"$ref"`
	Name, In    string
	Description string
	Required    bool
	Schema      *schema
	Example     yaml.Node
}

type requestBody struct {
	Ref      string `yaml:"$ref"`
	Required bool
	Content  ordered[*mediaType]
}

type response struct {
	Ref         string `yaml:"$ref"`
	Description string
	Headers     ordered[*parameter]
	Content     ordered[*mediaType]
}

type mediaType struct {
	Schema   *schema
	Example  yaml.Node
	Examples ordered[struct{ Value yaml.Node }]
}

// schema holds the keywords of JSON Schema that our document uses.
type schema struct {
	Ref                          string `yaml:"$ref"`
	Type                         typeNames
	Format, Pattern, Description string
	ContentEncoding              string `yaml:"contentEncoding"`
	Enum                         []yaml.Node
	Const, Default               yaml.Node
	Examples                     []yaml.Node
	Deprecated                   bool
	Properties                   ordered[*schema]
	Required                     []string
	AdditionalProperties         openness `yaml:"additionalProperties"`
	Items                        *schema
	OneOf                        []*schema `yaml:"oneOf"`
	AllOf                        []*schema `yaml:"allOf"`
	Minimum, Maximum             *float64
	MinLength                    *int `yaml:"minLength"`
	MaxLength                    *int `yaml:"maxLength"`
	MinItems                     *int `yaml:"minItems"`
	MaxItems                     *int `yaml:"maxItems"`
}

// typeNames is one name or several.
type typeNames []string

func (t *typeNames) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = []string{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

// openness is what additionalProperties says: a schema for them, or whether there may be any.
type openness struct {
	closed bool
	schema *schema
}

func (o *openness) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		o.closed = n.Value == "false"
		return nil
	}
	return n.Decode(&o.schema)
}

// ordered is a mapping in the order in which it was written.
type ordered[T any] []entry[T]

type entry[T any] struct {
	Name  string
	Value T
}

func (o *ordered[T]) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: not a mapping", n.Line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := entry[T]{Name: n.Content[i].Value}
		if err := n.Content[i+1].Decode(&e.Value); err != nil {
			return err
		}
		*o = append(*o, e)
	}
	return nil
}

func (o ordered[T]) get(name string) (value T, ok bool) {
	for _, e := range o {
		if e.Name == name {
			return e.Value, true
		}
	}
	return value, false
}

// readDocument reads the merged document and puts what $ref names in its place, but for schemas: the page links those.
func readDocument(root *yaml.Node) (*document, error) {
	if err := checkSchemaRefs(root, root); err != nil {
		return nil, err
	}
	d := &document{}
	if err := root.Decode(d); err != nil {
		return nil, err
	}
	for i := range d.Paths {
		item := &d.Paths[i].Value
		for _, o := range []*operation{item.Get, item.Put, item.Post, item.Delete} {
			if o == nil {
				continue
			}
			o.Parameters = append(append([]*parameter{}, item.Parameters...), o.Parameters...)
			if err := d.resolve(o); err != nil {
				return nil, fmt.Errorf("%s: %w", o.ID, err)
			}
		}
	}
	return d, nil
}

// checkSchemaRefs requires that every schema that is named is there.
func checkSchemaRefs(root, n *yaml.Node) error {
	if ref := member(n, "$ref"); ref != nil && strings.HasPrefix(ref.Value, schemaPrefix) {
		if member(member(member(root, "components"), "schemas"), schemaName(ref.Value)) == nil {
			return fmt.Errorf("%s names nothing", ref.Value)
		}
	}
	for _, c := range n.Content {
		if err := checkSchemaRefs(root, c); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) resolve(o *operation) error {
	for i := range o.Parameters {
		if err := resolve(&o.Parameters[i], o.Parameters[i].Ref, "parameters", d.Components.Parameters); err != nil {
			return err
		}
	}
	if o.Body != nil {
		if err := resolve(&o.Body, o.Body.Ref, "requestBodies", d.Components.RequestBodies); err != nil {
			return err
		}
	}
	for i := range o.Responses {
		r := &o.Responses[i].Value
		if err := resolve(r, (*r).Ref, "responses", d.Components.Responses); err != nil {
			return err
		}
		for j := range (*r).Headers {
			h := &(*r).Headers[j].Value
			if err := resolve(h, (*h).Ref, "headers", d.Components.Headers); err != nil {
				return err
			}
		}
	}
	return nil
}

// resolve puts what a $ref names into its place; an empty one is none.
func resolve[T any](place **T, ref, part string, components map[string]*T) error {
	if ref == "" {
		return nil
	}
	name, ok := strings.CutPrefix(ref, "#/components/"+part+"/")
	if ok {
		*place, ok = components[name]
	}
	if !ok || *place == nil {
		return fmt.Errorf("%s is not among the %s", ref, part)
	}
	return nil
}

const schemaPrefix = "#/components/schemas/"

// schemaName is the name of the schema that a $ref names.
func schemaName(ref string) string { return strings.TrimPrefix(ref, schemaPrefix) }

// schema follows a $ref.
func (d *document) schema(s *schema) *schema {
	if s == nil || s.Ref == "" {
		return s
	}
	named, _ := d.Components.Schemas.get(schemaName(s.Ref))
	return named
}
