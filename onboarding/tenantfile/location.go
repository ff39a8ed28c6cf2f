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
		{"id", text(&l.ID).needed().like(idPattern, idForm), "The ID of the location, unique in the deployment."},
		{"name", text(&l.Name).needed().upTo(onboarding.MaxName), "The name of the venue."},
		{"timezone", text(&l.Timezone).bounded("an IANA name, such as `Europe/Rome`").or("UTC"),
			"The time zone of the business times, and of the country of phone numbers."},
		{"latitude", degrees(&l.Latitude).between(-90, 90), "The latitude in degrees; with `longitude`."},
		{"longitude", degrees(&l.Longitude).between(-180, 180), "The longitude in degrees; with `latitude`."},
		{"hotspots", list(&l.Hotspots, hotspotKeys).ruled(object{"dependencies": object{
			"secret": []string{"address"}, "secretFile": []string{"address"},
		}, "not": given("secret", "secretFile")}), "The access points of the location, or their controllers."},
	}
}

func hotspotKeys(h *onboarding.Hotspot) keys {
	return keys{
		// before secretFile, which is sealed for it
		{"id", text(&h.ID).needed().like(idPattern, idForm), "The ID of the access point, unique in the deployment."},
		{"name", text(&h.Name).visible().upTo(onboarding.MaxName).
			otherwise("`nasIdentifier`, `mac`, `address` or `id`"),
			"The name of the access point."},
		{"mac", mac(&h.MAC),
			"The hardware address that RADIUS requests show in Called-Station-Id. Connections are attributed to the " +
				"access point by `mac`, `nasIdentifier` or `address`."},
		{"nasIdentifier", text(&h.NASIdentifier).visible().upTo(253), "The NAS-Identifier of RADIUS requests."},
		{"address", address(h),
			"The address from which its RADIUS packets come: the access point is then a [RADIUS " +
				"client](/docs/freeradius) of its own."},
		{"secret", hotspotSecret(h).kept(), "`kept` keeps the stored RADIUS secret. The export writes it."},
		{"secretFile", hotspotSecret(h).file(), "The file with the RADIUS secret. It needs `address`."},
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
	return v.like(`^[ \t\r\n]*[0-9A-Fa-f]([ .:-]*[0-9A-Fa-f]){11}[ \t\r\n]*$`, "six octets in hex").nonEmpty()
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
		form: form{
			kind: kindText, pattern: `^([0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*|\[[0-9A-Fa-f:.]+\]:[0-9]+)(:[0-9]+)?$`,
			bounds: "`IP`, or `IP:PORT` with the port for Disconnect-Requests; before a port, IPv6 in brackets",
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
