package devicesim

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
)

// captiveLimit is how much Android's captive-portal login window downloads.
const captiveLimit = 100_000

// checkAndroid is the Passpoint installer of Android 9 and later.
func checkAndroid(j *judge, file []byte, o Options) *View {
	if len(file) > captiveLimit {
		j.breaks(androidCaptiveSize, fmt.Sprintf("%d bytes", len(file)))
	}
	parts, ok := readAndroidEnvelope(j, file)
	if !ok {
		return nil
	}
	ca := readAndroidCA(j, parts, o.Now)
	instance := readAndroidTree(j, parts.profile)
	if instance == nil {
		return nil
	}
	n := Network{Type: Passpoint, ServerMatch: MatchSuffix}
	view := &View{}
	d := &androidReader{judge: j, now: o.Now, parts: parts, network: &n, view: view}
	d.readInstance(instance)
	view.DisplayName = n.FriendlyName
	if n.EAP == EAPTTLS {
		// PasspointProvider never sends the user name in clear and offers no choice of what it sends.
		n.OuterIdentity = "anonymous@" + n.Realm
	}
	switch {
	case len(d.trustedNames) > 0:
		n.ServerNames = d.trustedNames
		if ca != nil {
			j.breaks(androidCAIgnored, ca.Subject.String())
		}
	default:
		n.ServerNames = []string{n.HomeDomain}
		checkSuffixLength(j, n.HomeDomain)
		if ca != nil {
			n.Anchors = [][]byte{ca.Raw}
		}
	}
	if ca == nil {
		j.breaks(androidNoCA, "")
	}
	view.Networks = []Network{n}
	return view
}

// readAndroidCA reads the CA part, nil when there is none or it is unreadable.
func readAndroidCA(j *judge, parts androidParts, now time.Time) *x509.Certificate {
	if !parts.hasCA {
		return nil
	}
	der := parts.ca
	if text := strings.TrimLeft(string(parts.ca), "\r\n"); strings.HasPrefix(text, "-----BEGIN") {
		block, rest := pem.Decode([]byte(text))
		if block == nil || block.Type != "CERTIFICATE" {
			j.breaks(androidCA, "PEM without a certificate")
			return nil
		}
		if more, _ := pem.Decode(rest); more != nil {
			j.breaks(androidCABundle, "more than one PEM block")
		}
		der = block.Bytes
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		if many, e := x509.ParseCertificates(der); e == nil && len(many) > 1 {
			j.breaks(androidCABundle, fmt.Sprintf("%d certificates", len(many)))
			return nil
		}
		j.breaks(androidCA, fmt.Sprintf("%d bytes that are no certificate", len(parts.ca)))
		return nil
	}
	if !cert.BasicConstraintsValid || !cert.IsCA {
		j.breaks(androidCANotCA, cert.Subject.String())
	}
	if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		j.breaks(androidCAExpired, cert.Subject.String())
	}
	return cert
}

// androidReader turns the tree into a network, one method a subtree.
type androidReader struct {
	*judge
	now          time.Time
	parts        androidParts
	network      *Network
	view         *View
	trustedNames []string
	credentialTo time.Time // Credential/ExpirationDate, which the device does not enforce
}

func (d *androidReader) readInstance(n *node) {
	haveHomeSP, haveCredential := false, false
	for _, c := range n.children {
		path := n.name + "/" + c.name
		switch c.name {
		case "HomeSP":
			haveHomeSP = true
			d.readHomeSP(c, path)
		case "Credential":
			haveCredential = true
			d.readCredential(c, path)
		case "Policy":
			d.readPolicy(c, path)
		case "AAAServerTrustRoot":
			d.readTrustRoots(c, path)
		case "SubscriptionUpdate":
			d.breaks(androidSubscriptionUpdate, path)
		case "SubscriptionParameters":
			d.readSubscription(c, path)
		case "CredentialPriority":
			readInteger(d.judge, c, path)
		case "Extension":
			d.readExtension(c, path)
		default:
			d.breaks(androidUnknownNode, path)
		}
	}
	if !haveHomeSP {
		d.breaks(androidHomeSP, "")
	}
	if !haveCredential {
		d.breaks(androidCredential, "")
	}
	if d.view.Expires == nil && !d.credentialTo.IsZero() {
		d.breaks(androidExpiryPlace, d.credentialTo.Format(time.RFC3339))
	}
}

// inner reports a value where children belong.
func (d *androidReader) inner(n *node, path string) bool {
	if n.leaf {
		d.breaks(androidLeaf, path)
		return false
	}
	return true
}

// atMost is text of a limited number of bytes.
func (d *androidReader) atMost(n *node, path string, most int) string {
	v := d.text(n, path)
	if len(v) > most {
		d.breaks(androidTooLong, path+" "+v)
	}
	return v
}

// text returns a leaf's value and reports children where a value belongs.
func (d *androidReader) text(n *node, path string) string {
	if !n.leaf {
		d.breaks(androidLeaf, path)
		return ""
	}
	return n.value
}

func (d *androidReader) unknown(path string) { d.breaks(androidUnknownNode, path) }

func readInteger(j *judge, n *node, path string) int {
	if !n.leaf {
		j.breaks(androidLeaf, path)
		return 0
	}
	v, err := javaInteger(n.value, 10, 32)
	if err != nil {
		j.breaks(androidInteger, path+" "+n.value)
	}
	return int(v)
}

func (d *androidReader) long(n *node, path string) int64 {
	v, err := javaInteger(d.text(n, path), 10, 64)
	if err != nil {
		d.breaks(androidInteger, path+" "+n.value)
	}
	return v
}

const androidDateLayout = "2006-01-02T15:04:05Z"

// date reads a date. The device reads it in its own zone; UTC is what the file's writer means.
func (d *androidReader) date(n *node, path string) time.Time {
	v := d.text(n, path)
	t, err := time.Parse(androidDateLayout, v)
	if err != nil || len(v) != len(androidDateLayout) {
		d.breaks(androidDate, path+" "+v)
		return time.Time{}
	}
	return t
}

func (d *androidReader) readSubscription(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "CreationDate":
			d.date(c, here)
		case "ExpirationDate":
			if t := d.date(c, here); !t.IsZero() {
				d.view.Expires = &t
				if !t.After(d.now) {
					d.breaks(androidExpired, c.value)
				}
			}
		case "TypeOfSubscription":
			d.atMost(c, here, 255)
		case "UsageLimits":
			if !d.inner(c, here) {
				continue
			}
			for _, limit := range c.children {
				switch at := here + "/" + limit.name; limit.name {
				case "DataLimit", "TimeLimit", "UsageTimePeriod":
					d.long(limit, at)
				case "StartDate":
					d.date(limit, at)
				default:
					d.unknown(at)
				}
			}
		default:
			d.unknown(here)
		}
	}
}
