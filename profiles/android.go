package profiles

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// newAndroid returns the builder of Android's Passpoint files (x-wifi-config). A file
// is a MIME message of the subscription (templates/profiles/android.xml) and the
// RADIUS server's root, if the settings have one. The whole message is encoded in
// base64.
func newAndroid(s *Settings) (builder, error) {
	t := xmlTemplate("android.xml")
	p := s.Passpoint
	f, err := newForm(func(blank func(string) string) ([]byte, error) {
		data := androidSubscription{
			FriendlyName:       p.FriendlyName,
			FQDN:               p.HomeDomain,
			RoamingConsortiums: strings.ToLower(strings.Join(p.RoamingConsortiums, ",")),
			Realm:              p.Realm,
			EAPType:            s.Method.eapType(),
			InnerMethod:        s.Inner.passpoint(),
			Username:           blank("username"),
			PasswordBase64:     blank("password"),
			Created:            blank("created"),
			Expires:            blank("expires"),
		}
		if !s.privateRoot() {
			data.TrustedNames = strings.Join(s.suffixNames(), ";")
		}
		return render(t, data)
	})
	return &android{s, f}, err
}

// androidSubscription is the data of templates/profiles/android.xml.
type androidSubscription struct {
	FriendlyName, FQDN, RoamingConsortiums string
	Realm, Username, PasswordBase64        string
	EAPType                                int
	InnerMethod, Created, Expires          string
	TrustedNames                           string // separated by ";"; if empty, the server must match FQDN
}

type android struct {
	settings *Settings
	form     *form
}

// androidBoundary separates the MIME parts. It cannot occur in base64.
const androidBoundary = "----onramp"

func (a *android) document(c Credential) (*Document, error) {
	s := a.settings
	if strings.Trim(c.Username, " ") != c.Username {
		return nil, &UnsupportedError{Android, "Android trims the spaces at the ends of this user name."}
	}
	var m bytes.Buffer
	m.WriteString("Content-Type: multipart/mixed; boundary=" + androidBoundary + "\n")
	m.WriteString("Content-Transfer-Encoding: base64\n\n")
	mimePart(&m, "application/x-passpoint-profile", a.form.fill(map[string]string{
		"username": c.Username,
		"password": base64.StdEncoding.EncodeToString([]byte(c.Password)),
		"created":  timestamp(c.Created),
		"expires":  timestamp(c.Expires),
	}))
	if roots := s.roots(); len(roots) > 0 {
		mimePart(&m, "application/x-x509-ca-cert", roots[0]) // Android would use only the last of several
	}
	m.WriteString("--" + androidBoundary + "--\n")

	network := passpointNetwork(s, c)
	network.OuterIdentity = anonymousAt(s.Passpoint.Realm)
	return &Document{
		Body:             []byte(base64.StdEncoding.EncodeToString(m.Bytes())),
		ContentType:      "application/x-wifi-config", // Android accepts no parameters
		FileName:         "passpoint.config",
		TransferEncoding: "base64",
		Networks:         []Network{network},
		Notes:            androidNotes(s),
	}, nil
}

// mimePart writes a part with its content in base64 on lines of 76 characters.
func mimePart(m *bytes.Buffer, contentType string, content []byte) {
	m.WriteString("--" + androidBoundary + "\nContent-Type: " + contentType + "\nContent-Transfer-Encoding: base64\n\n")
	text := base64.StdEncoding.EncodeToString(content)
	for len(text) > 76 {
		m.WriteString(text[:76])
		m.WriteByte('\n')
		text = text[76:]
	}
	m.WriteString(text)
	m.WriteByte('\n')
}

func androidNotes(s *Settings) []string {
	var notes []string
	if outer := anonymousAt(s.Passpoint.Realm); !strings.EqualFold(outer, s.OuterIdentity) {
		notes = append(notes, "Android sends the outer identity "+outer+", not "+s.OuterIdentity+".")
	}
	if s.WPA2 != nil {
		notes = append(notes, "The network "+s.WPA2.SSID+" is not in this file: on Android, only an app can add it.")
	}
	switch {
	case s.privateRoot():
		notes = append(notes, "Android 10 and older reject a private root.")
	case len(s.PublicRoots) == 0:
		notes = append(notes, "Android 10 and older reject this file, because it contains no root.")
	case len(s.PublicRoots) > 1:
		notes = append(notes, "Android 10 and older use only the first public root: a file can contain one.")
	}
	return notes
}
