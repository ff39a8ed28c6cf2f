package tenant

import (
	"net/netip"

	"go.yaml.in/yaml/v3"

	"onramp/certs"
	"onramp/onboarding"
)

func (r *reader) location(at path, n *yaml.Node) onboarding.Location {
	var l onboarding.Location
	r.mapping(at, n, members{
		"id":        r.textTo(&l.ID),
		"name":      r.textTo(&l.Name),
		"timezone":  r.textTo(&l.Timezone),
		"latitude":  r.degrees(&l.Latitude),
		"longitude": r.degrees(&l.Longitude),
		"hotspots": func(at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) { l.Hotspots = append(l.Hotspots, r.hotspot(at, n)) })
		},
	})
	return l
}

func (r *reader) hotspot(at path, n *yaml.Node) onboarding.Hotspot {
	var h onboarding.Hotspot
	var secretFile, secret *yaml.Node
	r.mapping(at, n, members{
		"id":            r.textTo(&h.ID),
		"name":          r.textTo(&h.Name),
		"mac":           func(at path, n *yaml.Node) { h.MAC = r.mac(at, n) },
		"nasIdentifier": r.textTo(&h.NASIdentifier),
		"address":       func(at path, n *yaml.Node) { h.Address, h.DisconnectPort = r.address(at, n) },
		"secretFile":    func(_ path, n *yaml.Node) { secretFile = n },
		"secret":        func(_ path, n *yaml.Node) { secret = n },
	})
	if h.Name == "" { // what else it is known by
		for _, h.Name = range []string{h.NASIdentifier, h.MAC, h.Address, h.ID} {
			if h.Name != "" {
				break
			}
		}
	}
	switch {
	case secret != nil && secretFile != nil:
		r.refuse(at.key("secretFile"), secretFile.Line, "secret", "keep one of them", "stands beside secret")
	case secret != nil:
		r.keptSecret(at.key("secret"), secret, &h)
	case secretFile != nil:
		r.secretFile(at.key("secretFile"), secretFile, &h)
	}
	return h
}

// keptSecret takes the one word that `export` writes. It never shows another value: somebody may have put the secret itself there.
func (r *reader) keptSecret(at path, n *yaml.Node, h *onboarding.Hotspot) {
	if value := r.real(n); value.Kind != yaml.ScalarNode || value.Value != "kept" || value.ShortTag() != "!!str" {
		r.refuse(at, n.Line, "secret", "put the secret into a file of its own and name it in secretFile", "takes only the word kept, which stands for the stored secret")
		return
	}
	h.Secret = onboarding.KeptSecret()
}

func (r *reader) secretFile(at path, n *yaml.Node, h *onboarding.Hotspot) {
	line := n.Line
	name, ok := r.text(at, n)
	if !ok {
		return
	}
	data, ok := r.readFile(at, line, name)
	if !ok {
		return
	}
	if r.env.Seal == nil {
		r.refuse(at, line, "secret", "", "cannot be sealed here")
		return
	}
	sealed, err := r.env.Seal(h.ID, certs.Line(data))
	if err != nil {
		r.refuse(at, line, "secret", "", "names a file that holds no RADIUS secret: %v", err)
		return
	}
	h.Secret = &sealed
}

func (r *reader) mac(at path, n *yaml.Node) string {
	line := n.Line
	text, ok := r.text(at, n)
	if !ok {
		return ""
	}
	mac, ok := onboarding.ParseMAC(text)
	if !ok {
		r.refuse(at, line, "mac", `write six octets in hex, such as "02-00-00-00-00-01"`, "is not a MAC address: %q", shown(text))
		return ""
	}
	return mac
}

// address reads IP[:disconnectPort]; an IPv6 address before a port stands in brackets.
func (r *reader) address(at path, n *yaml.Node) (string, int) {
	line := n.Line
	text, ok := r.text(at, n)
	if !ok {
		return "", 0
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		return ip.Unmap().String(), onboarding.DefaultDisconnectPort
	}
	if both, err := netip.ParseAddrPort(text); err == nil && both.Port() != 0 {
		return both.Addr().Unmap().String(), int(both.Port())
	}
	r.refuse(at, line, "address", "write 192.0.2.10, 192.0.2.10:3799 or [2001:db8::10]:3799", "is not an IP address with or without a port: %q", shown(text))
	return "", 0
}
