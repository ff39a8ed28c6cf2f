package tenantfile

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

func portalKeys(p *onboarding.Portal) keys {
	return keys{
		{"fields", formFields(p), "The fields of the sign-up form, in order: a name, or `{name, optional, label}`."},
		{"redirectHosts", texts(&p.RedirectHosts).like(hostOrAddress, "host names or IP addresses"),
			"The hosts to which the page may send a visitor afterwards."},
		{"phoneCountry", text(&p.PhoneCountry).coded(codeCountryUpper, "an ISO 3166-1 code in capitals").
			otherwise("the country of the location's time zone"),
			"The country of phone numbers without a prefix."},
		{"verify", verifyChannel(&p.Verify).among("none", "email", "sms").or("none"),
			"How a visitor proves an address before the profile. The form must ask for `email` or `phoneNumber`."},
		{"profiling", optionalTruth(&p.Profiling).otherwise("`true` if there are `segments`"),
			"`true`: the form asks for consent to profiling."},
		{"grant", optional(&p.Grant, grantKeys).ruled(grantRules),
			"How visitors get internet access before the profile, see [captive portals](/docs/captive-portal)."},
		{"slug", text(&p.Slug).
			like(`^[a-z0-9]+(-[a-z0-9]+)*$`, "2 or more lower-case letters, digits and single hyphens").
			upTo(40).otherwise("none"),
			"The short address of the sign-up page, `/SLUG`; unique in the deployment."},
		{"brand", block(brandKeys(&p.Brand)), "The appearance of the pages."},
		{"reconsent", text(&p.Reconsent).among("grace", "stop").or("grace"),
			"What happens while a new version of a mandatory policy is not accepted, see [the tenant " +
				"file](/docs/tenant-file)."},
		{"graceDays", dayCount(&p.GraceDays).between(1, onboarding.MaxGraceDays).or("30"),
			"With `reconsent: stop`: days from the apply of the new version to the stop."},
		{"renewalDays", dayCount(&p.RenewalDays).between(1, onboarding.MaxRenewalDays).otherwise("no notice"),
			"Days before the end of an access at which its holder gets a notice with a link that renews it; at most " +
				"half of `wifi.profileLifetime`."},
	}
}

// hostOrAddress matches the host part of a URL.
const hostOrAddress = `^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*` +
	`|[0-9A-Fa-f.:]+(%.+)?)$`

// formField is an entry of portal.fields: a name, or a mapping with the name.
type formField struct {
	name     string
	optional bool
	label    map[string]string
}

func formFieldKeys(f *formField) keys {
	return keys{
		{"name", fieldName(text(&f.name).needed()), "The field."},
		{"optional", ifTrue(&f.optional).or("false"), "`true`: a visitor may leave the field empty."},
		{"label", textByLanguage(&f.label).upTo(80).otherwise("the pages' own label"), "The label of the field."},
	}
}

// fieldName describes the name of a field of the form.
func fieldName(v value) value {
	return v.among(onboarding.PortalFields...).like(`^custom\.[A-Za-z0-9_-]{1,64}$`,
		"`custom.NAME` for a field of the organization's own")
}

// formFields is the list of the form's fields.
func formFields(p *onboarding.Portal) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) {
				var f formField
				if r.real(n).Kind == yaml.MappingNode {
					r.mapping(at, n, formFieldKeys(&f))
				} else {
					f.name, _ = r.text(at, n)
				}
				p.Fields = append(p.Fields, f.name)
				if f.optional {
					p.Optional = append(p.Optional, f.name)
				}
				if len(f.label) > 0 {
					if p.Labels == nil {
						p.Labels = map[string]map[string]string{}
					}
					p.Labels[f.name] = f.label
				}
			})
		},
		write: func() *yaml.Node {
			var items []*yaml.Node
			for _, name := range p.Fields {
				f := formField{name: name, optional: slices.Contains(p.Optional, name), label: p.Labels[name]}
				if !f.optional && len(f.label) == 0 {
					items = append(items, textNode(name))
					continue
				}
				items = append(items, formFieldKeys(&f).node(yaml.FlowStyle))
			}
			return listNode(yaml.FlowStyle, items)
		},
		inner: func() keys { return formFieldKeys(&formField{}) },
		form:  fieldName(value{form: form{kind: kindFields}}).form,
	}
}

// verifyChannel is the channel of a verification. The word none is the same as no key.
func verifyChannel(to *onboarding.VerifyChannel) value {
	channel := text(to)
	read := channel.read
	channel.read = func(r *reader, at path, n *yaml.Node) {
		read(r, at, n)
		if *to == "none" {
			*to = onboarding.VerifyNone
		}
	}
	return channel
}

// dayCount is a number of days.
func dayCount(to *int) value {
	return numberOrAbsent(to, "leave the key out for the default", "must be at least 1")
}

// optionalTruth is true or false, or left out.
func optionalTruth(to **bool) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			var given bool
			r.truth(at, n, &given)
			*to = &given
		},
		write: func() *yaml.Node {
			if *to == nil {
				return nil
			}
			return truth(*to).write()
		},
		form: form{kind: kindTruth},
	}
}
