package profiles

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// The readers below parse documents without the package's own code. They use generic XML, JSON and
// line parsers and follow the behaviour of devices.

// element is a generic XML element.
type element struct {
	name     string
	space    string
	attrs    map[string]string
	children []*element
	text     string
}

// parseXML parses one XML document strictly.
func parseXML(doc []byte) (*element, error) {
	if !bytes.HasPrefix(doc, []byte("<?xml ")) {
		return nil, errors.New("does not start with the declaration")
	}
	d := xml.NewDecoder(bytes.NewReader(doc))
	root := &element{}
	stack := []*element{root}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch tok := token.(type) {
		case xml.StartElement:
			e := &element{name: tok.Name.Local, space: tok.Name.Space, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(tok)
		}
	}
	if len(root.children) != 1 {
		return nil, fmt.Errorf("%d root elements", len(root.children))
	}
	return root.children[0], nil
}

// all returns every element of that name below e.
func (e *element) all(name string) []*element {
	var found []*element
	for _, c := range e.children {
		if c.name == name {
			found = append(found, c)
		}
		found = append(found, c.all(name)...)
	}
	return found
}

// order returns the names of the children.
func (e *element) order() string {
	names := make([]string, len(e.children))
	for i, c := range e.children {
		names[i] = c.name
	}
	return strings.Join(names, " ")
}

// plistValue converts a plist element to Go values; dates remain strings.
func plistValue(e *element) (any, error) {
	switch e.name {
	case "dict":
		m := map[string]any{}
		if len(e.children)%2 != 0 {
			return nil, errors.New("odd dict")
		}
		for i := 0; i < len(e.children); i += 2 {
			k := e.children[i]
			if k.name != "key" {
				return nil, errors.New("no key")
			}
			if _, twice := m[k.text]; twice {
				return nil, fmt.Errorf("%s twice", k.text)
			}
			v, err := plistValue(e.children[i+1])
			if err != nil {
				return nil, err
			}
			m[k.text] = v
		}
		return m, nil
	case "array":
		list := []any{}
		for _, c := range e.children {
			v, err := plistValue(c)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case "string":
		return e.text, nil
	case "date":
		return plistDate(e.text), nil
	case "integer":
		return strconv.Atoi(e.text)
	case "true", "false":
		return e.name == "true", nil
	case "data":
		return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.text), ""))
	}
	return nil, fmt.Errorf("element %s", e.name)
}

type plistDate string

func readPlist(t reporter, doc []byte) map[string]any {
	t.Helper()
	root, err := parseXML(doc)
	if err != nil || root.name != "plist" || len(root.children) != 1 {
		t.Fatalf("no plist (%v):\n%s", err, doc)
	}
	v, err := plistValue(root.children[0])
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

// androidFile is a parsed x-wifi-config file.
type androidFile struct {
	nodes map[string]string // path below the instance node to Value
	ca    []byte
	xml   []byte
	text  string // the message with its parts decoded
}

func readAndroid(t reporter, body []byte) androidFile {
	t.Helper()
	message, err := base64.StdEncoding.DecodeString(string(body))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(message), "\n")
	if lines[0] != "Content-Type: multipart/mixed; boundary=----onramp" ||
		lines[1] != "Content-Transfer-Encoding: base64" || lines[2] != "" {
		t.Fatalf("head of the message: %q", lines[:3])
	}
	var f androidFile
	var kind, content string
	f.text = strings.Join(lines[:3], "\n")
	flush := func() {
		if kind == "" {
			return
		}
		part, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case "application/x-passpoint-profile":
			f.xml = part
			f.text += "\n" + string(part)
		case "application/x-x509-ca-cert":
			f.ca = part
			f.text += fmt.Sprintf("\n%x", part)
		default:
			t.Fatalf("part of type %q", kind)
		}
		kind, content = "", ""
	}
	closed := false
	for _, line := range lines[3:] {
		switch {
		case line == "------onramp--":
			flush()
			closed = true
			f.text += "\n" + line
		case line == "------onramp":
			flush()
			f.text += "\n" + line
		case strings.HasPrefix(line, "Content-Type: "):
			kind = strings.TrimPrefix(line, "Content-Type: ")
			f.text += "\n" + line
		case line == "Content-Transfer-Encoding: base64", line == "":
		default:
			content += line
		}
	}
	if !closed || f.xml == nil {
		t.Fatalf("no end or no subscription:\n%s", message)
	}
	root, err := parseXML(f.xml)
	if err != nil {
		t.Fatalf("%v in\n%s", err, f.xml)
	}
	f.nodes = map[string]string{}
	var walk func(e *element, path string)
	walk = func(e *element, path string) {
		for _, c := range e.children {
			if c.name != "Node" {
				continue
			}
			name, value, leaf := "", "", false
			for _, x := range c.children {
				switch x.name {
				case "NodeName":
					name = x.text
				case "Value":
					value, leaf = x.text, true
				}
			}
			if leaf {
				f.nodes[strings.TrimPrefix(path+"/"+name, "/PerProviderSubscription/i001/")] = value
			}
			walk(c, path+"/"+name)
		}
	}
	walk(root, "")
	return f
}

// wpaFile is a parsed wpa_supplicant configuration with the fields of its blocks as wpa_supplicant
// stores them. Creds that differ only in their roaming consortiums are merged into one.
type wpaFile struct {
	global, cred, network map[string]string
	creds                 int
	blob                  []byte
}

func readWPA(t reporter, body []byte) wpaFile {
	t.Helper()
	f := wpaFile{global: map[string]string{}}
	var block map[string]string
	var blob *strings.Builder
	for _, line := range strings.Split(string(body), "\n") {
		line = strings.TrimLeft(line, "\t ")
		switch {
		case line == "" || line[0] == '#':
		case line == "cred={":
			f.creds++
			block = map[string]string{}
			if f.cred == nil {
				f.cred = block
			}
		case line == "network={":
			f.network = map[string]string{}
			block = f.network
		case line == "blob-base64-onramp-root={":
			blob = &strings.Builder{}
		case line == "}":
			if blob != nil {
				var err error
				if f.blob, err = base64.StdEncoding.DecodeString(blob.String()); err != nil {
					t.Fatal(err)
				}
				blob = nil
			}
			if f.creds > 1 && block != nil && block["realm"] != "" {
				more := block["roaming_consortiums"]
				block["roaming_consortiums"] = f.cred["roaming_consortiums"]
				if !maps.Equal(block, f.cred) || more == "" {
					t.Fatalf("two credentials: %v, %v", f.cred, block)
				}
				f.cred["roaming_consortiums"] += "," + more
			}
			block = nil
		case blob != nil:
			blob.WriteString(line)
		default:
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				t.Fatalf("line %q", line)
			}
			if block == nil {
				f.global[name] = value
				continue
			}
			if _, twice := block[name]; twice {
				t.Fatalf("%s twice", name)
			}
			block[name] = wpaValue(name, value)
		}
	}
	return f
}

// wholeWPALines checks that wpa_supplicant reads all lines completely: it cuts long lines, and
// comments after the second quote. Configurations saved by wpa_supplicant itself may break this
// rule.
func wholeWPALines(t reporter, body []byte) {
	t.Helper()
	limit := 510
	for _, line := range strings.Split(string(body), "\n") {
		switch line {
		case "cred={":
			limit = 254
		case "network={":
			limit = 1998
		}
		if strings.HasPrefix(line, "blob") {
			limit = 254
		}
		if len(line) > limit {
			t.Fatalf("a line of %d bytes: %s", len(line), line)
		}
		if parts := strings.SplitN(line, `"`, 3); len(parts) == 3 && strings.Contains(parts[2], "#") {
			t.Fatalf("a comment in %s", line)
		}
	}
}

// wpaValue implements wpa_config_parse_string for string fields.
func wpaValue(name, value string) string {
	switch name {
	case "eap", "key_mgmt", "scan_ssid", "ieee80211w":
		return value
	}
	if strings.HasPrefix(value, `"`) && strings.LastIndexByte(value, '"') == len(value)-1 && len(value) > 1 {
		return value[1 : len(value)-1]
	}
	if text, ok := strings.CutPrefix(value, `P"`); ok && strings.HasSuffix(text, `"`) {
		text = strings.ReplaceAll(strings.TrimSuffix(text, `"`), `\\`, "\x00")
		text = strings.NewReplacer(`\x22`, `"`, `\x23`, "#").Replace(text)
		if strings.Contains(text, `\`) {
			return "!" + value
		}
		return strings.ReplaceAll(text, "\x00", `\`)
	}
	octets, err := hex.DecodeString(value)
	if err != nil {
		return "!" + value
	}
	return string(octets)
}

// readKeyfile parses groups and keys as GLib does.
func readKeyfile(t reporter, body []byte) map[string]string {
	t.Helper()
	keys := map[string]string{}
	group := ""
	for _, line := range strings.Split(string(body), "\n") {
		switch {
		case line == "":
		case line[0] == '[':
			group = strings.Trim(line, "[]")
		default:
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				t.Fatalf("line %q", line)
			}
			keys[group+"/"+name] = keyfileValue(t, strings.Trim(value, " \t\r"))
		}
	}
	return keys
}

func keyfileValue(t reporter, s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		c, ok := map[byte]byte{'s': ' ', 'n': '\n', 't': '\t', 'r': '\r', '\\': '\\'}[s[i]]
		if !ok {
			t.Fatalf("escape \\%c", s[i])
		}
		b.WriteByte(c)
	}
	return b.String()
}

// keyfileOctets parses an ssid, which is a list of numbers or plain text.
func keyfileOctets(s string) string {
	if !strings.HasSuffix(s, ";") {
		return s
	}
	var b []byte
	for _, n := range strings.Split(strings.TrimSuffix(s, ";"), ";") {
		octet, err := strconv.ParseUint(n, 10, 8)
		if err != nil {
			return s
		}
		b = append(b, byte(octet))
	}
	return string(b)
}

func readJSON(t reporter, body []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatal(err)
	}
}

func equal(t reporter, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// reporter is the common part of testing.T and rapid.T.
type reporter interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}
