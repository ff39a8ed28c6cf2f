package tenantfile

import (
	"net"
	"net/netip"
	"strconv"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
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
		{"secret", hotspotSecret(h).kept()},
		{"secretFile", hotspotSecret(h).file()},
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

// hotspotSecret is the RADIUS secret of an access point.
func hotspotSecret(h *onboarding.Hotspot) *secretValue {
	return &secretValue{
		name: "secret", kind: "RADIUS secret", sealed: &h.Secret, stored: func() bool { return h.Secret != nil },
		seal: func(e *Environment) func([]byte) (onboarding.Sealed, error) {
			if e.Seal == nil {
				return nil
			}
			return func(secret []byte) (onboarding.Sealed, error) { return e.Seal(h.ID, secret) }
		},
	}
}
