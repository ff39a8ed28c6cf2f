package apidocs

import (
	"bytes"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"onramp/templates"
)

// Site serves the documentation. It is safe for concurrent use.
type Site struct {
	files   map[string]*file // by path
	missing *file
	assets  *assets
}

// page holds the values of the templates in templates/docs.
type page struct {
	Title           string
	Styles, Scripts []string // addresses
	Guides          []*guide
	Body            template.HTML
}

// Content holds the documents that are generated from the code.
type Content struct {
	OpenAPI      []byte // the OpenAPI document in YAML
	TenantSchema []byte // the JSON Schema of a tenant file
	TenantKeys   []byte // the guide tenant-keys in Markdown
}

// New renders the documentation.
func New(c Content) (*Site, error) {
	assets, err := readAssets(templates.Docs)
	if err != nil {
		return nil, err
	}
	guides, err := readGuides(templates.Docs, map[string][]byte{"tenant-keys": c.TenantKeys})
	if err != nil {
		return nil, err
	}
	s := &Site{
		files: map[string]*file{
			"/openapi.yaml":       newFile("application/yaml", c.OpenAPI), // RFC 9512
			"/schema/tenant.json": newFile("application/schema+json", c.TenantSchema),
		},
		assets: assets,
	}
	style := []string{assets.address("docs.css")}
	index, err := render(templates.Docs, "index", &page{Title: "Documentation", Styles: style, Guides: guides},
		textPolicy)
	if err != nil {
		return nil, err
	}
	s.files["/docs"] = index
	s.files["/docs/api"], err = render(templates.Docs, "reference", &page{
		Title:   "API reference",
		Styles:  []string{assets.address("swagger-ui/swagger-ui.css"), style[0], assets.address("reference.css")},
		Scripts: []string{assets.address("swagger-ui/swagger-ui-bundle.js"), assets.address("reference.js")},
	}, referencePolicy)
	if err != nil {
		return nil, err
	}
	for _, g := range guides {
		p := &page{Title: g.Title, Styles: style, Body: g.body}
		if s.files["/docs/"+g.Name], err = render(templates.Docs, "guide", p, textPolicy); err != nil {
			return nil, err
		}
	}
	s.missing, err = render(templates.Docs, "missing", &page{Title: "Page not found", Styles: style}, textPolicy)
	return s, err
}

// render returns a page of templates/docs.
func render(files fs.FS, name string, p *page, policy string) (*file, error) {
	t, err := template.ParseFS(files, "docs/layout.html", "docs/"+name+".html")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "layout.html", p); err != nil {
		return nil, err
	}
	f := newFile("text/html; charset=UTF-8", out.Bytes())
	f.policy = policy
	return f, nil
}

// ServeHTTP answers GET and HEAD for every address of the documentation. An unknown address is
// answered with 404 and a page that links to the index.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, assetsPath); ok {
		if f := s.assets.find(name); f != nil {
			f.serve(w, r)
			return
		}
	} else if f := s.files[r.URL.Path]; f != nil {
		f.serve(w, r)
		return
	}
	s.missing.serveMissing(w)
}
