package profiles

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"path"
	"strings"
)

// newIWD returns the builder of provisioning files for iwd, the Linux wireless daemon:
// one for the WPA2 network, and one for the realms and each roaming consortium of the
// Passpoint network. iwd uses the files' names and folders, so the document is a tar
// archive, to be unpacked in /var/lib/iwd.
func newIWD(s *Settings) (builder, error) { return &iwd{s}, nil }

type iwd struct{ settings *Settings }

// iwdFile is a provisioning file.
type iwdFile struct{ name, body string }

func (b *iwd) document(c Credential) (*Document, error) {
	s := b.settings
	var files []iwdFile
	if p := s.Passpoint; p != nil {
		for i, found := range iwdHotspots(p) {
			files = append(files, iwdFile{
				path.Join("hotspot", fmt.Sprintf("%s-%d.conf", stableUUID(s.OrganizationID, partPasspoint), i+1)),
				iwdProvisioning(s, c, false, "\n[Hotspot]\nName="+keyfileString(p.FriendlyName)+"\n"+found+"\n"),
			})
		}
	}
	if n := s.WPA2; n != nil {
		files = append(files, iwdFile{iwdName(n.SSID) + ".8021x", iwdProvisioning(s, c, n.Hidden, "")})
	}
	body, err := iwdArchive(files, c)
	if err != nil {
		return nil, err
	}
	return &Document{
		Body: body, ContentType: "application/x-tar", FileName: "wifi-iwd.tar", Attachment: true,
		Networks: networks(s, c), Notes: iwdNotes(s),
	}, nil
}

// iwdHotspots returns, for each file, the line by which iwd finds the Passpoint
// network. A file can have all realms, but only one roaming consortium.
func iwdHotspots(p *Passpoint) []string {
	realms := p.NAIRealms
	if len(realms) == 0 {
		realms = []string{p.Realm}
	}
	found := []string{"NAIRealmNames=" + keyfileString(strings.Join(realms, ","))}
	for _, oi := range p.RoamingConsortiums {
		found = append(found, "RoamingConsortium="+strings.ToLower(oi))
	}
	return found
}

// iwdProvisioning returns a provisioning file. Without a CACert, iwd would not check
// the server's certificate.
func iwdProvisioning(s *Settings, c Credential, hidden bool, more string) string {
	var f strings.Builder
	method := "EAP-" + s.Method.iwd()
	key := func(name, value string) { f.WriteString(name + "=" + keyfileString(value) + "\n") }

	f.WriteString("[Settings]\nAutoConnect=true\n")
	if hidden {
		f.WriteString("Hidden=true\n")
	}
	f.WriteString("\n[Security]\n")
	key("EAP-Method", s.Method.iwd())
	key("EAP-Identity", s.OuterIdentity)
	if len(s.roots()) > 0 {
		key(method+"-CACert", "embed:"+iwdRoots)
	} else {
		key(method+"-CACert", linuxPublicCAs)
	}
	key(method+"-ServerDomainMask", strings.Join(iwdMasks(s.TrustedServerNames), ";"))
	key(method+"-Phase2-Method", s.Inner.iwd(s.Method))
	key(method+"-Phase2-Identity", c.Username)
	key(method+"-Phase2-Password", c.Password)
	f.WriteString(more)
	if len(s.roots()) > 0 {
		f.WriteString("\n[@pem@" + iwdRoots + "]\n")
		for _, root := range s.roots() {
			f.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}))
		}
	}
	return f.String()
}

// iwdRoots is the name of the embedded certificates in a file.
const iwdRoots = "roots"

// iwdMasks returns the server names in lower case, because iwd's comparison is
// case-sensitive. A leading * matches any labels.
func iwdMasks(names []string) []string {
	masks := make([]string, len(names))
	for i, name := range names {
		masks[i] = strings.ToLower(name)
	}
	return masks
}

// iwdName returns the file name for an SSID: the SSID itself if it consists of letters,
// digits, spaces, hyphens and underscores, else "=" and its hexadecimal form.
func iwdName(ssid string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ "
	if strings.Trim(ssid, plain) == "" {
		return ssid
	}
	return "=" + hex.EncodeToString([]byte(ssid))
}

// iwdArchive returns a tar archive of the files. The same files give the same bytes.
func iwdArchive(files []iwdFile, c Credential) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.body)), Mode: 0o600,
			ModTime: c.Created.UTC().Truncate(1e9), Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("pack the files of iwd: %w", err)
		}
		if _, err := w.Write([]byte(f.body)); err != nil {
			return nil, fmt.Errorf("pack the files of iwd: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack the files of iwd: %w", err)
	}
	return b.Bytes(), nil
}

func iwdNotes(s *Settings) []string {
	notes := []string{"Unpack the archive in /var/lib/iwd."}
	if s.Passpoint != nil {
		notes = append(notes, "iwd searches for Passpoint networks only with DisableANQP=false in /etc/iwd/main.conf.")
	}
	if len(s.roots()) == 0 {
		notes = append(notes, "The public CAs must be in "+linuxPublicCAs+".")
	}
	return append(notes, "iwd does not remove the network when the credential expires.")
}
