package devicesim

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// iwdKeys are the keys of iwd.network, in lists by group; * stands for EAP-TTLS and EAP-PEAP.
var iwdKeys = map[string][]string{
	"Settings": {"AutoConnect", "Hidden", "AlwaysRandomizeAddress", "AddressOverride", "TransitionDisable", "DisabledTransitionModes"},
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
	iwdBooleans  = regexp.MustCompile(`^(true|false|0|1)$`)
	iwdInner     = map[string]string{"Tunneled-PAP": InnerPAP, "Tunneled-CHAP": InnerCHAP, "Tunneled-MSCHAP": InnerMSCHAP, "Tunneled-MSCHAPv2": InnerMSCHAPv2}
	iwdHESSID    = regexp.MustCompile(`^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$`)
	iwdEmbedding = "embed:"
)

// readIWDNetwork turns a provisioning file into a network.
func readIWDNetwork(j *judge, f *iwdFile, o Options) Network {
	n := Network{Type: WPA2Enterprise, ServerMatch: MatchExact}
	checkIWDKeys(j, f)
	if strings.HasPrefix(f.name, "hotspot/") {
		n.Type = Passpoint
		readIWDHotspot(j, f, &n)
	} else {
		n.SSID, _ = iwdSSID(f.name)
		hidden := f.value("Settings", "Hidden")
		n.Hidden = hidden == "true" || hidden == "1"
	}
	method := f.value("Security", "EAP-Method")
	prefix := "EAP-" + strings.ToUpper(method) + "-"
	get := func(key string) string { return f.value("Security", prefix+key) }
	inner := get("Phase2-Method")
	switch strings.ToUpper(method) {
	case "TTLS":
		n.EAP, n.Inner = EAPTTLS, iwdInner[inner]
	case "PEAP":
		n.EAP = EAPPEAP
	}
	if n.EAP != 0 && strings.EqualFold(inner, "MSCHAPV2") {
		n.Inner = InnerEAPMSCHAPv2
	}
	if n.Inner == "" {
		j.breaks(iwdMethod, method+" with "+inner)
	}
	n.OuterIdentity, n.Username, n.Password = f.value("Security", "EAP-Identity"), get("Phase2-Identity"), Secret(get("Phase2-Password"))
	if n.OuterIdentity == "" || n.Username == "" || n.Password == "" || n.OuterIdentity == n.Username {
		j.breaks(iwdCredentials, f.name)
	}
	readIWDTrust(j, f, get("CACert"), get("ServerDomainMask"), o, &n)
	return n
}

// checkIWDKeys looks at the keys that iwd does not know and at the flags.
func checkIWDKeys(j *judge, f *iwdFile) {
	for at, value := range f.values {
		group, key, _ := strings.Cut(at, "/")
		general := key
		for _, method := range []string{"EAP-TTLS", "EAP-PEAP"} {
			if rest, ok := strings.CutPrefix(key, method); ok {
				general = "*" + rest
			}
		}
		if !slices.Contains(iwdKeys[group], general) {
			j.breaks(iwdKey, f.name+": "+at)
		}
		switch general {
		case "AutoConnect", "Hidden", "*-FastReauthentication":
			if !iwdBooleans.MatchString(value) {
				j.breaks(iwdBoolean, f.name+": "+at+" "+value)
			}
		}
	}
}

func readIWDHotspot(j *judge, f *iwdFile, n *Network) {
	n.FriendlyName = f.value("Hotspot", "Name")
	if realms := f.value("Hotspot", "NAIRealmNames"); realms != "" {
		n.NAIRealms = strings.Split(realms, ",")
		for _, realm := range n.NAIRealms {
			if !isHostName(realm) {
				j.breaks(iwdHotspot, "realm "+realm)
			}
		}
	}
	hessid := f.value("Hotspot", "HESSID")
	if hessid != "" && !iwdHESSID.MatchString(hessid) {
		j.breaks(iwdHotspot, "HESSID "+hessid)
	}
	if oi := f.value("Hotspot", "RoamingConsortium"); oi != "" {
		if raw, err := hex.DecodeString(oi); err != nil || len(raw) != 3 && len(raw) != 5 {
			j.breaks(iwdHotspot, "RoamingConsortium "+oi)
		}
		n.RoamingConsortiums = []string{strings.ToLower(oi)}
	}
	if n.FriendlyName == "" || len(n.NAIRealms) == 0 && len(n.RoamingConsortiums) == 0 && hessid == "" {
		j.breaks(iwdHotspot, f.name)
	}
}

// readIWDTrust reads the authorities and the names of the server.
func readIWDTrust(j *judge, f *iwdFile, ca, mask string, o Options, n *Network) {
	label, embedded := strings.CutPrefix(ca, iwdEmbedding)
	switch {
	case embedded:
		certs := certificatesIn(f.pems[label])
		for _, c := range certs {
			if !isAuthority(c) || expired(c, o.Now) {
				j.breaks(iwdCA, c.Subject.String())
			}
			n.Anchors = append(n.Anchors, c.Raw)
		}
		if len(certs) == 0 {
			j.breaks(iwdCA, ca)
		}
	case !strings.HasPrefix(ca, "/"):
		j.breaks(iwdCA, ca)
	}
	for _, name := range strings.Split(mask, ";") {
		host := strings.TrimPrefix(name, "*.")
		if !isHostName(host) || isPublicSuffix(host) || host != strings.ToLower(host) {
			j.breaks(iwdServer, name)
		}
		n.ServerNames = append(n.ServerNames, name)
	}
}
