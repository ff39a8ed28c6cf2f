package xmldoc

import "testing"

// TestCanonicalXML has the examples of the standard that apply to documents without a DTD.
func TestCanonicalXML(t *testing.T) {
	for _, c := range []struct{ in, inclusive, exclusive string }{
		{"<a  b='1'\n a=\"2\" ></a >", `<a a="2" b="1"></a>`, `<a a="2" b="1"></a>`},
		{`<e1/>`, `<e1></e1>`, `<e1></e1>`},
		{`<e5 a:attr="out" b:attr="sorted" attr2="all" attr="I'm" xmlns:b="http://www.ietf.org" ` +
			`xmlns:a="http://www.w3.org" xmlns="http://example.org"/>`,
			`<e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I'm" ` +
				`attr2="all" b:attr="sorted" a:attr="out"></e5>`,
			`<e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I'm" ` +
				`attr2="all" b:attr="sorted" a:attr="out"></e5>`},
		{`<e6 xmlns="" xmlns:a="http://www.w3.org"><e7 xmlns="http://www.ietf.org">` +
			`<e8 xmlns="" xmlns:a="http://www.w3.org"><e9 xmlns="" xmlns:a="http://www.ietf.org"/></e8></e7></e6>`,
			`<e6 xmlns:a="http://www.w3.org"><e7 xmlns="http://www.ietf.org"><e8 xmlns="">` +
				`<e9 xmlns:a="http://www.ietf.org"></e9></e8></e7></e6>`,
			`<e6><e7 xmlns="http://www.ietf.org"><e8 xmlns=""><e9></e9></e8></e7></e6>`},
		{"<t>a&#13;&lt;&gt;&amp;\"'<![CDATA[<&>]]></t>", "<t>a&#xD;&lt;&gt;&amp;\"'&lt;&amp;&gt;</t>",
			"<t>a&#xD;&lt;&gt;&amp;\"'&lt;&amp;&gt;</t>"},
		{`<t a="&#9;&#10;&#13;&lt;&gt;&quot;'"/>`, `<t a="&#x9;&#xA;&#xD;&lt;>&quot;'"></t>`,
			`<t a="&#x9;&#xA;&#xD;&lt;>&quot;'"></t>`},
		{`<n0:a xmlns:n0="urn:0" xmlns:n1="urn:1"><!-- c --><n1:b n0:x="1"/></n0:a>`,
			`<n0:a xmlns:n0="urn:0" xmlns:n1="urn:1"><n1:b n0:x="1"></n1:b></n0:a>`,
			`<n0:a xmlns:n0="urn:0"><n1:b xmlns:n1="urn:1" n0:x="1"></n1:b></n0:a>`},
	} {
		got, err := (&Canonicalizer{}).Write(c.in)
		if err != nil || got != c.inclusive {
			t.Errorf("%s\nbecomes %s, %v\nwant    %s", c.in, got, err, c.inclusive)
		}
		got, err = (&Canonicalizer{Exclusive: true}).Write(c.in)
		if err != nil || got != c.exclusive {
			t.Errorf("exclusive: %s\nbecomes %s, %v\nwant    %s", c.in, got, err, c.exclusive)
		}
	}
	got, err := (&Canonicalizer{Apex: "b", Exclusive: true}).Write(
		`<a xmlns="urn:a" xmlns:x="urn:x"><b><x:c/>t</b><b/></a>`)
	if want := `<b xmlns="urn:a"><x:c xmlns:x="urn:x"></x:c>t</b>`; err != nil || got != want {
		t.Errorf("one element: %s, %v, want %s", got, err, want)
	}
	got, err = (&Canonicalizer{Apex: "b"}).Write(`<a xmlns="urn:a" xmlns:x="urn:x"><b><c/></b></a>`)
	if want := `<b xmlns="urn:a" xmlns:x="urn:x"><c></c></b>`; err != nil || got != want {
		t.Errorf("one element with what it inherits: %s, %v, want %s", got, err, want)
	}
}
