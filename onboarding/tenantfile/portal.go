package tenantfile

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

func portalKeys(p *onboarding.Portal) keys {
	return keys{
		{"fields", formFields(p)},
		{"redirectHosts", texts(&p.RedirectHosts)},
		{"phoneCountry", text(&p.PhoneCountry)},
		{"verify", verifyChannel(&p.Verify)},
		{"profiling", optionalTruth(&p.Profiling)},
		{"grant", optional(&p.Grant, grantKeys)},
		{"slug", text(&p.Slug)},
		{"brand", block(brandKeys(&p.Brand))},
		{"reconsent", text(&p.Reconsent)},
		{"graceDays", dayCount(&p.GraceDays)},
		{"renewalDays", dayCount(&p.RenewalDays)},
	}
}

// formField is an entry of portal.fields: a name, or a mapping with the name.
type formField struct {
	name     string
	optional bool
	label    map[string]string
}

func formFieldKeys(f *formField) keys {
	return keys{
		{"name", text(&f.name)},
		{"optional", ifTrue(&f.optional)},
		{"label", textByLanguage(&f.label)},
	}
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
	}
}
