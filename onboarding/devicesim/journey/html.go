package journey

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"onramp/onboarding/devicesim/judge"
)

// page is an HTML document as a browser without scripting shows it.
type page struct {
	*goquery.Document
	url        *url.URL
	noReferrer bool
	status     int
	header     http.Header
	referrer   string // the Referer of requests from this page
}

// link is an element that leads to another address.
type link struct {
	url  *url.URL
	text string
}

func parsePage(u *url.URL, res *answer) (*page, error) {
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(res.body))
	if err != nil {
		return nil, err
	}
	p := &page{Document: doc, url: u, status: res.status, header: res.header}
	p.noReferrer = strings.Contains(strings.ToLower(res.header.Get("Referrer-Policy")), "no-referrer")
	if !p.noReferrer {
		p.referrer = u.Scheme + "://" + u.Host + u.RequestURI()
	}
	return p, nil
}

// attr returns an attribute of the first element, or an empty string.
func attr(s *goquery.Selection, name string) string { return s.AttrOr(name, "") }

// textOf returns the visible text below the elements. Text nodes and runs of white space are
// separated by one space.
func textOf(s *goquery.Selection) string {
	s = s.Clone()
	s.Find("script, style, template").Remove()
	var words []string
	for _, n := range s.Nodes {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				words = append(words, strings.Fields(d.Data)...)
			}
		}
	}
	return strings.Join(words, " ")
}

func (p *page) text() string { return textOf(p.Selection) }

// resolve returns a reference as an absolute address, or nil if it is invalid. It respects the
// page's base.
func (p *page) resolve(ref string) *url.URL {
	base := p.url
	if href, ok := p.Find("base[href]").First().Attr("href"); ok {
		if u, err := p.url.Parse(href); err == nil {
			base = u
		}
	}
	u, err := base.Parse(strings.TrimSpace(ref))
	if err != nil {
		return nil
	}
	return u
}

// links returns every element that leads to another address: anchors, forms, buttons with an
// address of their own, refreshes and frames.
func (p *page) links() []link {
	return p.linksOf(
		"a[href], area[href], form, button[formaction], input[formaction], meta[http-equiv], iframe, embed, frame")
}

// anchors returns the links that a person can follow with a GET request.
func (p *page) anchors() []link { return p.linksOf("a[href]") }

func (p *page) linksOf(selector string) []link {
	var out []link
	p.Find(selector).Each(func(_ int, s *goquery.Selection) {
		var ref string
		switch goquery.NodeName(s) {
		case "a", "area":
			ref = attr(s, "href")
		case "form":
			ref = attr(s, "action")
		case "button", "input":
			ref = attr(s, "formaction")
		case "meta":
			_, target, ok := strings.Cut(strings.ToLower(attr(s, "content")), "url=")
			if !ok || !strings.EqualFold(attr(s, "http-equiv"), "refresh") {
				return
			}
			ref = target
		default:
			ref = attr(s, "src")
		}
		if u := p.resolve(ref); u != nil {
			out = append(out, link{url: u, text: textOf(s)})
		}
	})
	return out
}

// errorText returns the error message of a page: the first text that assistive technology
// announces, else the main heading.
func (p *page) errorText() string {
	for _, selector := range []string{`[role="alert"], [aria-live="assertive"]`, "h1"} {
		for _, s := range p.Find(selector).EachIter() {
			if text := textOf(s); text != "" {
				return judge.Shorten(text)
			}
		}
	}
	return ""
}
