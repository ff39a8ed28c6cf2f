package server

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"onramp/templates"
)

// docsPage is what docs.html is given.
type docsPage struct {
	Title, Version, Summary, Server string
	Style                           template.CSS
	Intro                           []block
	Tags                            []*docsTag
	Schemas                         []docsSchema
}

type docsTag struct {
	Name, ID   string
	Intro      []block
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Who, Server string
	Text                                   []block
	Parameters                             []docsMember
	Body                                   []docsContent
	BodyOptional                           bool
	Answers                                []docsAnswer // what is asked for
	Errors                                 []docsAnswer
}

type docsAnswer struct {
	Status, Name string
	Text         []block
	Headers      []docsMember
	Contents     []docsContent
}

// docsContent is a body in one media type.
type docsContent struct {
	MediaType string
	Type      []typeWord
	Text      []block
	Members   []docsMember
	Examples  []docsExample
}

type docsExample struct{ Name, JSON string }

type docsSchema struct {
	Name    string
	Text    []block
	Type    []typeWord
	Facts   []fact
	Members []docsMember
}

// renderDocs makes the page. The style stands in it unchanged, so that its hash can be named in the page's policy.
func renderDocs(d *document, style string) ([]byte, error) {
	t, err := template.ParseFS(templates.OpenAPI, "openapi/docs.html")
	if err != nil {
		return nil, err
	}
	page := &docsPage{
		Title: d.Info.Title, Version: d.Info.Version, Summary: d.Info.Summary, Intro: prose(d.Info.Description), Style: template.CSS(style),
	}
	if len(d.Servers) > 0 {
		page.Server = d.Servers[0].URL
	}
	for _, tag := range d.Tags {
		page.Tags = append(page.Tags, &docsTag{Name: tag.Name, ID: "tag-" + strings.ToLower(tag.Name), Intro: prose(tag.Description)})
	}
	for _, path := range d.Paths {
		item := path.Value
		for _, o := range []struct {
			method string
			*operation
		}{{"GET", item.Get}, {"POST", item.Post}, {"PUT", item.Put}, {"DELETE", item.Delete}} {
			if o.operation == nil {
				continue
			}
			shown, err := d.docsOperation(path.Name, o.method, o.operation)
			if err != nil {
				return nil, err
			}
			if len(item.Servers) > 0 {
				shown.Server = item.Servers[0].URL
			}
			if err := page.add(o.Tags, shown); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range d.Components.Schemas {
		page.Schemas = append(page.Schemas, docsSchema{
			Name: s.Name, Text: prose(s.Value.Description), Type: d.typeOf(s.Value), Facts: facts(s.Value), Members: d.members(s.Value),
		})
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "docs.html", page); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// add puts an operation under its one tag.
func (p *docsPage) add(tags []string, o docsOperation) error {
	for _, t := range p.Tags {
		if len(tags) == 1 && t.Name == tags[0] {
			t.Operations = append(t.Operations, o)
			return nil
		}
	}
	return fmt.Errorf("%s: its tags %v are not one of the document's", o.ID, tags)
}

func (d *document) docsOperation(path, method string, o *operation) (docsOperation, error) {
	who, err := whoMayCall(o.Who, o.Scope)
	if err != nil {
		return docsOperation{}, fmt.Errorf("%s: %w", o.ID, err)
	}
	shown := docsOperation{ID: o.ID, Method: method, Path: path, Summary: o.Summary, Who: strings.ToUpper(who[:1]) + who[1:], Text: prose(o.Description)}
	for _, p := range o.Parameters {
		m := d.memberOf(p.Name, p.Schema)
		m.Place = p.In
		if p.Required && p.In != "path" { // a path's always is
			m.Notes = append(m.Notes, "required")
		}
		if p.Description != "" {
			m.Text = prose(p.Description)
		}
		if p.Example.Kind != 0 {
			m.Facts = append(m.Facts, fact{"for example", []string{inJSON(&p.Example)}})
		}
		shown.Parameters = append(shown.Parameters, m)
	}
	if o.Body != nil {
		shown.Body, shown.BodyOptional = d.contents(o.Body.Content), !o.Body.Required
	}
	for _, r := range o.Responses {
		status, err := strconv.Atoi(r.Name)
		if err != nil {
			return docsOperation{}, fmt.Errorf("%s: status %q", o.ID, r.Name)
		}
		a := docsAnswer{Status: r.Name, Name: http.StatusText(status), Text: prose(r.Value.Description)}
		if status >= 400 {
			shown.Errors = append(shown.Errors, a)
			continue
		}
		for _, h := range r.Value.Headers {
			m := d.memberOf(h.Name, h.Value.Schema)
			if h.Value.Description != "" {
				m.Text = prose(h.Value.Description)
			}
			a.Headers = append(a.Headers, m)
		}
		a.Contents = d.contents(r.Value.Content)
		shown.Answers = append(shown.Answers, a)
	}
	return shown, nil
}

func (d *document) contents(byType ordered[*mediaType]) []docsContent {
	var list []docsContent
	for _, m := range byType {
		c := docsContent{MediaType: m.Name}
		if m.Value.Schema != nil {
			c.Type, c.Members, c.Text = d.typeOf(m.Value.Schema), d.members(m.Value.Schema), prose(m.Value.Schema.Description)
		}
		if m.Value.Example.Kind != 0 {
			c.Examples = append(c.Examples, docsExample{JSON: indented(&m.Value.Example)})
		}
		for _, e := range m.Value.Examples {
			c.Examples = append(c.Examples, docsExample{e.Name, indented(&e.Value.Value)})
		}
		list = append(list, c)
	}
	return list
}

// indented is a node of YAML as JSON for people.
func indented(n *yaml.Node) string {
	var out strings.Builder
	writeJSON(&out, n, "\n")
	return out.String()
}
