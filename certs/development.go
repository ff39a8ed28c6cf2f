package certs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"onramp/certs/durable"
)

// DevelopmentRADIUSRoot is the start of the common name of every development root
// for RADIUS servers.
const DevelopmentRADIUSRoot = "Onramp Development RADIUS Root "

// Development holds the absolute paths of the files of a development PKI. All files
// are PEM and can be used by openssl, FreeRADIUS and LoadPair.
type Development struct {
	// The profile signer has an RSA-2048 key. Its chain file contains the leaf and
	// one intermediate, whose issuer is ProfileRoot.
	ProfileRoot string
	ProfileCert string
	ProfileKey  string
	// The RADIUS server has an RSA-2048 key, because some supplicants support
	// only RSA. Its certificate is issued by a second root, so that a device that
	// trusts this root for Wi-Fi does not trust the profile signer.
	RADIUSRoot string
	RADIUSCert string
	RADIUSKey  string
}

// EnsureDevelopment returns the development PKI in dir, and creates it if it is
// missing: dir/profile with a root, an intermediate and a profile signer, and
// dir/radius with a root and the certificate of a RADIUS server whose dNSName is
// radiusServerName. Folders have mode 0700 and files 0600.
//
// An existing PKI is checked and never changed. If it has expired, lacks a file or
// was made for another server name, the error is an *Error that names the folder to
// delete. A root is not replaced automatically, because devices that trust the old
// one could no longer connect.
//
// Each half is created atomically with [durable.CreateFolder]. A killed process
// leaves no incomplete half, and of several processes that create a half at the same
// time, all use the same one.
//
// # Decision: CA keys are not stored
//
// The private keys of the roots and the intermediate are never written to a file.
// People install these roots on their own devices, and a stored key could sign a
// certificate for any name that those devices accept. Without the keys, the roots
// only verify the two leaves made here. Therefore the leaves cannot be renewed: when
// they expire, delete the folder to have a new PKI made.
func EnsureDevelopment(dir string, now time.Time, radiusServerName string) (*Development, error) {
	if !hostName.MatchString(radiusServerName) || len(radiusServerName) > 253 {
		return nil, refuse(ServerName, "", "the RADIUS server name %q is not a host name", radiusServerName)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, refuse(Unwritable, dir, "the folder has no absolute path: %v", err).because(err)
	}
	profile := half{
		dir:   filepath.Join(dir, "profile"),
		files: []string{"root.pem", "signer.pem", "signer.key"},
		make:  makeProfilePKI,
	}
	radius := half{
		dir:   filepath.Join(dir, "radius"),
		files: []string{"root.pem", "server.pem", "server.key"},
		make:  func(now time.Time) ([][]byte, error) { return makeRADIUSPKI(now, radiusServerName) },
	}
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

const hostLabel = `[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?`

var hostName = regexp.MustCompile(`^(` + hostLabel + `\.)*` + hostLabel + `$`)

// half is one of the two parts of the PKI: a folder with a root, a chain and a key.
type half struct {
	dir   string
	files []string // root, chain, key
	make  func(now time.Time) ([][]byte, error)
}

func (h half) path(i int) string { return filepath.Join(h.dir, h.files[i]) }

// ensure creates the half unless its folder exists.
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

// check returns an error if a file of the half is missing or no longer valid.
func (h half) check(now time.Time, use Use) error {
	for i := range h.files {
		if _, err := os.Stat(h.path(i)); errors.Is(err, fs.ErrNotExist) {
			return refuse(Incomplete, h.path(i),
				"the development PKI lacks this file; delete the folder %s to have a new PKI made", h.dir).because(err)
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
	e.Detail += "; delete the folder " + h.dir +
		" to have a new development PKI made, and install its root on devices again"
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
		return refuse(ServerName, certFile,
			"the certificate was made for %v, not for %s; delete the folder %s to have a new PKI made",
			chain[0].DNSNames, name, dir).because(err)
	}
	return nil
}
