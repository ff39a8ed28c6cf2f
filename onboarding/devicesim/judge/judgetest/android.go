package judgetest

import (
	"encoding/base64"
	"strings"
)

// AndroidFile is a test file. Cases change its fields; Bytes encodes it.
type AndroidFile struct {
	Header   string // the top header without its blank line
	Preamble string
	Boundary string // as written on boundary lines
	Open     string // the first boundary line
	Parts    []androidPart
	End      string // last boundary line and epilogue
	EOL      string
	XML      string
}

type androidPart struct {
	Header string
	Body   string // encoded; empty on the first part means the XML
}

const goodAndroidXML = `<?xml version="1.0" encoding="UTF-8"?>
<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>PerProviderSubscription</NodeName>` +
	`<RTProperties><Type><DDFName>urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0</DDFName></Type>` +
	`</RTProperties><Node><NodeName>home</NodeName>
<Node><NodeName>HomeSP</NodeName><Node><NodeName>FQDN</NodeName><Value>venue.example</Value></Node><Node>` +
	`<NodeName>FriendlyName</NodeName><Value>Caff&#232; &amp; Bar</Value></Node><Node>` +
	`<NodeName>RoamingConsortiumOI</NodeName><Value>5a03ba0000,004096</Value></Node><!-- more --></Node>
<Node><NodeName>Credential</NodeName><Node><NodeName>CreationDate</NodeName>` +
	`<Value>2026-11-30T08:00:00Z</Value></Node><Node><NodeName>Realm</NodeName>` +
	`<Value>wifi.venue.example</Value></Node><Node><NodeName>UsernamePassword</NodeName><Node>` +
	`<NodeName>Username</NodeName><Value>anna</Value></Node><Node><NodeName>Password</NodeName>` +
	`<Value>Y2Fmw6k=</Value></Node><Node><NodeName>MachineManaged</NodeName><Value>true</Value></Node><Node>` +
	`<NodeName>EAPMethod</NodeName><Node><NodeName>EAPType</NodeName><Value>21</Value></Node><Node>` +
	`<NodeName>InnerMethod</NodeName><Value>MS-CHAP-V2</Value></Node></Node></Node></Node>
<Node><NodeName>SubscriptionParameters</NodeName><Node><NodeName>ExpirationDate</NodeName>` +
	`<Value>2027-11-30T08:00:00Z</Value></Node></Node>
<Node><NodeName>Extension</NodeName><Node><NodeName>Android</NodeName><Node>` +
	`<NodeName>AAAServerTrustedNames</NodeName><Node><NodeName>FQDN</NodeName>` +
	`<Value>radius.venue.example</Value></Node></Node></Node></Node>
</Node></Node></MgmtTree>`

// AndroidPartHeader is the header of the profile part.
const AndroidPartHeader = "Content-Type: application/x-passpoint-profile\nContent-Transfer-Encoding: base64"

// NewAndroidFile returns a sound file without findings, except that it has no CA part.
func NewAndroidFile() *AndroidFile {
	return &AndroidFile{
		Header:   "Content-Type: multipart/mixed; boundary=onramp\nContent-Transfer-Encoding: base64",
		Boundary: "--onramp", Open: "--onramp", End: "--onramp--\n", EOL: "\n",
		Parts: []androidPart{{Header: AndroidPartHeader}},
		XML:   goodAndroidXML,
	}
}

// NewPrivateAndroidFile returns a file for a private root: a CA part and no trusted names.
func NewPrivateAndroidFile() *AndroidFile {
	f := NewAndroidFile()
	start, end := strings.Index(f.XML, "<Node><NodeName>Extension"), strings.Index(f.XML, "\n</Node></Node></MgmtTree>")
	f.XML = f.XML[:start] + f.XML[end:]
	return f.With("application/x-x509-ca-cert", CA().Raw)
}

// With adds a part.
func (f *AndroidFile) With(mediaType string, data []byte) *AndroidFile {
	f.Parts = append(f.Parts, androidPart{
		Header: "Content-Type: " + mediaType + "\nContent-Transfer-Encoding: base64",
		Body:   base64.StdEncoding.EncodeToString(data),
	})
	return f
}

// Swap replaces text in the XML. It panics if the text is missing.
func (f *AndroidFile) Swap(old, new string) *AndroidFile {
	if !strings.Contains(f.XML, old) {
		panic("no " + old + " in the fixture")
	}
	f.XML = strings.Replace(f.XML, old, new, 1)
	return f
}

// Value replaces the value of the first node of a name.
func (f *AndroidFile) Value(name, value string) *AndroidFile {
	start := strings.Index(f.XML, "<NodeName>"+name+"</NodeName><Value>")
	if start < 0 {
		panic("no leaf " + name)
	}
	start += len("<NodeName>" + name + "</NodeName><Value>")
	end := start + strings.Index(f.XML[start:], "</Value>")
	f.XML = f.XML[:start] + value + f.XML[end:]
	return f
}

// Drop removes the first node of a name with everything in it.
func (f *AndroidFile) Drop(name string) *AndroidFile {
	start := strings.Index(f.XML, "<Node><NodeName>"+name+"</NodeName>")
	if start < 0 {
		panic("no node " + name)
	}
	depth, i := 0, start
	for {
		switch {
		case strings.HasPrefix(f.XML[i:], "<Node>"):
			depth++
		case strings.HasPrefix(f.XML[i:], "</Node>"):
			depth--
		}
		if depth == 0 {
			break
		}
		i++
	}
	f.XML = f.XML[:start] + f.XML[i+len("</Node>"):]
	return f
}

// Add puts nodes at the end of the first node of a name.
func (f *AndroidFile) Add(name string, nodes string) *AndroidFile {
	at := "<NodeName>" + name + "</NodeName>"
	return f.Swap(at, at+nodes)
}

// Message is the MIME message before the outer base64.
func (f *AndroidFile) Message() string {
	var b strings.Builder
	b.WriteString(f.Header + "\n\n" + f.Preamble)
	for i, p := range f.Parts {
		line := f.Boundary
		if i == 0 {
			line = f.Open
		}
		body := p.Body
		if body == "" {
			body = base64.StdEncoding.EncodeToString([]byte(f.XML))
		}
		b.WriteString(line + "\n" + p.Header + "\n\n" + body + "\n")
	}
	b.WriteString(f.End)
	return strings.ReplaceAll(b.String(), "\n", f.EOL)
}

// Bytes returns the encoded file.
func (f *AndroidFile) Bytes() []byte {
	return []byte(base64.StdEncoding.EncodeToString([]byte(f.Message())))
}

// ReplaceNode swaps the first node of a name, with everything in it, for another text.
func (f *AndroidFile) ReplaceNode(name, with string) *AndroidFile {
	start := strings.Index(f.XML, "<Node><NodeName>"+name+"</NodeName>")
	f.Drop(name)
	f.XML = f.XML[:start] + with + f.XML[start:]
	return f
}

// Wrapped is base64 in lines of 76.
func Wrapped(b []byte) []byte {
	var out []byte
	for len(b) > 76 {
		out = append(append(out, b[:76]...), "\r\n"...)
		b = b[76:]
	}
	return append(out, b...)
}
