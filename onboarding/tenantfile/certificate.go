package tenantfile

import (
	"bytes"
	"encoding/pem"
	"strings"

	"go.yaml.in/yaml/v3"

	"onramp/certs"
)

// certificateForm describes a certificate in a tenant file.
const certificateForm = "PEM, or the name of a file with PEM or DER, relative to the tenant file"

// certificate is a root: PEM in its place, or the name of a file with PEM or DER. The export writes
// PEM.
func certificate(to *string) value {
	v := text(to)
	v.read = func(r *reader, at path, n *yaml.Node) { *to = r.certificate(at, n) }
	return v.nonEmpty().bounded(certificateForm)
}

func certificates(to *[]string) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) { *to = append(*to, r.certificate(at, n)) })
		},
		write: func() *yaml.Node { return listNode(0, textNodes(*to)) },
		form:  form{kind: kindTexts, bounds: certificateForm},
	}
}

func (r *reader) certificate(at path, n *yaml.Node) string {
	line := n.Line
	text, ok := r.text(at, n)
	switch {
	case !ok:
		return ""
	case strings.Contains(text, "-----BEGIN "):
		return canonicalPEM([]byte(text))
	case text == "" || strings.ContainsAny(text, "\n\x00"):
		r.refuse(at, line, "trust-anchor", "write `|` and the certificate below it, or a file name",
			"must be a certificate in PEM or the name of a file")
		return ""
	}
	data, ok := r.readFile(at, line, text)
	if !ok {
		return ""
	}
	if len(data) > 0 && data[0] == 0x30 { // an ASN.1 SEQUENCE: DER
		data = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: data})
	} else {
		data = certs.Text(data)
	}
	if anchor := canonicalPEM(data); anchor != "" {
		return anchor
	}
	r.refuse(at, line, "trust-anchor", "", "names the file %q, which is empty", shown(text))
	return ""
}

// canonicalPEM returns the one certificate in data without the text around it, so that the same
// certificate always is the same text. Other data is returned unchanged, and the check refuses it.
func canonicalPEM(data []byte) string {
	block, rest := pem.Decode(data)
	for n := 1; block != nil && block.Type == "CERTIFICATE"; n++ {
		again, after := pem.Decode(rest)
		if again == nil {
			if bytes.Count(data, []byte("-----BEGIN ")) == n && !bytes.Contains(rest, []byte("-----")) {
				return string(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
			}
			break
		}
		if again.Type != block.Type || !bytes.Equal(again.Bytes, block.Bytes) { // a repeated certificate counts once
			break
		}
		rest = after
	}
	return strings.ToValidUTF8(string(data), "\uFFFD")
}

// readFile reads a file that the YAML names.
func (r *reader) readFile(at path, line int, name string) ([]byte, bool) {
	if r.env.ReadFile == nil {
		r.refuse(at, line, "file", "", "names a file, but files cannot be read here")
		return nil, false
	}
	data, err := r.env.ReadFile(name)
	if err != nil {
		r.refuse(at, line, "file", "the name is relative to the YAML file",
			"names the file %q, which cannot be read: %v", shown(name), err)
		return nil, false
	}
	return data, true
}
