package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"onramp/certs/durable"
)

// DevelopmentRADIUSRoot begins the common name of every development root of a
// RADIUS server.
const DevelopmentRADIUSRoot = "Onramp Development RADIUS Root "

// Development names the files of a development PKI, by absolute paths. All
// are PEM, and may be given to openssl, to FreeRADIUS or to LoadPair.
type Development struct {
	// The profile signer: an RSA-2048 key, whose chain file holds the leaf
	// and one intermediate, under a root of its own.
	ProfileRoot string
	ProfileCert string
	ProfileKey  string
	// The RADIUS server: an RSA-2048 key, since supplicants exist that know
	// nothing else, and a certificate issued by a second root, so that
	// trusting one for Wi-Fi trusts nothing else.
	RADIUSRoot string
	RADIUSCert string
	RADIUSKey  string
}

// EnsureDevelopment returns the development PKI in dir, and makes it if there
// is none: dir/profile with a root, an intermediate and a profile signer, and
// dir/radius with a root and the certificate of a RADIUS server whose dNSName
// is radiusServerName. Folders have mode 0700 and files 0600.
//
// A PKI that is there is checked and never changed. One that has expired, that
// lacks a file or was made for another server name is an *Error that says what
// to delete: replacing a root by itself would cut off every phone that trusts
// the old one.
//
// Each half appears at once, by one rename of a folder whose files are already
// on the disk: whoever is killed in the middle leaves nothing that the next
// call would take for a PKI, and of several processes that make it at the same
// time one wins and the others use what it made.
//
// The private keys of the roots and of the intermediate are never written: they
// exist while the certificates are made and are then forgotten. People install
// these roots on their own phones and computers, and a key that lies in a data
// folder could sign a certificate for any name those devices would believe.
// Without it the roots vouch for the two leaves here and for nothing else,
// ever. The price is that the leaves cannot be renewed: when they expire, the
// folder is deleted and a new PKI is made.
func EnsureDevelopment(dir string, now time.Time, radiusServerName string) (*Development, error) {
	if !hostName.MatchString(radiusServerName) || len(radiusServerName) > 253 {
		return nil, refuse(ServerName, "", "the RADIUS server's name %q is not a host name", radiusServerName)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, refuse(Unwritable, dir, "the folder has no absolute path: %v", err).because(err)
	}
	profile := half{dir: filepath.Join(dir, "profile"), files: []string{"root.pem", "signer.pem", "signer.key"}, make: makeProfilePKI}
	radius := half{dir: filepath.Join(dir, "radius"), files: []string{"root.pem", "server.pem", "server.key"},
		make: func(now time.Time) ([][]byte, error) { return makeRADIUSPKI(now, radiusServerName) }}
	durable.RemoveAbandoned(dir, "profile", "radius")
	for _, h := range []half{profile, radius} {
		if err := h.ensure(now); err != nil {
			return nil, err
		}
	}
	d := &Development{
		ProfileRoot: profile.path(0), ProfileCert: profile.path(1), ProfileKey: profile.path(2),
		RADIUSRoot: radius.path(0), RADIUSCert: radius.path(1), RADIUSKey: radius.path(2),
	}
	if err := profile.check(now, ForSigning); err != nil {
		return nil, err
	}
	if err := radius.check(now, ForServer); err != nil {
		return nil, err
	}
	if err := checkServerName(d.RADIUSCert, radius.dir, radiusServerName); err != nil {
		return nil, err
	}
	return d, nil
}

var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// half is one of the two parts of the PKI: a root, a chain and a key in a
// folder of their own.
type half struct {
	dir   string
	files []string // root, chain, key
	make  func(now time.Time) ([][]byte, error)
}

func (h half) path(i int) string { return filepath.Join(h.dir, h.files[i]) }

// ensure makes the half unless its folder exists.
func (h half) ensure(now time.Time) error {
	if _, err := os.Lstat(h.dir); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return refuse(Unwritable, h.dir, "the folder cannot be read: %v", err).because(err)
		}
		return nil
	}
	contents, err := h.make(now)
	if err != nil {
		return fmt.Errorf("make the development PKI: %w", err)
	}
	files := make([]durable.File, len(h.files))
	for i, name := range h.files {
		files[i] = durable.File{Name: name, Content: contents[i]}
	}
	// Another process may have created the folder in the meantime: use its files.
	if err := durable.CreateFolder(h.dir, files...); err != nil && !errors.Is(err, fs.ErrExist) {
		return refuse(Unwritable, h.dir, "the development PKI cannot be written: %v", err).because(err)
	}
	return nil
}

// check refuses what an earlier run did not leave like this.
func (h half) check(now time.Time, use Use) error {
	for i := range h.files {
		if _, err := os.Stat(h.path(i)); errors.Is(err, fs.ErrNotExist) {
			return refuse(Incomplete, h.path(i), "the development PKI lacks this file; delete the folder %s to have a new one made", h.dir).because(err)
		}
	}
	rootPEM, err := readFile(h.path(0))
	if err != nil {
		return err
	}
	root, err := ParseAnchor(rootPEM, now)
	if e := (*Error)(nil); errors.As(err, &e) {
		e.File = h.path(0)
		return h.remedy(e)
	}
	pair, err := LoadPair(h.path(1), h.path(2))
	if err != nil {
		return err
	}
	err = pair.CheckChain(now, use, root)
	if e := (*Error)(nil); errors.As(err, &e) {
		return h.remedy(e)
	}
	return err
}

func (h half) remedy(e *Error) error {
	e.Detail += "; delete the folder " + h.dir + " to have a new development PKI made, which devices must be given anew"
	return e
}

func checkServerName(certFile, dir, name string) error {
	data, err := readFile(certFile)
	if err != nil {
		return err
	}
	chain, err := parseCertificates(certFile, data)
	if err != nil {
		return err
	}
	if err := chain[0].VerifyHostname(name); err != nil {
		return refuse(ServerName, certFile, "the certificate was made for %v and not for %s; delete the folder %s to have a new one made", chain[0].DNSNames, name, dir).because(err)
	}
	return nil
}

// makeProfilePKI returns the contents of root, chain and key file. The CAs are
// on P-256, which every phone and Windows verify; the signer is RSA because
// Windows' provisioning signature must be.
func makeProfilePKI(now time.Time) ([][]byte, error) {
	mark, err := installation()
	if err != nil {
		return nil, err
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root, err := issue(caTemplate("Onramp Development Profile Root "+mark, now, rootYears, 1), rootKey, nil)
	if err != nil {
		return nil, err
	}
	intermediateKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	intermediate, err := issue(caTemplate("Onramp Development Profile Intermediate "+mark, now, intermediateYears, 0),
		intermediateKey, &authority{root, rootKey})
	if err != nil {
		return nil, err
	}
	signerKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	// No extended key usage: Apple asks for none, and each one that is given
	// is one that some verifier may not expect.
	signer, err := issue(leafTemplate("Onramp Development Profile Signer "+mark, now),
		signerKey, &authority{intermediate, intermediateKey})
	if err != nil {
		return nil, err
	}
	key, err := EncodeKey(signerKey)
	if err != nil {
		return nil, err
	}
	return [][]byte{EncodeCertificates(root), EncodeCertificates(signer, intermediate), key}, nil
}

// makeRADIUSPKI returns the contents of root, chain and key file.
func makeRADIUSPKI(now time.Time, serverName string) ([][]byte, error) {
	mark, err := installation()
	if err != nil {
		return nil, err
	}
	rootKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	root, err := issue(caTemplate(DevelopmentRADIUSRoot+mark, now, rootYears, 0), rootKey, nil)
	if err != nil {
		return nil, err
	}
	serverKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := leafTemplate("Onramp Development RADIUS Server "+mark, now)
	if len(serverName) <= 64 { // the most a common name may have
		template.Subject.CommonName = serverName
	}
	template.DNSNames = []string{serverName}
	template.KeyUsage |= x509.KeyUsageKeyEncipherment // RSA key exchange of old TLS stacks
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	server, err := issue(template, serverKey, &authority{root, rootKey})
	if err != nil {
		return nil, err
	}
	key, err := EncodeKey(serverKey)
	if err != nil {
		return nil, err
	}
	return [][]byte{EncodeCertificates(root), EncodeCertificates(server), key}, nil
}

// installation tells one development PKI from another in a phone's list of
// certificates, where several may have gathered.
func installation() (string, error) {
	var random [3]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]), nil
}
