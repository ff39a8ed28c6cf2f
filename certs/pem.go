package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxFile is the maximum size of a file in bytes. A chain has a few kilobytes, but
// a wrong path may name an endless device.
const maxFile = 1 << 20

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, unreadable(name, err)
	}
	if len(data) > maxFile {
		return nil, refuse(FileUnreadable, name, "the file is larger than %d bytes: not a certificate or key", maxFile)
	}
	return data, nil
}

func unreadable(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return refuse(FileMissing, name, "the file does not exist").because(err)
	}
	reason := err
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		reason = pathError.Err // without the file's name, which Error adds
	}
	return refuse(FileUnreadable, name, "the file cannot be read: %v", reason).because(err)
}

// parseBlocks returns the PEM blocks in data. It ignores text around them, as
// openssl writes it, and rejects an incomplete block, which may mean that the file
// is being written.
func parseBlocks(file string, data []byte) ([]*pem.Block, error) {
	if len(data) > 0 && data[0] != 0x30 {
		data = Text(data)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, refuse(NotPEM, file, "the file is empty")
	}
	var blocks []*pem.Block
	rest := data
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		blocks = append(blocks, block)
	}
	begun := bytes.Count(data, []byte("-----BEGIN "))
	switch {
	case len(blocks) == 0 && data[0] == 0x30:
		return nil, refuse(NotPEM, file, "the file is binary (DER or PKCS #12), not PEM; convert it with openssl")
	case len(blocks) == 0 && begun == 0:
		return nil, refuse(NotPEM, file, "the file is not PEM: no line starts with -----BEGIN")
	case begun > len(blocks):
		// pem.Decode skips malformed blocks without an error.
		return nil, refuse(NotPEM, file, "a PEM block is cut off or damaged (%d begin, %d are readable)",
			begun, len(blocks))
	}
	return blocks, nil
}

// LoadCertificates returns the certificates of a PEM file in their order.
func LoadCertificates(file string) ([]*x509.Certificate, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return parseCertificates(file, data)
}

// ParseCertificates returns the certificates in PEM text in their order.
func ParseCertificates(text []byte) ([]*x509.Certificate, error) {
	return parseCertificates("", text)
}

// parseCertificates returns the certificates of a PEM file in their order. It
// ignores private keys, since a file may hold both.
func parseCertificates(file string, data []byte) ([]*x509.Certificate, error) {
	blocks, err := parseBlocks(file, data)
	if err != nil {
		return nil, err
	}
	var certificates []*x509.Certificate
	var others []string
	for _, block := range blocks {
		if block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			others = append(others, block.Type)
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, refuse(BadCertificate, file, "certificate %d cannot be parsed: %v",
				len(certificates)+1, err).because(err)
		}
		certificates = append(certificates, certificate)
	}
	if len(certificates) == 0 {
		return nil, refuse(NoCertificate, file, "the file holds no certificate, only %s", list(others))
	}
	return certificates, nil
}

// list joins the types of PEM blocks for an error text. Types are text from the
// file, so their number and length are limited.
func list(types []string) string {
	const most = 4
	if len(types) > most {
		types = append(types[:most:most], "others")
	}
	shown := make([]string, len(types))
	for i, t := range types {
		if len(t) > 40 {
			t = t[:40] + "..."
		}
		shown[i] = strings.ToValidUTF8(t, "?")
	}
	return strings.Join(shown, ", ")
}

// EncodeCertificates returns the certificates as PEM.
func EncodeCertificates(certificates ...*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, c := range certificates {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return out.Bytes()
}
