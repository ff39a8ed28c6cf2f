package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxFile bounds what is read: a chain is a few kilobytes, and a path given by
// mistake may be a device that never ends.
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
		return nil, refuse(FileUnreadable, name, "the file is larger than %d bytes, so it is no certificate or key", maxFile)
	}
	return data, nil
}

func unreadable(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return refuse(FileMissing, name, "the file does not exist").because(err)
	}
	reason := err
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		reason = pathError.Err // the sentence names the file already
	}
	return refuse(FileUnreadable, name, "the file cannot be read: %v", reason).because(err)
}

// parseBlocks returns the PEM blocks in data. Text around them is allowed,
// as openssl writes it; a block that begins and does not end is not, since it
// is what a file looks like while it is being written.
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
		return nil, refuse(NotPEM, file, "the file is not PEM: it has no line that starts with -----BEGIN")
	case begun > len(blocks):
		// pem.Decode skips a malformed block in silence. A certificate
		// that is skipped is a chain that is broken.
		return nil, refuse(NotPEM, file, "a PEM block is cut off or damaged (%d begin, %d can be read)", begun, len(blocks))
	}
	return blocks, nil
}

// parseCertificates reads the certificates of a PEM file in their order. A
// private key beside them is passed over: a combined file is allowed.
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
			return nil, refuse(BadCertificate, file, "certificate %d cannot be parsed: %v", len(certificates)+1, err).because(err)
		}
		certificates = append(certificates, certificate)
	}
	if len(certificates) == 0 {
		return nil, refuse(NoCertificate, file, "the file holds no certificate, only %s", list(others))
	}
	return certificates, nil
}

// list names the types of PEM blocks for a message. A type is text from the
// file, so it is cut to a sane length.
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

// parseKey reads the one private key of a PEM file. No error it returns
// quotes the key.
func parseKey(file string, data []byte) (crypto.Signer, error) {
	blocks, err := parseBlocks(file, data)
	if err != nil {
		return nil, err
	}
	var key crypto.Signer
	var others []string
	for _, block := range blocks {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			others = append(others, block.Type) // EC PARAMETERS, certificates of a combined file
			continue
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return nil, refuse(KeyEncrypted, file, "the private key is encrypted; decrypt it with `openssl pkey`, nobody is there to type the passphrase")
		}
		if key != nil {
			return nil, refuse(SeveralKeys, file, "the file holds more than one private key")
		}
		if key, err = parseKeyBlock(file, block); err != nil {
			return nil, err
		}
	}
	if key == nil {
		return nil, refuse(NoKey, file, "the file holds no private key, only %s", list(others))
	}
	return key, nil
}

func parseKeyBlock(file string, block *pem.Block) (crypto.Signer, error) {
	var parsed any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		parsed, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, refuse(KeyUnsupported, file, "a private key of the type %s is not supported: RSA and ECDSA are", list([]string{block.Type}))
	}
	if err != nil {
		// The parser's message speaks of the structure; it is left out all
		// the same, because nothing of a key belongs in a log.
		return nil, refuse(BadKey, file, "the private key cannot be parsed")
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case *ecdsa.PrivateKey:
		return key, nil
	}
	return nil, refuse(KeyUnsupported, file, "the private key is a %T: RSA and ECDSA are supported", parsed)
}
