package tenant

import (
	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

// organization reads one organization and fills in what it leaves to us.
func (r *reader) organization(at path, n *yaml.Node) *onboarding.Organization {
	o := &onboarding.Organization{VisitGap: onboarding.DefaultVisitGap}
	o.WiFi.ProfileLifetime = onboarding.DefaultProfileLifetime
	r.mapping(at, n, members{
		"id":              r.textTo(&o.ID),
		"name":            r.textTo(&o.Name),
		"names":           r.texts(&o.Names),
		"defaultLocation": r.textTo(&o.DefaultLocation),
		"languages":       r.textList(&o.Languages),
		"policies": func(at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) { o.Policies = append(o.Policies, r.policy(at, n)) })
		},
		"wifi":     func(at path, n *yaml.Node) { r.wifi(at, n, &o.WiFi) },
		"visitGap": r.duration(&o.VisitGap),
		"radius": func(at path, n *yaml.Node) {
			r.mapping(at, n, members{
				"sessionTimeout": r.duration(&o.RADIUS.SessionTimeout),
				"vlan": func(at path, n *yaml.Node) {
					value, ok := r.number(at, n)
					if o.RADIUS.VLAN = value; ok && value == 0 { // which means none inside
						r.refuse(at, n.Line, "range", "leave the key out for none", "must be 1 to 4094, not 0")
					}
				},
			})
		},
		"segments": func(at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) { o.Segments = append(o.Segments, r.segment(at, n)) })
		},
		"portal": func(at path, n *yaml.Node) {
			r.mapping(at, n, members{
				"fields":        r.textList(&o.Portal.Fields),
				"redirectHosts": r.textList(&o.Portal.RedirectHosts),
				"phoneCountry":  r.textTo(&o.Portal.PhoneCountry),
			})
		},
		"externalSource": r.textTo(&o.ExternalSource),
		"consentVersions": func(at path, n *yaml.Node) {
			r.mapping(at, n, members{
				"profiling": r.textTo(&o.ConsentVersions.Profiling),
				"ppd":       r.textTo(&o.ConsentVersions.PPD),
			})
		},
		"locations": func(at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) { o.Locations = append(o.Locations, r.location(at, n)) })
		},
	})
	o.WiFi.SetDefaults()
	if len(o.Languages) == 0 {
		o.Languages = []string{"en"}
	}
	if o.DefaultLocation == "" && len(o.Locations) > 0 {
		o.DefaultLocation = o.Locations[0].ID
	}
	return o
}

func (r *reader) policy(at path, n *yaml.Node) onboarding.Policy {
	var p onboarding.Policy
	r.mapping(at, n, members{
		"key":     r.textTo(&p.Key),
		"version": r.textTo(&p.Version),
		"title":   r.texts(&p.Title),
		"url":     r.textTo(&p.URL),
		"text":    r.texts(&p.Text),
	})
	return p
}
