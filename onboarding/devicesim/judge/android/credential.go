package android

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/java"
)

func (d *reader) readCredential(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	if d.parts.hasPKCS12 {
		d.Breaks(ruleClientCertificate, typePKCS12)
	}
	var kinds []string
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "CreationDate":
			d.date(c, here)
		case "ExpirationDate":
			d.credentialTo = d.date(c, here)
		case "UsernamePassword":
			kinds = append(kinds, c.name)
			d.readUserCredential(c, here)
		case "DigitalCertificate":
			kinds = append(kinds, c.name)
			d.Breaks(ruleClientCertificate, here)
		case "SIM":
			kinds = append(kinds, c.name)
			d.readSIM(c, here)
		case "Realm":
			d.network.Realm = d.text(c, here)
		case "CheckAAAServerCertStatus":
			if strings.EqualFold(d.text(c, here), "true") {
				d.Breaks(ruleOCSP, c.value)
			}
		default:
			d.unknown(here)
		}
	}
	if v := d.network.Realm; v == "" || len(v) > 253 {
		d.Breaks(ruleRealm, v)
	}
	if len(kinds) != 1 {
		slices.Sort(kinds)
		d.Breaks(ruleOneCredential, strings.Join(kinds, " and "))
	}
}

func (d *reader) readUserCredential(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	var username, password string
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "Username":
			username = d.text(c, here)
		case "Password":
			password = d.text(c, here)
		case "MachineManaged", "AbleToShare":
			d.text(c, here)
		case "SoftTokenApp":
			d.atMost(c, here, 255)
		case "EAPMethod":
			d.readEAPMethod(c, here)
		default:
			d.unknown(here)
		}
	}
	if username == "" || len(username) > 63 {
		d.Breaks(ruleUsername, username)
	}
	d.network.Username = username
	if password == "" || len(password) > 255 {
		d.Breaks(rulePassword, judge.Redacted(password))
	} else {
		d.readPassword(password)
	}
	if d.network.EAP != judge.EAPTTLS {
		d.Breaks(ruleEAPType, strconv.Itoa(d.network.EAP))
	}
	if d.network.Inner == "" {
		d.Breaks(ruleInner, "none")
	}
}

func (d *reader) readPassword(encoded string) {
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") || len(raw) == 0 || !utf8.Valid(raw) {
		d.Breaks(rulePasswordEncoding, judge.Redacted(encoded))
		return
	}
	d.network.Password = judge.Secret(raw)
}

func (d *reader) readEAPMethod(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "EAPType":
			d.network.EAP = readInteger(d.Findings, c, here)
		case "InnerMethod":
			switch v := d.text(c, here); v {
			case "PAP":
				d.network.Inner = judge.InnerPAP
			case "MS-CHAP":
				d.network.Inner = judge.InnerMSCHAP
			case "MS-CHAP-V2":
				d.network.Inner = judge.InnerMSCHAPv2
			default:
				d.network.Inner = v
				d.Breaks(ruleInner, strconv.Quote(v))
			}
		case "VendorId", "VendorType", "InnerEAPType", "InnerVendorID", "InnerVendorType":
		default:
			d.unknown(here)
		}
	}
}

func (d *reader) readSIM(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	imsi := ""
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "IMSI":
			imsi = d.text(c, here)
		case "EAPType":
			d.network.EAP = readInteger(d.Findings, c, here)
		default:
			d.unknown(here)
		}
	}
	digits := strings.TrimSuffix(imsi, "*")
	if imsi == "" || java.Length(imsi) > 15 || strings.Trim(digits, "0123456789") != "" {
		d.Breaks(ruleIMSI, judge.Redacted(imsi))
	}
	if t := d.network.EAP; t != 18 && t != 23 && t != 50 {
		d.Breaks(ruleSIMType, strconv.Itoa(t))
	}
}
