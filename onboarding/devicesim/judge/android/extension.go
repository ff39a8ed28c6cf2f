package android

import (
	"fmt"
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/java"
)

// MaxSuffixMatch is the maximum length of the trusted server names together, in UTF-16 units. The
// system's limit is 256 with two added quotes; it silently drops longer lists.
const MaxSuffixMatch = 254

// CheckSuffixLength checks the length of the network's domain_suffix_match.
func CheckSuffixLength(j *judge.Findings, names string) {
	if n := java.Length(names); n > MaxSuffixMatch {
		j.Breaks(ruleSuffixLength, fmt.Sprintf("%d characters: %s", n, names))
	}
}

// readExtension reads the only subtree that allows unknown nodes, for forward compatibility.
func (d *reader) readExtension(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	for _, vendor := range n.children {
		here := path + "/" + vendor.name
		switch vendor.name {
		case "Android":
			if !d.inner(vendor, here) {
				continue
			}
			if names := vendor.child("AAAServerTrustedNames"); names != nil {
				d.readTrustedNames(names, here+"/AAAServerTrustedNames")
			}
		case "WBA":
			if !d.inner(vendor, here) {
				continue
			}
			if nai := vendor.child("NAI"); nai != nil && d.inner(nai, here+"/NAI") {
				if p := nai.child("DecoratedPrefix"); p != nil {
					d.readDecoratedPrefix(d.text(p, here+"/NAI/DecoratedPrefix"))
				}
			}
		}
	}
}

func (d *reader) readDecoratedPrefix(v string) {
	realms := java.Split(v, "!")
	broken := !strings.HasSuffix(v, "!") || len(realms) > 16
	for _, realm := range realms {
		broken = broken || java.Length(realm) > 255
	}
	if broken {
		d.Breaks(ruleDecorated, v)
	}
}

func (d *reader) readTrustedNames(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	list, have := "", false
	for _, c := range n.children {
		if c.name != "FQDN" {
			d.unknown(path + "/" + c.name)
			continue
		}
		list, have = d.text(c, path+"/FQDN"), true
	}
	if !have {
		d.Breaks(ruleMissingField, path+"/FQDN")
		return
	}
	names := java.Split(list, ";")
	if len(names) == 0 {
		d.Breaks(ruleTrustedNames, list)
	}
	if len(names) > 16 {
		d.Breaks(ruleTrustedNameCount, fmt.Sprintf("%d names", len(names)))
	}
	CheckSuffixLength(d.Findings, strings.Join(names, ";"))
	for _, name := range names {
		if len(name) > 255 {
			d.Breaks(ruleTrustedNameCount, name)
			continue
		}
		bare := strings.TrimPrefix(name, "*.")
		if !judge.IsHostName(bare) {
			d.Breaks(ruleTrustedNames, name)
			continue
		}
		if judge.IsRegistrable(bare) {
			d.Breaks(ruleTrustedDomain, name)
		}
		d.trustedNames = append(d.trustedNames, bare)
	}
}
