package tenantfile

import (
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

// period is a time for which records are kept: a duration, a number of months, or never; the export
// leaves the default out.
func period(to *onboarding.Period) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) { r.period(at, n, to) },
		write: func() *yaml.Node {
			if *to == (onboarding.Period{}) {
				return nil
			}
			return textOrNil(to.String())
		},
		form: form{kind: kindPeriod},
	}
}

var months = regexp.MustCompile(`^([1-9][0-9]{0,3}) months?$`)

func (r *reader) period(at path, n *yaml.Node, to *onboarding.Period) {
	line := n.Line
	n, ok := r.scalar(at, n, "a period")
	if !ok {
		return
	}
	if n.Value == "never" {
		*to = onboarding.Period{Never: true}
		return
	}
	if m := months.FindStringSubmatch(n.Value); m != nil {
		count, _ := strconv.Atoi(m[1]) // at most four digits
		*to = onboarding.Months(count)
		return
	}
	d, err := parseDuration(n.Value)
	if err != nil || n.ShortTag() != "!!str" {
		r.refuse(at, line, "wrong-type", "write months, such as 24 months, days, such as 90d, or never",
			"must be a period, not %s", kind(n))
		return
	}
	if d <= 0 { // the zero value is the default
		r.refuse(at, line, "range", "write never to delete nothing", "must be more than 0")
		return
	}
	*to = onboarding.Period{Time: d}
}
