package devicesim

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
	"unicode/utf16"
)

// An identity is what a PKCS #12 file (RFC 7292) gives a phone: one private key and the certificates that
// go with it.
type identity struct {
	certificates []*x509.Certificate
	keys         int
}

// maxIterations bounds the work that a hostile file can ask for.
const maxIterations = 600_000

var (
	errPKCS12         = errors.New("the PKCS #12 file is broken")
	errPKCS12Password = errors.New("the PKCS #12 file does not open with this password")
	errPKCS12Cipher   = errors.New("the PKCS #12 file uses a cipher that not all phones know")
	errPKCS12Content  = errors.New("the PKCS #12 file does not hold exactly one key and its certificate")
)

type pfx struct {
	Version  int
	AuthSafe cmsContentInfo
	Mac      pfxMac `asn1:"optional"`
}

type pfxMac struct {
	Digest struct {
		Algorithm pkix.AlgorithmIdentifier
		Value     []byte
	}
	Salt       []byte
	Iterations int `asn1:"optional,default:1"`
}

type encryptedContentInfo struct {
	Type      asn1.ObjectIdentifier
	Algorithm pkix.AlgorithmIdentifier
	Content   []byte `asn1:"optional,tag:0"`
}

type safeBag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue `asn1:"tag:0,explicit"`
	Attributes asn1.RawValue `asn1:"optional,set"`
}

var (
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidKeyBag        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedBag   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidX509          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
)

// openPKCS12 opens a file under AES or triple DES; RC2, which OpenSSL 1.1 put around certificates, is broken
// and being dropped by systems. The file must hold
// exactly one private key and at least one certificate.
func openPKCS12(file []byte, password string) (*identity, error) {
	if strictDER(file) != nil {
		return nil, errPKCS12
	}
	var p pfx
	if _, err := asn1.Unmarshal(file, &p); err != nil || p.Version != 3 || !p.AuthSafe.ContentType.Equal(oidData) {
		return nil, errPKCS12
	}
	var safe []byte
	if _, err := asn1.Unmarshal(p.AuthSafe.Content.Bytes, &safe); err != nil {
		return nil, errPKCS12
	}
	bmp, err := p.Mac.verify(safe, password)
	if err != nil {
		return nil, err
	}
	var contents []cmsContentInfo
	if _, err := asn1.Unmarshal(safe, &contents); err != nil {
		return nil, errPKCS12
	}
	id := &identity{}
	for _, c := range contents {
		bags, err := safeContents(c, password, bmp)
		if err != nil {
			return nil, err
		}
		if err := id.addBags(bags, password, bmp); err != nil {
			return nil, err
		}
	}
	if id.keys != 1 || len(id.certificates) == 0 {
		return nil, errPKCS12Content
	}
	return id, nil
}

// verify checks the integrity of the file and returns the form of the password that did: an empty password
// is written both as nothing and as two zero bytes.
func (m *pfxMac) verify(content []byte, password string) ([]byte, error) {
	bmp := bmpString(password)
	if len(m.Digest.Value) == 0 {
		return bmp, nil // the integrity mode is optional, and phones take files without it
	}
	newHash := digestOf(m.Digest.Algorithm.Algorithm)
	if newHash == nil {
		return nil, errPKCS12Cipher
	}
	if m.Iterations < 1 || m.Iterations > maxIterations {
		return nil, errPKCS12
	}
	forms := [][]byte{bmp}
	if password == "" {
		forms = append(forms, nil)
	}
	for _, form := range forms {
		key := pkcs12KDF(newHash, form, m.Salt, m.Iterations, 3, newHash().Size())
		mac := hmac.New(newHash, key)
		mac.Write(content)
		if subtle.ConstantTimeCompare(mac.Sum(nil), m.Digest.Value) == 1 {
			return form, nil
		}
	}
	return nil, errPKCS12Password
}

func digestOf(oid asn1.ObjectIdentifier) func() hash.Hash {
	switch {
	case oid.Equal(oidSHA1):
		return sha1.New
	case oid.Equal(oidSHA256):
		return sha256.New
	case oid.Equal(oidSHA512):
		return sha512.New
	}
	return nil
}

// bmpString is a password in UTF-16 with two zero bytes at its end, as RFC 7292 appendix B.1 wants it.
func bmpString(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return append(out, 0, 0)
}

// safeContents opens one part of the file, encrypted or not.
func safeContents(c cmsContentInfo, password string, bmp []byte) ([]safeBag, error) {
	var plain []byte
	switch {
	case c.ContentType.Equal(oidData):
		if _, err := asn1.Unmarshal(c.Content.Bytes, &plain); err != nil {
			return nil, errPKCS12
		}
	case c.ContentType.Equal(oidEncryptedData):
		var e struct {
			Version int
			Info    encryptedContentInfo
		}
		if _, err := asn1.Unmarshal(c.Content.Bytes, &e); err != nil {
			return nil, errPKCS12
		}
		var err error
		if plain, err = decryptPKCS12(e.Info.Algorithm, e.Info.Content, password, bmp); err != nil {
			return nil, err
		}
	default:
		return nil, errPKCS12
	}
	var bags []safeBag
	if _, err := asn1.Unmarshal(plain, &bags); err != nil {
		return nil, errPKCS12
	}
	return bags, nil
}

func (id *identity) addBags(bags []safeBag, password string, bmp []byte) error {
	for _, b := range bags {
		switch {
		case b.ID.Equal(oidKeyBag):
			if _, err := x509.ParsePKCS8PrivateKey(b.Value.Bytes); err != nil {
				return errPKCS12
			}
			id.keys++
		case b.ID.Equal(oidShroudedBag):
			var e struct {
				Algorithm pkix.AlgorithmIdentifier
				Data      []byte
			}
			if _, err := asn1.Unmarshal(b.Value.Bytes, &e); err != nil {
				return errPKCS12
			}
			plain, err := decryptPKCS12(e.Algorithm, e.Data, password, bmp)
			if err != nil {
				return err
			}
			if _, err := x509.ParsePKCS8PrivateKey(plain); err != nil {
				return errPKCS12Password
			}
			id.keys++
		case b.ID.Equal(oidCertBag):
			var bag struct {
				ID   asn1.ObjectIdentifier
				Data []byte `asn1:"tag:0,explicit"`
			}
			if _, err := asn1.Unmarshal(b.Value.Bytes, &bag); err != nil || !bag.ID.Equal(oidX509) {
				return errPKCS12
			}
			c, err := x509.ParseCertificate(bag.Data)
			if err != nil {
				return errPKCS12
			}
			id.certificates = append(id.certificates, c)
		}
	}
	return nil
}
