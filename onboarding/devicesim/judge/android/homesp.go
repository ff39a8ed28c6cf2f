package android

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"onramp/onboarding/devicesim/judge/java"
)

func (d *reader) readHomeSP(n *node, path string) {
	if !d.inner(n, path) {
		return
	}
	for _, c := range n.children {
		here := path + "/" + c.name
		switch c.name {
		case "FQDN":
			d.network.HomeDomain = d.text(c, here)
		case "FriendlyName":
			d.network.FriendlyName = d.text(c, here)
		case "RoamingConsortiumOI":
			d.readOIs(d.text(c, here))
		case "IconURL":
			d.atMost(c, here, maxURL)
		case "NetworkID":
			d.readNetworkIDs(c, here)
		case "HomeOIList":
			d.readHomeOIs(c, here)
		case "OtherHomePartners":
			d.readEntries(c, here, map[string]entryField{"FQDN": {required: true, check: d.checkPartner}})
			d.countEntries(here, len(c.children), maxEntries)
		default:
			d.unknown(here)
		}
	}
	if v := d.network.HomeDomain; v == "" || len(v) > 255 {
		d.Breaks(ruleFQDN, v)
	}
	if v := d.network.FriendlyName; v == "" || len(v) > 255 {
		d.Breaks(ruleFriendlyName, v)
	}
}

const (
	maxEntries = 16   // of a list
	maxURL     = 2048 // bytes, outside subscription updates
	maxOIs     = 36   // of one kind
)

// countEntries breaks a rule if a list has more than the allowed entries.
func (d *reader) countEntries(path string, n, most int) {
	if n > most {
		d.Breaks(ruleEntryCount, fmt.Sprintf("%s has %d", path, n))
	}
}

// valuesOf returns the distinct values of one leaf in the entries of a list. The parser keeps such
// lists as maps.
func valuesOf(list *node, name string) map[string]bool {
	values := map[string]bool{}
	for _, entry := range list.children {
		if c := entry.child(name); c != nil {
			values[c.value] = true
		}
	}
	return values
}

// readNetworkIDs reads home networks. The parser keeps them by SSID; the last of equal SSIDs wins.
func (d *reader) readNetworkIDs(list *node, path string) {
	hessids := map[string]int64{}
	d.readEntries(list, path, map[string]entryField{
		"SSID": {required: true, check: d.checkSSID}, "HESSID": {check: d.checkHex},
	})
	for _, entry := range list.children {
		if ssid := entry.child("SSID"); ssid != nil {
			hessids[ssid.value] = 0
			if c := entry.child("HESSID"); c != nil {
				hessids[ssid.value], _ = java.Integer(c.value, 16, 64)
			}
		}
	}
	for _, hessid := range hessids {
		if hessid < 0 || hessid >= 1<<48 {
			d.Breaks(ruleHESSID, fmt.Sprintf("%x", hessid))
		}
	}
	d.countEntries(path, len(hessids), maxEntries)
}

// readHomeOIs reads the identifiers that must all match and those of which one must match. Their
// limits are separate.
func (d *reader) readHomeOIs(list *node, path string) {
	d.readEntries(list, path, map[string]entryField{
		"HomeOI": {required: true, check: d.checkHomeOI}, "HomeOIRequired": {required: true},
	})
	all := 0
	for _, entry := range list.children {
		if c := entry.child("HomeOIRequired"); c != nil && strings.EqualFold(c.value, "true") {
			all++
		}
	}
	d.countOIs(all)
	d.countOIs(len(list.children) - all)
}

func (d *reader) countOIs(n int) {
	if n > maxOIs {
		d.Breaks(ruleOICount, fmt.Sprintf("%d identifiers", n))
	}
}

// entryField describes a leaf of a list entry: whether it is required, and the check of its value.
type entryField struct {
	required bool
	check    func(value, path string)
}

// readEntries reads a list whose entries have arbitrary names and known leaves.
func (d *reader) readEntries(list *node, path string, fields map[string]entryField) {
	if !d.inner(list, path) {
		return
	}
	for _, entry := range list.children {
		at := path + "/" + entry.name
		if !d.inner(entry, at) {
			continue
		}
		for _, c := range entry.children {
			f, ok := fields[c.name]
			if !ok {
				d.unknown(at + "/" + c.name)
				continue
			}
			if v := d.text(c, at+"/"+c.name); f.check != nil {
				f.check(v, at+"/"+c.name)
			}
		}
		for name, f := range fields {
			if f.required && entry.child(name) == nil {
				d.Breaks(ruleMissingField, at+"/"+name)
			}
		}
	}
}

func (d *reader) checkSSID(v, _ string) {
	if len(v) > 32 {
		d.Breaks(ruleSSID, v)
	}
}

func (d *reader) checkHex(v, path string) {
	if _, err := java.Integer(v, 16, 64); err != nil {
		d.Breaks(ruleInteger, path+" "+v)
	}
}

func (d *reader) checkPartner(v, path string) {
	if java.Length(v) > 255 {
		d.Breaks(ruleTooLong, path+" "+v)
	}
}

func (d *reader) checkHomeOI(v, _ string) {
	if d.checkOI(v) {
		d.network.RoamingConsortiums = append(d.network.RoamingConsortiums, strings.ToLower(v))
	}
}

func (d *reader) readOIs(list string) {
	items := java.Split(list, ",")
	if strings.HasSuffix(list, ",") {
		d.Breaks(ruleOIComma, list)
	}
	d.countOIs(len(items))
	for _, oi := range items {
		if d.checkOI(oi) {
			d.network.RoamingConsortiums = append(d.network.RoamingConsortiums, strings.ToLower(oi))
		}
	}
}

func (d *reader) checkOI(oi string) bool {
	v, err := java.Integer(oi, 16, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && v >= 1<<40:
		d.Breaks(ruleOISize, oi)
		return false
	case err != nil, v < 0:
		d.Breaks(ruleOI, strconv.Quote(oi))
		return false
	case len(oi) != 6 && len(oi) != 10:
		d.Breaks(ruleOILength, oi)
	}
	return true
}
