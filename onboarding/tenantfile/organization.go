package tenantfile

import (
	"cmp"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

func organizationKeys(o *onboarding.Organization) keys {
	return keys{
		{"id", text(&o.ID).needed().like(idPattern, idForm),
			"The ID of the organization. Keep it for ever: another ID is another organization."},
		{"name", text(&o.Name).needed().upTo(onboarding.MaxName), "The name that visitors see."},
		{"names", textByLanguage(&o.Names).upTo(onboarding.MaxName),
			"The name in other languages, also in the texts that a phone shows with a profile."},
		{"defaultLocation", text(&o.DefaultLocation).like(idPattern, "the `id` of one of `locations`").
			otherwise("the first of `locations`"),
			"The location of customers who sign up without one."},
		{"languages", texts(&o.Languages).or(`["en"]`).coded(codeLanguage, "ISO 639-1 codes").listed(uniqueItems),
			"The languages of the visitors' pages. The first one is the default."},
		{"policies", list(&o.Policies, policyKeys).needed().between(2, 0).listed(firstPolicies),
			"The policies. `termsOfUse` is the first one and `privacy` the second; both are mandatory."},
		{"wifi", block(wifiKeys(&o.WiFi)).needed().ruled(object{"anyOf": []object{
			{"required": []string{"passpoint"}}, {"required": []string{"wpa2"}},
		}}), "The networks, and how devices authenticate. At least one of `passpoint` and `wpa2` is required."},
		{"visitGap", duration(&o.VisitGap).or("2h").bounded("1m to 7d"),
			"Two connections at one location that are closer than this are one visit."},
		{"radius", flow(radiusKeys(&o.RADIUS)),
			"The attributes of an Access-Accept, and the time for which authentications are kept."},
		{"retention", block(retentionKeys(&o.Retention)),
			"How long records are kept, see [retention](/docs/retention)."},
		{"segments", list(&o.Segments, segmentKeys), "Named sets of customers, by conditions."},
		{"portal", block(portalKeys(&o.Portal)), "The sign-up page and the visitors' other pages."},
		{"webhooks", list(&o.Webhooks, webhookKeys).between(0, onboarding.MaxWebhooks),
			"The endpoints that get the events of the organization, see [webhooks](/docs/webhooks)."},
		{"externalSource", text(&o.ExternalSource).visible().upTo(onboarding.MaxName).
			otherwise("the name of the deployment (`serve --deployment-name`)"),
			"The text of `externalSource` in contacts."},
		{"consentVersions", flow(keys{
			{"profiling", text(&o.ConsentVersions.Profiling).visible().upTo(64).or("1.00"),
				"The version of the consent to profiling."},
			{"ppd", text(&o.ConsentVersions.PPD).visible().upTo(64).or("1.00"),
				"The version of the consent to the processing of personal data."},
		}), "The versions of the two consents that are no policies of the organization."},
		{"locations", list(&o.Locations, locationKeys).needed().between(1, 0).ruled(object{"dependencies": object{
			"latitude": []string{"longitude"}, "longitude": []string{"latitude"},
		}}), "The venues of the organization. A location with customers cannot be removed."},
	}
}

// idPattern matches an ID; idForm describes it.
const (
	idPattern = `^[0-9a-f]{32}$`
	idForm    = "32 lower-case hex digits"
)

// uniqueItems are the members of the schema of a list without duplicates.
var uniqueItems = object{"uniqueItems": true}

// firstPolicies are the members of the schema that require the first two policies.
var firstPolicies = object{"allOf": []object{{"items": []object{
	policyIs(onboarding.TermsOfUse), policyIs(onboarding.Privacy),
}}}}

// policyIs matches a policy with the key.
func policyIs(key string) object { return object{"properties": object{"key": object{"const": key}}} }

func radiusKeys(r *onboarding.RADIUSReply) keys {
	return keys{
		{"sessionTimeout", duration(&r.SessionTimeout).bounded("1m to 365d, whole seconds").otherwise("none"),
			"The Session-Timeout of a connection (RFC 2865): the access point then authenticates the phone again."},
		{"vlan", vlan(&r.VLAN).between(1, 4094).otherwise("none"), "The VLAN of the connections (RFC 3580)."},
		{"attemptsKept", duration(&r.AttemptsKept).or("14d").bounded("1d to 90d"),
			"The time for which each authentication is kept, see [connectivity](/docs/connectivity)."},
	}
}

func retentionKeys(r *onboarding.Retention) keys {
	return keys{
		{"connections", period(&r.Connections).or("24 months").bounded("7d to 100 years"),
			"Connections, from their last accounting record."},
		{"events", period(&r.Events).or("24 months").bounded("7d to 100 years"), "Events, from their time."},
		{"refusals", period(&r.Refusals).or("366d").bounded("1d to 100 years"),
			"Counts of refused authentications, from their hour."},
		{"disconnects", period(&r.Disconnects).or("90d").bounded("31d to 100 years"),
			"Orders to end a connection, from their end."},
		{"unknownStations", period(&r.UnknownStations).bounded("1h to 100 years").
			otherwise("30d, or `serve --keep-unattributed`"),
			"Connections of stations without a known customer."},
		{"inactiveContacts", period(&r.InactiveContacts).or("never").bounded("90d to 100 years"),
			"Contacts, from their last activity. The whole contact is deleted."},
		{"unverifiedSignups", period(&r.UnverifiedSignups).or("30d").bounded("2d to 100 years"),
			"Sign-ups that were never verified or used."},
		{"audit", period(&r.Audit).or("24 months").bounded("90d to 100 years"),
			"The audit, see [audit](/docs/audit)."},
	}
}

func webhookKeys(w *onboarding.Webhook) keys {
	return keys{
		{"id", text(&w.ID).needed().like(idPattern, idForm),
			"The ID of the webhook. Its secrets and waiting events belong to it."},
		{"url", text(&w.URL).needed().like(`^https?://[^\s\\"<>#]+$`, "an https URL without a fragment").
			upTo(onboarding.MaxURL),
			"The address of the receiver. http works only for addresses of `serve --webhook-allow`."},
		{"events", texts(&w.Events).among(wordsOf(onboarding.WebhookTypes())...).otherwise("all").listed(uniqueItems),
			"The types of events that it gets."},
		{"signature", text(&w.Signature).among(wordsOf(onboarding.WebhookSignatures())...).or("hmac"),
			"The kind of signatures: `hmac` with a shared secret, or `ed25519` with a private key of the deployment."},
	}
}

// wordsOf returns the texts of values.
func wordsOf[T ~string](values []T) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return words
}

func policyKeys(p *onboarding.Policy) keys {
	const longText = 256 << 10
	return keys{
		{"key", text(&p.Key).needed().among(onboarding.TermsOfUse, onboarding.Privacy, onboarding.MktgCommunication,
			onboarding.AgeVerification).like(`^customs\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`,
			"`customs.NAME` for an opt-in of the organization's own"),
			"The policy. Each key stands once."},
		{"version", text(&p.Version).needed().upTo(64),
			"The version that a consent is recorded with. Versions are compared by their numbers: 2.10 is later " +
				"than 2.9."},
		{"title", textByLanguage(&p.Title).needed().upTo(onboarding.MaxValue), "The title."},
		{"url", text(&p.URL).like(`^https?://[^\s\\"<>]+$`, "an http or https URL").upTo(onboarding.MaxURL),
			"The address of the text. Visitors can read a policy with `url` or `text`."},
		{"text", textByLanguage(&p.Text).upTo(longText), "The text itself."},
		{"mandatory", ifTrue(&p.Required).or("false"),
			"`true`: nobody registers without accepting the policy, by the page or by the API. `termsOfUse` and " +
				"`privacy` always are mandatory."},
		{"changes", textByLanguage(&p.Changes).upTo(2000),
			"The changes of this version, for those who accepted an earlier one."},
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
		form: form{kind: kindNumber},
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
