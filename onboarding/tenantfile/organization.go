package tenantfile

import (
	"cmp"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

func organizationKeys(o *onboarding.Organization) keys {
	return keys{
		{"id", text(&o.ID)},
		{"name", text(&o.Name)},
		{"names", textByLanguage(&o.Names)},
		{"defaultLocation", text(&o.DefaultLocation)},
		{"languages", texts(&o.Languages)},
		{"policies", list(&o.Policies, policyKeys)},
		{"wifi", block(wifiKeys(&o.WiFi))},
		{"visitGap", duration(&o.VisitGap)},
		{"radius", flow(keys{
			{"sessionTimeout", duration(&o.RADIUS.SessionTimeout)},
			{"vlan", vlan(&o.RADIUS.VLAN)},
			{"attemptsKept", duration(&o.RADIUS.AttemptsKept)},
		})},
		{"retention", block(retentionKeys(&o.Retention))},
		{"segments", list(&o.Segments, segmentKeys)},
		{"portal", block(portalKeys(&o.Portal))},
		{"externalSource", text(&o.ExternalSource)},
		{"consentVersions", flow(keys{
			{"profiling", text(&o.ConsentVersions.Profiling)},
			{"ppd", text(&o.ConsentVersions.PPD)},
		})},
		{"locations", list(&o.Locations, locationKeys)},
	}
}

func retentionKeys(r *onboarding.Retention) keys {
	return keys{
		{"connections", period(&r.Connections)},
		{"events", period(&r.Events)},
		{"refusals", period(&r.Refusals)},
		{"disconnects", period(&r.Disconnects)},
		{"unknownStations", period(&r.UnknownStations)},
		{"inactiveContacts", period(&r.InactiveContacts)},
		{"unverifiedSignups", period(&r.UnverifiedSignups)},
		{"audit", period(&r.Audit)},
	}
}

func policyKeys(p *onboarding.Policy) keys {
	return keys{
		{"key", text(&p.Key)},
		{"version", text(&p.Version)},
		{"title", textByLanguage(&p.Title)},
		{"url", text(&p.URL)},
		{"text", textByLanguage(&p.Text)},
		{"mandatory", ifTrue(&p.Required)},
		{"changes", textByLanguage(&p.Changes)},
	}
}

// vlan reads a VLAN.
func vlan(to *int) value {
	return numberOrAbsent(to, "leave the key out for none", "must be 1 to 4094, not 0")
}

// numberOrAbsent reads a number. An organization without one holds 0, which the file must not: it
// is refused with the remedy and the message.
func numberOrAbsent(to *int, remedy, message string) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			value, ok := r.number(at, n)
			if *to = value; ok && value == 0 {
				r.refuse(at, n.Line, "range", remedy, "%s", message)
			}
		},
		write: func() *yaml.Node {
			if *to == 0 {
				return nil
			}
			return numberNode(*to)
		},
	}
}

// organization reads one organization and fills in the defaults.
func (r *reader) organization(at path, n *yaml.Node) *onboarding.Organization {
	o := &onboarding.Organization{VisitGap: onboarding.DefaultVisitGap}
	o.WiFi.ProfileLifetime = onboarding.DefaultProfileLifetime
	r.mapping(at, n, organizationKeys(o))
	setDefaults(o)
	return o
}

// setDefaults fills in the values that a small venue may leave out and that depend on others.
func setDefaults(o *onboarding.Organization) {
	o.WiFi.SetDefaults()
	if len(o.Languages) == 0 {
		o.Languages = []string{"en"}
	}
	if o.DefaultLocation == "" && len(o.Locations) > 0 {
		o.DefaultLocation = o.Locations[0].ID
	}
	for i := range o.Locations {
		for j := range o.Locations[i].Hotspots {
			h := &o.Locations[i].Hotspots[j]
			h.Name = cmp.Or(h.Name, h.NASIdentifier, h.MAC, h.Address, h.ID)
		}
	}
}
