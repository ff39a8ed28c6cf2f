package iwd

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"onramp/onboarding/devicesim/judge"
)

// knownKeys are the keys of iwd.network by group. `*` stands for EAP-TTLS and EAP-PEAP.
var knownKeys = map[string][]string{
	"Settings": {
		"AutoConnect",
		"Hidden",
		"AlwaysRandomizeAddress",
		"AddressOverride",
		"TransitionDisable",
		"DisabledTransitionModes",
	},
	"Security": {
		"EAP-Method", "EAP-Identity", "*-CACert", "*-ServerDomainMask", "*-FastReauthentication", "*-Phase2-Method",
		"*-Phase2-Identity", "*-Phase2-Password",
	},
	"Hotspot": {"Name", "NAIRealmNames", "RoamingConsortium", "HESSID"},
	"Network": {"MulticastDNS"},
	"IPv4":    {"Address", "Gateway", "DNS", "Netmask", "Broadcast", "DomainName", "SendHostname"},
	"IPv6":    {"Enabled", "Address", "Gateway", "DNS", "DomainName"},
}

var (
	booleans     = regexp.MustCompile(`^(true|false|0|1)$`)
	innerMethods = map[string]string{
		"Tunneled-PAP":      judge.InnerPAP,
		"Tunneled-CHAP":     judge.InnerCHAP,
		"Tunneled-MSCHAP":   judge.InnerMSCHAP,
		"Tunneled-MSCHAPv2": judge.InnerMSCHAPv2,
	}
	hessidFormat = regexp.MustCompile(`^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$`)
	embedPrefix  = "embed:"
)

// readNetwork returns the network of a provisioning file.
func readNetwork(j *judge.Findings, f *settingsFile, o judge.Options) judge.Network {
	n := judge.Network{Type: judge.WPA2Enterprise, ServerMatch: judge.MatchExact}
	checkKeys(j, f)
	if strings.HasPrefix(f.name, "hotspot/") {
		n.Type = judge.Passpoint
		readHotspot(j, f, &n)
	} else {
		n.SSID, _ = ssidOf(f.name)
		hidden := f.value("Settings", "Hidden")
		n.Hidden = hidden == "true" || hidden == "1"
	}
	method := f.value("Security", "EAP-Method")
	prefix := "EAP-" + strings.ToUpper(method) + "-"
	get := func(key string) string { return f.value("Security", prefix+key) }
	inner := get("Phase2-Method")
	switch strings.ToUpper(method) {
	case "TTLS":
		n.EAP, n.Inner = judge.EAPTTLS, innerMethods[inner]
	case "PEAP":
		n.EAP = judge.EAPPEAP
	}
	if n.EAP != 0 && strings.EqualFold(inner, "MSCHAPV2") {
		n.Inner = judge.InnerEAPMSCHAPv2
	}
	if n.Inner == "" {
		j.Breaks(ruleMethod, method+" with "+inner)
	}
	n.OuterIdentity, n.Username = f.value("Security", "EAP-Identity"), get("Phase2-Identity")
	n.Password = judge.Secret(get("Phase2-Password"))
	if n.OuterIdentity == "" || n.Username == "" || n.Password == "" || n.OuterIdentity == n.Username {
		j.Breaks(ruleCredentials, f.name)
	}
	readTrust(j, f, get("CACert"), get("ServerDomainMask"), o, &n)
	return n
}

// checkKeys checks that keys are known and flags are boolean.
func checkKeys(j *judge.Findings, f *settingsFile) {
	for at, value := range f.values {
		group, key, _ := strings.Cut(at, "/")
		general := key
		for _, method := range []string{"EAP-TTLS", "EAP-PEAP"} {
			if rest, ok := strings.CutPrefix(key, method); ok {
				general = "*" + rest
			}
		}
		if !slices.Contains(knownKeys[group], general) {
			j.Breaks(ruleKey, f.name+": "+at)
		}
		switch general {
		case "AutoConnect", "Hidden", "*-FastReauthentication":
			if !booleans.MatchString(value) {
				j.Breaks(ruleBoolean, f.name+": "+at+" "+value)
			}
		}
	}
}

func readHotspot(j *judge.Findings, f *settingsFile, n *judge.Network) {
	n.FriendlyName = f.value("Hotspot", "Name")
	if realms := f.value("Hotspot", "NAIRealmNames"); realms != "" {
		n.NAIRealms = strings.Split(realms, ",")
		for _, realm := range n.NAIRealms {
			if !judge.IsHostName(realm) {
				j.Breaks(ruleHotspot, "realm "+realm)
			}
		}
	}
	hessid := f.value("Hotspot", "HESSID")
	if hessid != "" && !hessidFormat.MatchString(hessid) {
		j.Breaks(ruleHotspot, "HESSID "+hessid)
	}
	if oi := f.value("Hotspot", "RoamingConsortium"); oi != "" {
		if raw, err := hex.DecodeString(oi); err != nil || len(raw) != 3 && len(raw) != 5 {
			j.Breaks(ruleHotspot, "RoamingConsortium "+oi)
		}
		n.RoamingConsortiums = []string{strings.ToLower(oi)}
	}
	if n.FriendlyName == "" || len(n.NAIRealms) == 0 && len(n.RoamingConsortiums) == 0 && hessid == "" {
		j.Breaks(ruleHotspot, f.name)
	}
}

// readTrust reads the certification authorities and names of the server.
func readTrust(j *judge.Findings, f *settingsFile, ca, mask string, o judge.Options, n *judge.Network) {
	label, embedded := strings.CutPrefix(ca, embedPrefix)
	switch {
	case embedded:
		certs := judge.ParseCertificates(f.pems[label])
		for _, c := range certs {
			if !judge.IsAuthority(c) || judge.Expired(c, o.Now) {
				j.Breaks(ruleCA, c.Subject.String())
			}
			n.Anchors = append(n.Anchors, c.Raw)
		}
		if len(certs) == 0 {
			j.Breaks(ruleCA, ca)
		}
	case !strings.HasPrefix(ca, "/"):
		j.Breaks(ruleCA, ca)
	}
	for _, name := range strings.Split(mask, ";") {
		host := strings.TrimPrefix(name, "*.")
		if !judge.IsHostName(host) || judge.IsPublicSuffix(host) || host != strings.ToLower(host) {
			j.Breaks(ruleServer, name)
		}
		n.ServerNames = append(n.ServerNames, name)
	}
}
