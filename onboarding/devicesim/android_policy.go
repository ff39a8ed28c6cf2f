package devicesim

import (
	"strconv"
	"strings"
)

// readPolicy reads the Policy subtree, which subscription servers fill. A parse error in it is as fatal as
// anywhere else, so it is read to the end even though no visitor needs one.
func (d *androidReader) readPolicy(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	d.breaks(androidPolicy, path)
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
				"Priority":   {check: d.checkDecimal},
				"Country":    {required: true, check: d.checkNotEmpty},
			})
		case "MinBackhaulThreshold":
			d.readEntries(c, here, map[string]entryField{
				"NetworkType": {required: true, check: d.checkNetworkType},
				"DLBandwidth": {check: d.checkDecimal},
				"ULBandwidth": {check: d.checkDecimal},
			})
		case "SPExclusionList":
			d.readEntries(c, here, map[string]entryField{"SSID": {required: true, check: d.checkSSID}})
		case "RequiredProtoPortTuple":
			d.readEntries(c, here, map[string]entryField{
				"IPProtocol": {required: true, check: d.checkProtocol},
				"PortNumber": {required: true, check: d.checkPorts},
			})
		case "MaximumBSSLoadValue":
			readInteger(d.judge, c, here)
		default:
			d.unknown(here)
		}
	}
	if !haveUpdate {
		d.breaks(androidPolicyUpdate, path)
	}
}

// updateNever is the interval that means the policy is never updated; nothing else is then needed.
const updateNever = 0xffffffff

func (d *androidReader) readUpdate(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	interval := int64(-1)
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "UpdateInterval":
			interval = d.long(c, here)
		case "UpdateMethod", "Restriction", "URI":
			d.text(c, here)
		case "UsernamePassword":
			if d.inner(c, here) {
				for _, leaf := range c.children {
					if leaf.name != "Username" && leaf.name != "Password" {
						d.unknown(here + "/" + leaf.name)
						continue
					}
					d.text(leaf, here+"/"+leaf.name)
				}
			}
		case "TrustRoot":
			d.readTrustRoot(c, here)
		case "Other":
		default:
			d.unknown(here)
		}
	}
	if interval == updateNever {
		return
	}
	for _, need := range []string{"UpdateMethod", "Restriction", "URI", "UsernamePassword", "TrustRoot"} {
		if n.child(need) == nil {
			d.breaks(androidPolicyUpdate, path+" without "+need)
		}
	}
	if interval < 0 {
		d.breaks(androidPolicyUpdate, path+" without UpdateInterval")
	}
}

func (d *androidReader) readTrustRoot(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	url, haveFingerprint := "", false
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "CertURL":
			url = d.text(c, here)
		case "CertSHA256Fingerprint":
			haveFingerprint = true
			d.fingerprint(c, here)
		default:
			d.unknown(here)
		}
	}
	if url == "" || len(url) > 1023 || !haveFingerprint {
		d.breaks(androidTrustRoot, path)
	}
}

func (d *androidReader) checkFQDNMatch(v, path string) {
	_, how, ok := strings.Cut(v, ",")
	if !ok || how != "exactMatch" && how != "includeSubdomains" {
		d.breaks(androidPolicyValue, path+" "+v)
	}
}

func (d *androidReader) checkDecimal(v, path string) {
	if _, err := strconv.ParseInt(v, 10, 64); err != nil {
		d.breaks(androidInteger, path+" "+v)
	}
}

func (d *androidReader) checkNotEmpty(v, path string) {
	if v == "" {
		d.breaks(androidPolicyValue, path+" is empty")
	}
}

func (d *androidReader) checkNetworkType(v, path string) {
	if v != "home" && v != "roaming" {
		d.breaks(androidPolicyValue, path+" "+v)
	}
}

func (d *androidReader) checkProtocol(v, path string) {
	if p, err := strconv.Atoi(v); err != nil || p < 0 || p > 255 {
		d.breaks(androidPolicyValue, path+" "+v)
	}
}

func (d *androidReader) checkPorts(v, path string) {
	if len(v) > 64 {
		d.breaks(androidPolicyValue, path+" "+v)
	}
}
