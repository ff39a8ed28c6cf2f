package devicesim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// page is an HTML document as a browser without scripting sees it.
type page struct {
	url        *url.URL
	root       *html.Node
	noReferrer bool
	status     int
	header     http.Header
	referrer   string // what a request from this page names as its referrer
}

// link is something that can be tapped: an anchor, or a form's address.
type link struct {
	url  *url.URL
	text string
}

func parsePage(u *url.URL, res *http.Response, body string) (*page, error) {
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	p := &page{url: u, root: root, status: res.StatusCode, header: res.Header}
	p.noReferrer = strings.Contains(strings.ToLower(res.Header.Get("Referrer-Policy")), "no-referrer")
	if !p.noReferrer {
		p.referrer = u.Scheme + "://" + u.Host + u.RequestURI()
	}
	return p, nil
}

// walk visits every element in document order.
func (p *page) walk(visit func(*html.Node)) { walkElements(p.root, visit) }

func walkElements(n *html.Node, visit func(*html.Node)) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			visit(c)
		}
		walkElements(c, visit)
	}
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func attr(n *html.Node, name string) string {
	v, _ := attribute(n, name)
	return v
}

// textOf is the text under a node with runs of blanks made one.
func textOf(n *html.Node) string {
	var b strings.Builder
	var collect func(*html.Node)
	collect = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		if n.Type == html.ElementNode && slices.Contains([]string{"script", "style", "template"}, n.Data) {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			collect(c)
		}
	}
	collect(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func (p *page) text() string { return textOf(p.root) }

// resolve makes a reference absolute as the page would.
func (p *page) resolve(ref string) *url.URL {
	base := p.url
	p.walk(func(n *html.Node) {
		if n.Data == "base" && base == p.url {
			if href, ok := attribute(n, "href"); ok {
				if u, err := p.url.Parse(href); err == nil {
					base = u
				}
			}
		}
	})
	u, err := base.Parse(strings.TrimSpace(ref))
	if err != nil {
		return nil
	}
	return u
}

// links are everything on the page that leads somewhere: anchors, and the addresses of forms and their
// buttons.
func (p *page) links() []link {
	var out []link
	add := func(n *html.Node, ref string) {
		if u := p.resolve(ref); u != nil {
			out = append(out, link{url: u, text: textOf(n)})
		}
	}
	p.walk(func(n *html.Node) {
		switch n.Data {
		case "a", "area":
			if href, ok := attribute(n, "href"); ok {
				add(n, href)
			}
		case "form":
			add(n, attr(n, "action"))
		case "button", "input":
			if action, ok := attribute(n, "formaction"); ok {
				add(n, action)
			}
		case "meta":
			if strings.EqualFold(attr(n, "http-equiv"), "refresh") {
				if _, target, ok := strings.Cut(strings.ToLower(attr(n, "content")), "url="); ok {
					add(n, target)
				}
			}
		case "iframe", "embed", "frame":
			add(n, attr(n, "src"))
		}
	})
	return out
}

// anchors are the links a person can tap that fetch by GET.
func (p *page) anchors() []link {
	var out []link
	p.walk(func(n *html.Node) {
		if href, ok := attribute(n, "href"); ok && n.Data == "a" {
			if u := p.resolve(href); u != nil {
				out = append(out, link{url: u, text: textOf(n)})
			}
		}
	})
	return out
}

// complaint is what a page says went wrong, if it says so where assistive technology would read it out.
func (p *page) complaint() string {
	said := ""
	p.walk(func(n *html.Node) {
		if said == "" && (attr(n, "role") == "alert" || attr(n, "aria-live") == "assertive") {
			said = textOf(n)
		}
	})
	if said == "" {
		p.walk(func(n *html.Node) {
			if said == "" && n.Data == "h1" {
				said = textOf(n)
			}
		})
	}
	return shorten(said)
}
