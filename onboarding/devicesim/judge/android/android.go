package android

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/java"
)

// CaptiveLimit is the maximum download of Android's captive-portal login window, in bytes.
const CaptiveLimit = 100_000

// Check judges a file as the Passpoint installer of Android 9 and later does.
func Check(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	if len(file) > CaptiveLimit {
		j.Breaks(ruleCaptiveSize, fmt.Sprintf("%d bytes", len(file)))
	}
	parts, ok := readEnvelope(j, file)
	if !ok {
		return nil
	}
	ca := readCA(j, parts, o.Now)
	instance := readTree(j, parts.profile)
	if instance == nil {
		return nil
	}
	n := judge.Network{Type: judge.Passpoint, ServerMatch: judge.MatchSuffix}
	view := &judge.View{}
	d := &reader{Findings: j, now: o.Now, parts: parts, network: &n, view: view}
	d.readInstance(instance)
	view.DisplayName = n.FriendlyName
	if n.EAP == judge.EAPTTLS {
		// PasspointProvider always sends this identity; profiles cannot configure another.
		n.OuterIdentity = "anonymous@" + n.Realm
	}
	switch {
	case len(d.trustedNames) > 0:
		n.ServerNames = d.trustedNames
		if ca != nil {
			j.Breaks(ruleCAIgnored, ca.Subject.String())
		}
	default:
		n.ServerNames = []string{n.HomeDomain}
		CheckSuffixLength(j, n.HomeDomain)
		if ca != nil {
			n.Anchors = [][]byte{ca.Raw}
		}
	}
	if ca == nil {
		j.Breaks(ruleNoCA, "")
	}
	view.Networks = []judge.Network{n}
	return view
}

// readCA parses the CA part. It returns nil if there is none or it is invalid.
func readCA(j *judge.Findings, parts fileParts, now time.Time) *x509.Certificate {
	if !parts.hasCA {
		return nil
	}
	der := parts.ca
	if text := strings.TrimLeft(string(parts.ca), "\r\n"); strings.HasPrefix(text, "-----BEGIN") {
		block, rest := pem.Decode([]byte(text))
		if block == nil || block.Type != "CERTIFICATE" {
			j.Breaks(ruleCA, "PEM without a certificate")
			return nil
		}
		if more, _ := pem.Decode(rest); more != nil {
			j.Breaks(ruleCABundle, "more than one PEM block")
		}
		der = block.Bytes
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		if many, e := x509.ParseCertificates(der); e == nil && len(many) > 1 {
			j.Breaks(ruleCABundle, fmt.Sprintf("%d certificates", len(many)))
			return nil
		}
		j.Breaks(ruleCA, fmt.Sprintf("invalid certificate of %d bytes", len(parts.ca)))
		return nil
	}
	if !cert.BasicConstraintsValid || !cert.IsCA {
		j.Breaks(ruleCANotCA, cert.Subject.String())
	}
	if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		j.Breaks(ruleCAExpired, cert.Subject.String())
	}
	return cert
}

// reader turns the tree into a network, with one method per subtree.
type reader struct {
	*judge.Findings
	now          time.Time
	parts        fileParts
	network      *judge.Network
	view         *judge.View
	trustedNames []string
	credentialTo time.Time // Credential/ExpirationDate, which devices do not enforce
}

func (d *reader) readInstance(n *node) {
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
			d.Breaks(ruleSubscriptionUpdate, path)
		case "SubscriptionParameters":
			d.readSubscription(c, path)
		case "CredentialPriority":
			readInteger(d.Findings, c, path)
		case "Extension":
			d.readExtension(c, path)
		default:
			d.Breaks(ruleUnknownNode, path)
		}
	}
	if !haveHomeSP {
		d.Breaks(ruleHomeSP, "")
	}
	if !haveCredential {
		d.Breaks(ruleCredential, "")
	}
	if d.view.Expires == nil && !d.credentialTo.IsZero() {
		d.Breaks(ruleExpiryPlace, d.credentialTo.Format(time.RFC3339))
	}
}

// inner reports whether a node has children, and breaks a rule if it has a value.
func (d *reader) inner(n *node, path string) bool {
	if n.leaf {
		d.Breaks(ruleLeaf, path)
		return false
	}
	return true
}

// atMost returns the value of a leaf of at most the given number of bytes.
func (d *reader) atMost(n *node, path string, most int) string {
	v := d.text(n, path)
	if len(v) > most {
		d.Breaks(ruleTooLong, path+" "+v)
	}
	return v
}

// text returns the value of a leaf, and breaks a rule if it has children.
func (d *reader) text(n *node, path string) string {
	if !n.leaf {
		d.Breaks(ruleLeaf, path)
		return ""
	}
	return n.value
}

func (d *reader) unknown(path string) { d.Breaks(ruleUnknownNode, path) }

func readInteger(j *judge.Findings, n *node, path string) int {
	if !n.leaf {
		j.Breaks(ruleLeaf, path)
		return 0
	}
	v, err := java.Integer(n.value, 10, 32)
	if err != nil {
		j.Breaks(ruleInteger, path+" "+n.value)
	}
	return int(v)
}

func (d *reader) long(n *node, path string) int64 {
	v, err := java.Integer(d.text(n, path), 10, 64)
	if err != nil {
		d.Breaks(ruleInteger, path+" "+n.value)
	}
	return v
}

// DateLayout is the format of dates in a file.
const DateLayout = "2006-01-02T15:04:05Z"

// date parses a date. The device uses its local zone; files are written in UTC.
func (d *reader) date(n *node, path string) time.Time {
	v := d.text(n, path)
	t, err := time.Parse(DateLayout, v)
	if err != nil || len(v) != len(DateLayout) {
		d.Breaks(ruleDate, path+" "+v)
		return time.Time{}
	}
	return t
}

func (d *reader) readSubscription(n *node, path string) {
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
					d.Breaks(ruleExpired, c.value)
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
