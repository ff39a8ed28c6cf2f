package apidocs

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// guide is a file of templates/guides: a heading of level 1, a paragraph that sums it up, and the
// rest.
type guide struct {
	Name    string // of the file, without its extension
	Title   string // the heading
	Summary string // the paragraph
	body    template.HTML
}

// readGuides renders all guides, those of files and generated ones by name, in the order of their
// names, except getting-started, which comes first.
func readGuides(files fs.FS, generated map[string][]byte) ([]*guide, error) {
	names, err := fs.Glob(files, "guides/*.md")
	if err != nil {
		return nil, err
	}
	sources := maps.Clone(generated)
	for _, name := range names {
		if sources[strings.TrimSuffix(path.Base(name), ".md")], err = fs.ReadFile(files, name); err != nil {
			return nil, err
		}
	}
	var guides []*guide
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		g, err := readGuide(name, sources[name])
		if err != nil {
			return nil, fmt.Errorf("guide %s: %w", name, err)
		}
		if g.Name == "getting-started" {
			guides = append([]*guide{g}, guides...)
			continue
		}
		guides = append(guides, g)
	}
	return guides, nil
}

// markdown renders CommonMark with tables. It leaves raw HTML out.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(scrollable{}, 100))),
)

// Render returns Markdown as HTML, as the guides have it: sections with IDs, and code and tables
// that scroll by themselves. It leaves raw HTML out.
func Render(source []byte) (string, error) {
	var body bytes.Buffer
	if err := markdown.Convert(source, &body); err != nil {
		return "", err
	}
	return body.String(), nil
}

func readGuide(name string, source []byte) (*guide, error) {
	document := markdown.Parser().Parse(text.NewReader(source))
	heading, isHeading := document.FirstChild().(*ast.Heading)
	if !isHeading || heading.Level != 1 {
		return nil, fmt.Errorf("does not begin with a heading of level 1")
	}
	summary, isParagraph := heading.NextSibling().(*ast.Paragraph)
	if !isParagraph {
		return nil, fmt.Errorf("has no paragraph after its title")
	}
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, source, document); err != nil {
		return nil, err
	}
	return &guide{
		Name: name, Title: plain(heading, source), Summary: plain(summary, source),
		body: template.HTML(body.String()), // goldmark leaves raw HTML out
	}, nil
}

// plain returns the text of a node without markup.
func plain(n ast.Node, source []byte) string {
	var out strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { //nolint:errcheck // the function returns none
		if t, ok := n.(*ast.Text); ok && entering {
			out.Write(t.Segment.Value(source))
			if t.SoftLineBreak() {
				out.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}

// scrollable renders code and tables, which may be wider than a phone, in elements that scroll by
// themselves and can have the focus, so that a keyboard can scroll them.
type scrollable struct{}

func (scrollable) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, renderCode)
	r.Register(east.KindTable, renderTable)
}

func renderCode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		w.WriteString("</code></pre>\n")
		return ast.WalkContinue, nil
	}
	w.WriteString(`<pre tabindex="0"><code>`)
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		w.Write(util.EscapeHTML(line.Value(source)))
	}
	return ast.WalkContinue, nil
}

func renderTable(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		w.WriteString("<div class=\"table\" tabindex=\"0\"><table>\n")
	} else {
		w.WriteString("</table></div>\n")
	}
	return ast.WalkContinue, nil
}
