package server

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// wantPolicy is the Content-Security-Policy of every page: no script, and nothing from another
// host.
const wantPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors " +
	"'none'; base-uri 'none'"

// holds checks the rules for every page: its headers, no script, no content from other hosts, and
// the markup for screen readers (WCAG 2.2, A and AA, as far as markup shows it).
func (p *webpage) holds() {
	p.v.Helper()
	policy := wantPolicy
	if p.opens() {
		policy = strings.Replace(policy, "form-action 'self'", "form-action 'self' "+p.v.controller, 1)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=UTF-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer", "Content-Security-Policy": policy,
	} {
		if got := p.header.Get(name); got != want {
			p.v.Errorf("%s: %s is %q, want %q", p.url.Path, name, got, want)
		}
	}
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style") {
			p.v.Errorf("%s holds a <%s>", p.url.Path, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" ||
				strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				p.v.Errorf("%s holds %s=%q", p.url.Path, a.Key, a.Val)
			}
		}
	}
	if strings.Contains(p.raw, "ZgotmplZ") {
		p.v.Errorf("%s: the template refused an address", p.url.Path)
	}
	p.loadsNothingFromElsewhere()
	p.readsAloud()
}

// opens reports whether the page has the form that asks the venue's controller for internet access.
func (p *webpage) opens() bool {
	return p.v.controller != "" && slices.ContainsFunc(p.all("form"), func(n *html.Node) bool {
		return strings.HasPrefix(attribute(n, "action"), p.v.controller+"/")
	})
}

func (p *webpage) loadsNothingFromElsewhere() {
	p.v.Helper()
	for _, n := range p.all("link", "img", "script", "iframe", "source", "video", "audio", "object", "embed", "form") {
		for _, name := range []string{"src", "href", "data", "action", "srcset", "poster"} {
			if !has(n, name) || strings.HasPrefix(attribute(n, name), "data:") {
				continue
			}
			u, err := url.Parse(attribute(n, name))
			if ours := err == nil && u.Host == "" && u.Scheme == ""; !ours && !(n.Data == "form" && p.opens()) {
				p.v.Errorf("%s: <%s> asks for %s", p.url.Path, n.Data, attribute(n, name))
			}
		}
	}
}

// readsAloud checks labels, references, headings, language and title.
func (p *webpage) readsAloud() {
	p.v.Helper()
	ids := map[string]*html.Node{}
	for n := range p.root.Descendants() {
		if id := attribute(n, "id"); n.Type == html.ElementNode && id != "" {
			if ids[id] != nil {
				p.v.Errorf("%s: two elements are called %s", p.url.Path, id)
			}
			ids[id] = n
		}
	}
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, name := range []string{"for", "aria-describedby", "aria-labelledby"} {
			for id := range strings.FieldsSeq(attribute(n, name)) {
				if ids[id] == nil {
					p.v.Errorf("%s: %s=%s refers to nothing", p.url.Path, name, id)
				}
			}
		}
		if to, inside := strings.CutPrefix(attribute(n, "href"), "#"); inside && ids[to] == nil {
			p.v.Errorf("%s: a link leads to #%s, which is nowhere", p.url.Path, to)
		}
		if n.Data == "a" && textOf(n) == "" || n.Data == "img" && attribute(n, "alt") == "" || n.Data == "button" &&
			textOf(n) == "" {
			p.v.Errorf("%s: a <%s> without a name", p.url.Path, n.Data)
		}
	}
	for _, n := range p.all("input", "select") {
		if attribute(n, "type") == "hidden" {
			continue
		}
		labelled := slices.ContainsFunc(p.all("label"),
			func(l *html.Node) bool { return attribute(l, "for") == attribute(n, "id") && textOf(l) != "" })
		if !labelled {
			p.v.Errorf("%s: %s has no label", p.url.Path, attribute(n, "name"))
		}
		if attribute(n, "type") != "checkbox" && !has(n, "autocomplete") {
			p.v.Errorf("%s: %s says nothing to autofill", p.url.Path, attribute(n, "name"))
		}
		if has(n, "aria-invalid") && attribute(n, "aria-describedby") == "" {
			p.v.Errorf("%s: %s is wrong, but not why", p.url.Path, attribute(n, "name"))
		}
	}
	if h := p.all("h1"); len(h) != 1 || textOf(h[0]) == "" {
		p.v.Errorf("%s: %d headings of the page", p.url.Path, len(h))
	}
	if l := attribute(p.all("html")[0], "lang"); len(l) != 2 || p.header.Get("Content-Language") != l {
		p.v.Errorf("%s: its language is %q, the header says %q", p.url.Path, l, p.header.Get("Content-Language"))
	}
	if len(p.all("main")) != 1 || len(p.all("title")) != 1 || textOf(p.all("title")[0]) == "" {
		p.v.Errorf("%s: no main or no title", p.url.Path)
	}
}
