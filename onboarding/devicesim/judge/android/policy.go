package android

import (
	"crypto/sha256"
	"math"
	"slices"

	"onramp/onboarding/devicesim/judge/java"
)

// readPolicy reads the Policy subtree of subscription servers. Visitors do not need one, but a
// parse error in it is fatal too.
func (d *reader) readPolicy(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	d.Breaks(rulePolicy, path)
	haveUpdate := false
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "PolicyUpdate":
			haveUpdate = true
			d.readUpdate(c, here)
		case "PreferredRoamingPartnerList":
			d.readEntries(c, here, map[string]entryField{
				"FQDN_Match": {required: true, check: d.checkFQDNMatch},
				"Priority":   {check: d.checkInteger},
				"Country":    {required: true, check: d.checkPolicyText},
			})
			d.countEntries(here, len(c.children), maxEntries)
		case "MinBackhaulThreshold":
			d.readEntries(c, here, map[string]entryField{
				"NetworkType": {required: true, check: d.checkNetworkType},
				"DLBandwidth": {check: d.checkLong},
				"ULBandwidth": {check: d.checkLong},
			})
		case "SPExclusionList":
			d.readEntries(c, here, map[string]entryField{"SSID": {required: true, check: d.checkSSID}})
			d.countEntries(here, len(c.children), 128)
		case "RequiredProtoPortTuple":
			d.readEntries(c, here, map[string]entryField{
				"IPProtocol": {required: true, check: d.checkProtocol},
				"PortNumber": {required: true, check: d.checkPorts},
			})
		case "MaximumBSSLoadValue":
			readInteger(d.Findings, c, here)
		default:
			d.unknown(here)
		}
	}
	if !haveUpdate {
		d.Breaks(rulePolicyUpdate, path)
	}
}

// updateNever is the interval of a policy that is never updated. It needs no other leaves.
const updateNever = 0xffffffff

// updateLimits are the leaves of an update with their maximum bytes or allowed words.
var updateLimits = []struct {
	name  string
	most  int
	words []string
}{
	{"UpdateMethod", 0, []string{"OMA-DM-ClientInitiated", "SPP-ClientInitiated"}},
	{"Restriction", 0, []string{"HomeSP", "RoamingPartner", "Unrestricted"}},
	{"URI", 1023, nil},
	{"Username", 63, nil},
	{"Password", 255, nil},
	{"CertURL", 1023, nil},
}

// readUpdate reads a PolicyUpdate. Its limits apply only if there is an update.
func (d *reader) readUpdate(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	interval, have := int64(0), false
	values := map[string]string{}
	fingerprint := 0
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "UpdateInterval":
			interval, have = d.long(c, here), true
		case "UpdateMethod", "Restriction", "URI":
			values[c.name] = d.text(c, here)
		case "UsernamePassword":
			d.readUpdateUser(c, here, values)
		case "TrustRoot":
			values["CertURL"], fingerprint = d.readTrustRoot(c, here)
		case "Other":
		default:
			d.unknown(here)
		}
	}
	switch {
	case !have || interval == math.MinInt64:
		d.Breaks(rulePolicyUpdate, path+" without UpdateInterval")
		return
	case interval == updateNever:
		return
	}
	for _, limit := range updateLimits {
		v := values[limit.name]
		if v == "" || limit.words != nil && !slices.Contains(limit.words, v) || limit.most > 0 && len(v) > limit.most {
			d.Breaks(rulePolicyUpdate, path+" without a usable "+limit.name)
		}
	}
	if _, _, err := decodeLeniently([]byte(values["Password"])); err != nil {
		d.Breaks(rulePolicyUpdate, path+" without a usable Password")
	}
	if fingerprint != sha256.Size {
		d.Breaks(rulePolicyUpdate, path+" without a usable CertSHA256Fingerprint")
	}
}

func (d *reader) readUpdateUser(n *node, path string, values map[string]string) {
	if !d.inner(n, path) {
		return
	}
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "Username", "Password":
			values[c.name] = d.text(c, here)
		default:
			d.unknown(here)
		}
	}
}

// readTrustRoot returns the address of a certificate and the length of its fingerprint in bytes, or
// -1.
func (d *reader) readTrustRoot(n *node, path string) (url string, fingerprint int) {
	fingerprint = -1
	if !d.inner(n, path) {
		return "", fingerprint
	}
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "CertURL":
			url = d.text(c, here)
		case "CertSHA256Fingerprint":
			v := d.text(c, here)
			b, err := java.Hex(v)
			if err != nil {
				d.Breaks(ruleFingerprint, here+" "+v)
			}
			fingerprint = len(b)
		default:
			d.unknown(here)
		}
	}
	return url, fingerprint
}

// readTrustRoots reads AAAServerTrustRoot. The parser keeps its entries by address.
func (d *reader) readTrustRoots(list *node, path string) {
	if !d.inner(list, path) {
		return
	}
	for _, entry := range list.children {
		at := path + "/" + entry.name
		url, fingerprint := d.readTrustRoot(entry, at)
		if url == "" || len(url) > maxURL || fingerprint != sha256.Size {
			d.Breaks(ruleTrustRoot, at)
		}
	}
	d.countEntries(path, len(valuesOf(list, "CertURL")), maxEntries)
}

func (d *reader) checkFQDNMatch(v, path string) {
	parts := java.Split(v, ",")
	if len(parts) != 2 || parts[1] != "exactMatch" && parts[1] != "includeSubdomains" {
		d.Breaks(rulePolicyValue, path+" "+v)
		return
	}
	d.checkPolicyText(parts[0], path)
}

func (d *reader) checkInteger(v, path string) {
	if _, err := java.Integer(v, 10, 32); err != nil {
		d.Breaks(ruleInteger, path+" "+v)
	}
}

func (d *reader) checkLong(v, path string) {
	if _, err := java.Integer(v, 10, 64); err != nil {
		d.Breaks(ruleInteger, path+" "+v)
	}
}

func (d *reader) checkPolicyText(v, path string) {
	if v == "" || len(v) > 255 {
		d.Breaks(rulePolicyValue, path+" "+v)
	}
}

func (d *reader) checkNetworkType(v, path string) {
	if v != "home" && v != "roaming" {
		d.Breaks(rulePolicyValue, path+" "+v)
	}
}

func (d *reader) checkProtocol(v, path string) {
	p, err := java.Integer(v, 10, 32)
	switch {
	case err != nil:
		d.Breaks(ruleInteger, path+" "+v)
	case p < 0 || p > 255:
		d.Breaks(rulePolicyValue, path+" "+v)
	}
}

func (d *reader) checkPorts(v, path string) {
	if len(v) > 64 {
		d.Breaks(rulePolicyValue, path+" "+v)
	}
}
