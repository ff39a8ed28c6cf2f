package brand

import (
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">`

// TestLogoKept checks that harmless drawings keep their elements and attributes.
func TestLogoKept(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"shapes": {
			`<?xml version="1.0" encoding="UTF-8"?><!-- made by hand -->` + head + `<title>Café</title>` +
				`<g fill="#fff" data-name="a"><path d="M0 0h10v10z"/><circle cx="5" cy="5" r="2"/></g></svg>`,
			head + `<g fill="#fff"><path d="M0 0h10v10z"></path><circle cx="5" cy="5" r="2"></circle></g></svg>`,
		},
		"size instead of a view box": {
			`<svg width="20px" height="10"><rect width="20" height="10"/></svg>`,
			`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="20" height="10"></rect></svg>`,
		},
		"Inkscape": {
			`<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" ` +
				`xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10" inkscape:version="1.2">` +
				`<inkscape:view><evil/></inkscape:view><metadata><x/></metadata><defs><linearGradient id="a">` +
				`<stop offset="0" style="stop-color:#f00;stop-opacity:1;-inkscape-x:y"/></linearGradient>` +
				`<linearGradient id="b" xlink:href="#a"/></defs>` +
				`<path fill="red" style="fill:url(#b);font-variant:normal" d="M0,0"/></svg>`,
			head + `<defs><linearGradient id="a"><stop offset="0" stop-color="#f00" stop-opacity="1"></stop>` +
				`</linearGradient><linearGradient id="b" href="#a"></linearGradient></defs>` +
				`<path fill="url(#b)" d="M0,0"></path></svg>`,
		},
		"text": {head + `<text x="1" y="2">A &amp; B<tspan dx="1">&#60;C</tspan></text></svg>`,
			head + `<text x="1" y="2">A &amp; B<tspan dx="1">&lt;C</tspan></text></svg>`},
	} {
		got, err := CleanLogo([]byte(c.in))
		if err != nil || got != c.want {
			t.Errorf("%s: got  %s (%v)\nwant %s", name, got, err, c.want)
			continue
		}
		if again, err := CleanLogo([]byte(got)); err != nil || again != got {
			t.Errorf("%s: cleaned twice: %s (%v)", name, again, err)
		}
	}
}

// TestHostileLogos checks that a logo that could run, load or exhaust anything is refused, and that
// the error names the finding.
func TestHostileLogos(t *testing.T) {
	big := head + "<path d=\"" + strings.Repeat("M0 0", MaxLogo/4) + "\"/></svg>"
	for _, c := range []struct{ in, found string }{
		{head + `<script>alert(1)</script></svg>`, "element script"},
		{head + `<g><ScRiPt/></g></svg>`, "element ScRiPt"},
		{head + `<h:script xmlns:h="http://www.w3.org/1999/xhtml">1</h:script></svg>`, "1999/xhtml"},
		{head + `<x:script>1</x:script></svg>`, `namespace "x"`},
		{`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" onload="alert(1)"/>`, "event attribute onload"},
		{head + `<path OnClick="x" d="M0 0"/></svg>`, "event attribute OnClick"},
		{head + `<e:g xmlns:e="http://www.w3.org/2000/svg" e:onclick="x"/></svg>`, "event attribute onclick"},
		{head + `<foreignObject><body/></foreignObject></svg>`, "element foreignObject"},
		{head + `<image href="https://evil.example/x.png"/></svg>`, "element image"},
		{head + `<image href="data:image/svg+xml;base64,AA"/></svg>`, "element image"},
		{head + `<use href="#a"/></svg>`, "element use"},
		{head + `<a href="javascript:alert(1)"><path d="M0 0"/></a></svg>`, "element a"},
		{head + `<animate attributeName="href" to="javascript:1"/></svg>`, "element animate"},
		{head + `<set attributeName="onload" to="1"/></svg>`, "element set"},
		{head + `<style>@import url(https://evil.example/a.css);</style></svg>`, "element style"},
		{head + `<path d="M0 0" style="fill:url(https://evil.example/#a)"/></svg>`, "fill="},
		{head + `<path d="M0 0" style="background:url(//evil.example)"/></svg>`, "style background"},
		{head + `<path d="M0 0" style="behavior:\75rl(x)"/></svg>`, "style behavior"},
		{head + `<path d="M0 0" style="@import 'x'"/></svg>`, "the style"},
		{head + `<path d="M0 0" fill="url(https://evil.example/a.svg#b)"/></svg>`, "fill="},
		{head + `<path d="M0 0" fill="url(&#x68;ttps://evil.example/a.svg#b)"/></svg>`, "fill="},
		{head + `<path d="M0 0" fill="url('data:image/svg+xml,#a')"/></svg>`, "fill="},
		{head + `<path d="M0 0" filter="url(#f)"/></svg>`, "attribute filter"},
		{head + `<path d="M0 0" mask="url(//evil.example/#m)"/></svg>`, "mask="},
		{head + `<path d="M0 0" fill="url(#missing)"/></svg>`, "#missing"},
		{head + `<linearGradient id="a" href="https://evil.example/#b"/></svg>`, "reference href"},
		{head + `<path id="a" href="#a" d="M0 0"/></svg>`, "reference href"},
		{head + `<path d="M0 0" src="x"/></svg>`, "attribute src"},
		{head + `<path d="M0 0" d="M1 1"/></svg>`, "twice"},
		{head + `<path d="javascript:alert(1)"/></svg>`, "d="},
		{head + `<mask id="m"><g mask="url(#m)"/></mask></svg>`, "within a clipPath or mask"},
		{head + `<clipPath id="m" clip-path="url(#m)"/></svg>`, "within a clipPath or mask"},
		{head + `<filter id="f"><feImage href="x"/></filter></svg>`, "element filter"},
		{head + `<pattern id="p"/></svg>`, "element pattern"},
		{head + `<iframe/></svg>`, "element iframe"},
		{head + head + `</svg></svg>`, "element svg"},
		{`<!DOCTYPE svg>` + head + `</svg>`, "document type"},
		{`<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + head + `<text>&b;</text></svg>`,
			"entity declaration"},
		{`<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + head + `<text>&x;</text></svg>`,
			"entity declaration"},
		{head + `<text>&x;</text></svg>`, "without entities"},
		{`<?xml-stylesheet href="https://evil.example/a.css"?>` + head + `</svg>`, "instruction xml-stylesheet"},
		{head + `</svg><script/>`, "element script"},
		{head + `</svg>` + head + `</svg>`, "one svg element"},
		{head, "XML"}, {"", "empty"}, {"  ", "empty"}, {"GIF89a", "no svg element"}, {"<html/>", "element html"},
		{`<svg xmlns="http://www.w3.org/2000/svg"/>`, "viewBox"},
		{`<svg viewBox="0 0 0 10"/>`, "viewBox"}, {`<svg viewBox="0 0 1 1e999"/>`, "viewBox"},
		{`<svg viewBox="0 0 100 1"/>`, "times as wide"}, {`<svg viewBox="0 0 1 100"/>`, "times as wide"},
		{`<svg xmlns="http://www.w3.org/1999/xhtml" viewBox="0 0 1 1"/>`, "1999/xhtml"},
		{big, "32 kB"}, {"\xff\xfe<\x00s\x00", "UTF-8"},
		{`<?xml version="1.0" encoding="UTF-16"?>` + head + `</svg>`, "XML"},
		{head + strings.Repeat("<g>", 40) + strings.Repeat("</g>", 40) + `</svg>`, "nested"},
		{head + strings.Repeat("<g></g>", 3000) + `</svg>`, "elements"},
	} {
		got, err := CleanLogo([]byte(c.in))
		found, ok := errors.AsType[*LogoError](err)
		if !ok {
			t.Errorf("accepted %.120s as %s (%v)", c.in, got, err)
		} else if !strings.Contains(found.Error(), c.found) {
			t.Errorf("%.120s is refused with %q, not with %q", c.in, found, c.found)
		}
	}
}

// FuzzLogo checks that a logo of any origin is either refused or served as XML with allowed names
// only, and that cleaning again changes nothing. xmllint, where it is installed, reads the same.
func FuzzLogo(f *testing.F) {
	for _, seed := range []string{
		head + `<g fill="url(#a)"><linearGradient id="a" href="#a"/></g></svg>`,
		head + `<text style="fill:red;x:y">a<tspan>&#x41;</tspan></text></svg>`,
		`<svg width="1" height="1"><![CDATA[<script>]]><text><![CDATA[<script>]]></text></svg>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := CleanLogo(in)
		if err != nil {
			return
		}
		decoder := xml.NewDecoder(strings.NewReader(got))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q became %q: %v", in, got, err)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if name := start.Name.Local; name != "svg" && !elements[name] {
				t.Fatalf("%q became %q", in, got)
			}
			for _, a := range start.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "//") && a.Value != svgSpace {
					t.Fatalf("%q became %q", in, got)
				}
			}
		}
		if again, err := CleanLogo([]byte(got)); err != nil || again != got {
			t.Fatalf("%q became %q, then %q: %v", in, got, again, err)
		}
		if lint, err := exec.LookPath("xmllint"); err == nil {
			cmd := exec.Command(lint, "--noout", "--nonet", "-")
			cmd.Stdin = strings.NewReader(got)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("xmllint refuses %q: %s", got, out)
			}
		}
	})
}
