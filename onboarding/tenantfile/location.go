package tenantfile

import (
	"net"
	"net/netip"
	"strconv"

	"go.yaml.in/yaml/v3"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/tenant"
)

func locationKeys(l *onboarding.Location) keys {
	return keys{
		{"id", text(&l.ID)},
		{"name", text(&l.Name)},
		{"timezone", text(&l.Timezone)},
		{"latitude", degrees(&l.Latitude)},
		{"longitude", degrees(&l.Longitude)},
		{"hotspots", list(&l.Hotspots, hotspotKeys)},
	}
}

func hotspotKeys(h *onboarding.Hotspot) keys {
	return keys{
		{"id", text(&h.ID)}, // before secretFile, which is sealed for it
		{"name", text(&h.Name)},
		{"mac", mac(&h.MAC)},
		{"nasIdentifier", text(&h.NASIdentifier)},
		{"address", address(h)},
		{"secret", keptSecret(h)},
		{"secretFile", secretFile(h)},
	}
}

func mac(to *string) value {
	v := text(to)
	v.read = func(r *reader, at path, n *yaml.Node) {
		text, ok := r.text(at, n)
		if !ok {
			return
		}
		if *to, ok = onboarding.ParseMAC(text); !ok {
			r.refuse(at, n.Line, "mac", `write six octets in hex, such as "02-00-00-00-00-01"`,
				"is not a MAC address: %q", shown(text))
		}
	}
	return v
}

// address is IP[:disconnectPort]; an IPv6 address before a port stands in brackets.
func address(h *onboarding.Hotspot) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			text, ok := r.text(at, n)
			if !ok {
				return
			}
			if ip, err := netip.ParseAddr(text); err == nil {
				h.Address, h.DisconnectPort = ip.Unmap().String(), onboarding.DefaultDisconnectPort
			} else if both, err := netip.ParseAddrPort(text); err == nil && both.Port() != 0 {
				h.Address, h.DisconnectPort = both.Addr().Unmap().String(), int(both.Port())
			} else {
				r.refuse(at, n.Line, "address", "write 192.0.2.10, 192.0.2.10:3799 or [2001:db8::10]:3799",
					"is not an IP address with or without a port: %q", shown(text))
			}
		},
		write: func() *yaml.Node {
			if h.Address == "" || h.DisconnectPort == 0 || h.DisconnectPort == onboarding.DefaultDisconnectPort {
				return textOrNil(h.Address)
			}
			return textNode(net.JoinHostPort(h.Address, strconv.Itoa(h.DisconnectPort)))
		},
	}
}

// keptSecret is the word kept, which stands for the stored secret. Any other value is refused and
// not shown, because it may be the secret.
func keptSecret(h *onboarding.Hotspot) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			if word := r.real(n); word.Kind != yaml.ScalarNode || word.Value != "kept" || word.ShortTag() != "!!str" {
				r.refuse(at, n.Line, "secret", "put the secret into a file of its own and name it in secretFile",
					"takes only the word kept, which stands for the stored secret")
				return
			}
			h.Secret = tenant.KeptSecret()
		},
		write: func() *yaml.Node {
			if h.Secret == nil {
				return nil
			}
			return textNode("kept")
		},
	}
}

// secretFile is the name of a file with the secret. It is never exported.
func secretFile(h *onboarding.Hotspot) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			if h.Secret != nil {
				r.refuse(at, n.Line, "secret", "keep one of them", "must not be given with secret")
				return
			}
			name, ok := r.text(at, n)
			if !ok {
				return
			}
			data, ok := r.readFile(at, n.Line, name)
			if !ok {
				return
			}
			if r.env.Seal == nil {
				r.refuse(at, n.Line, "secret", "", "cannot be sealed: no key is available")
				return
			}
			sealed, err := r.env.Seal(h.ID, certs.Line(data))
			if err != nil {
				r.refuse(at, n.Line, "secret", "", "names a file without a valid RADIUS secret: %v", err)
				return
			}
			h.Secret = &sealed
		},
		write: func() *yaml.Node { return nil },
	}
}
