package devicesim

import (
	"fmt"
	"strings"
)

// maxSuffixMatch is how long the names that a server is compared with may be together. The system's limit is
// 256 characters with the quotes that it adds; what is longer is dropped without a word.
const maxSuffixMatch = 254

// checkSuffixLength judges the text that becomes the network's domain_suffix_match.
func checkSuffixLength(j *judge, names string) {
	if n := javaLength(names); n > maxSuffixMatch {
		j.breaks(androidSuffixLength, fmt.Sprintf("%d characters: %s", n, names))
	}
}

// readExtension reads the one subtree where unknown nodes are allowed, so that old versions take new files.
func (d *androidReader) readExtension(n *node, path string) {
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

func (d *androidReader) readDecoratedPrefix(v string) {
	realms := javaSplit(v, "!")
	broken := !strings.HasSuffix(v, "!") || len(realms) > 16
	for _, realm := range realms {
		broken = broken || javaLength(realm) > 255
	}
	if broken {
		d.breaks(androidDecorated, v)
	}
}

func (d *androidReader) readTrustedNames(n *node, path string) {
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
		d.breaks(androidMissingField, path+"/FQDN")
		return
	}
	names := javaSplit(list, ";")
	if len(names) == 0 {
		d.breaks(androidTrustedNames, list)
	}
	if len(names) > 16 {
		d.breaks(androidTrustedNameCount, fmt.Sprintf("%d names", len(names)))
	}
	checkSuffixLength(d.judge, strings.Join(names, ";"))
	for _, name := range names {
		if len(name) > 255 {
			d.breaks(androidTrustedNameCount, name)
			continue
		}
		bare := strings.TrimPrefix(name, "*.")
		if !isHostName(bare) {
			d.breaks(androidTrustedNames, name)
			continue
		}
		if isRegistrable(bare) {
			d.breaks(androidTrustedDomain, name)
		}
		d.trustedNames = append(d.trustedNames, bare)
	}
}
