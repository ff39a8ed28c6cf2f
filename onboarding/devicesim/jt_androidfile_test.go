package devicesim

import (
	"encoding/base64"
	"strings"
)

// androidFile is a file in the making; its fields are changed by a case and joined by bytes.
type androidFile struct {
	header   string // the top header without its blank line
	preamble string
	boundary string // as written on boundary lines
	open     string // the first boundary line
	parts    []androidPart
	end      string // the last boundary line and what follows
	eol      string
	xml      string
}

type androidPart struct {
	header string
	body   string // already encoded; empty on the first part means the XML
}

const goodAndroidXML = `<?xml version="1.0" encoding="UTF-8"?>
<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>PerProviderSubscription</NodeName><RTProperties><Type><DDFName>urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0</DDFName></Type></RTProperties><Node><NodeName>home</NodeName>
<Node><NodeName>HomeSP</NodeName><Node><NodeName>FQDN</NodeName><Value>venue.example</Value></Node><Node><NodeName>FriendlyName</NodeName><Value>Caff&#232; &amp; Bar</Value></Node><Node><NodeName>RoamingConsortiumOI</NodeName><Value>5a03ba0000,004096</Value></Node><!-- more --></Node>
<Node><NodeName>Credential</NodeName><Node><NodeName>CreationDate</NodeName><Value>2026-11-30T08:00:00Z</Value></Node><Node><NodeName>Realm</NodeName><Value>wifi.venue.example</Value></Node><Node><NodeName>UsernamePassword</NodeName><Node><NodeName>Username</NodeName><Value>anna</Value></Node><Node><NodeName>Password</NodeName><Value>Y2Fmw6k=</Value></Node><Node><NodeName>MachineManaged</NodeName><Value>true</Value></Node><Node><NodeName>EAPMethod</NodeName><Node><NodeName>EAPType</NodeName><Value>21</Value></Node><Node><NodeName>InnerMethod</NodeName><Value>MS-CHAP-V2</Value></Node></Node></Node></Node>
<Node><NodeName>SubscriptionParameters</NodeName><Node><NodeName>ExpirationDate</NodeName><Value>2027-11-30T08:00:00Z</Value></Node></Node>
<Node><NodeName>Extension</NodeName><Node><NodeName>Android</NodeName><Node><NodeName>AAAServerTrustedNames</NodeName><Node><NodeName>FQDN</NodeName><Value>radius.venue.example</Value></Node></Node></Node></Node>
</Node></Node></MgmtTree>`

const partHeader = "Content-Type: application/x-passpoint-profile\nContent-Transfer-Encoding: base64"

// newAndroidFile is a file without fault or oddity, except that it has no CA part.
func newAndroidFile() *androidFile {
	return &androidFile{
		header:   "Content-Type: multipart/mixed; boundary=onramp\nContent-Transfer-Encoding: base64",
		boundary: "--onramp", open: "--onramp", end: "--onramp--\n", eol: "\n",
		parts: []androidPart{{header: partHeader}},
		xml:   goodAndroidXML,
	}
}

// privateAndroidFile is one for a tenant with a private root: a CA part and no trusted names.
func privateAndroidFile() *androidFile {
	f := newAndroidFile()
	start, end := strings.Index(f.xml, "<Node><NodeName>Extension"), strings.Index(f.xml, "\n</Node></Node></MgmtTree>")
	f.xml = f.xml[:start] + f.xml[end:]
	return f.with("application/x-x509-ca-cert", testCA().Raw)
}

// with adds a part.
func (f *androidFile) with(mediaType string, data []byte) *androidFile {
	f.parts = append(f.parts, androidPart{
		header: "Content-Type: " + mediaType + "\nContent-Transfer-Encoding: base64",
		body:   base64.StdEncoding.EncodeToString(data),
	})
	return f
}

// swap replaces text in the XML; it panics when there is none, so that no case tests nothing.
func (f *androidFile) swap(old, new string) *androidFile {
	if !strings.Contains(f.xml, old) {
		panic("no " + old + " in the fixture")
	}
	f.xml = strings.Replace(f.xml, old, new, 1)
	return f
}

// value replaces the value of the first node of a name.
func (f *androidFile) value(name, value string) *androidFile {
	start := strings.Index(f.xml, "<NodeName>"+name+"</NodeName><Value>")
	if start < 0 {
		panic("no leaf " + name)
	}
	start += len("<NodeName>" + name + "</NodeName><Value>")
	end := start + strings.Index(f.xml[start:], "</Value>")
	f.xml = f.xml[:start] + value + f.xml[end:]
	return f
}

// drop removes the first node of a name with everything in it.
func (f *androidFile) drop(name string) *androidFile {
	start := strings.Index(f.xml, "<Node><NodeName>"+name+"</NodeName>")
	if start < 0 {
		panic("no node " + name)
	}
	depth, i := 0, start
	for {
		switch {
		case strings.HasPrefix(f.xml[i:], "<Node>"):
			depth++
		case strings.HasPrefix(f.xml[i:], "</Node>"):
			depth--
		}
		if depth == 0 {
			break
		}
		i++
	}
	f.xml = f.xml[:start] + f.xml[i+len("</Node>"):]
	return f
}

// add puts nodes at the end of the first node of a name.
func (f *androidFile) add(name string, nodes string) *androidFile {
	at := "<NodeName>" + name + "</NodeName>"
	return f.swap(at, at+nodes)
}

// message is the MIME message before the outer base64.
func (f *androidFile) message() string {
	var b strings.Builder
	b.WriteString(f.header + "\n\n" + f.preamble)
	for i, p := range f.parts {
		line := f.boundary
		if i == 0 {
			line = f.open
		}
		body := p.body
		if body == "" {
			body = base64.StdEncoding.EncodeToString([]byte(f.xml))
		}
		b.WriteString(line + "\n" + p.header + "\n\n" + body + "\n")
	}
	b.WriteString(f.end)
	return strings.ReplaceAll(b.String(), "\n", f.eol)
}

func (f *androidFile) bytes() []byte {
	return []byte(base64.StdEncoding.EncodeToString([]byte(f.message())))
}

// replaceNode swaps the first node of a name, with everything in it, for another text.
func (f *androidFile) replaceNode(name, with string) *androidFile {
	start := strings.Index(f.xml, "<Node><NodeName>"+name+"</NodeName>")
	f.drop(name)
	f.xml = f.xml[:start] + with + f.xml[start:]
	return f
}

// wrapped is base64 in lines of 76.
func wrapped(b []byte) []byte {
	var out []byte
	for len(b) > 76 {
		out = append(append(out, b[:76]...), "\r\n"...)
		b = b[76:]
	}
	return append(out, b...)
}
