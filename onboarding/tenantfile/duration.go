package tenantfile

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

// duration is a duration such as 8760h, 1h30m or 365d; the export leaves zero out.
func duration(to *time.Duration) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) { r.duration(at, n, to) },
		write: func() *yaml.Node {
			if *to == 0 {
				return nil
			}
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str",
				Value: onboarding.FormatDuration(*to)} // a number with a unit needs no quotes
		},
		form: form{kind: kindDuration},
	}
}

func (r *reader) duration(at path, n *yaml.Node, to *time.Duration) {
	line := n.Line
	n, ok := r.scalar(at, n, "a duration")
	if !ok {
		return
	}
	const remedy = "write hours and minutes, such as 8760h or 1h30m, or days: 365d"
	if n.ShortTag() != "!!str" {
		r.refuse(at, line, "wrong-type", remedy, "must be a duration with its unit, not %s", kind(n))
		return
	}
	d, err := parseDuration(n.Value)
	if err != nil {
		r.refuse(at, line, "wrong-type", remedy, "must be a duration, not %s", kind(n))
		return
	}
	*to = d
}

var days = regexp.MustCompile(`^([0-9]{1,6})d(.*)$`)

// parseDuration parses Go's form of a duration with optional leading days of 24 hours: 1d12h.
func parseDuration(text string) (time.Duration, error) {
	whole := time.Duration(0)
	if m := days.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > 100_000 {
			return 0, strconv.ErrRange
		}
		whole = time.Duration(n) * 24 * time.Hour
		if m[2] == "" {
			return whole, nil
		}
		if strings.ContainsAny(m[2][:1], "+-") {
			return 0, strconv.ErrSyntax
		}
		text = m[2]
	}
	rest, err := time.ParseDuration(text)
	if err != nil || rest > 0 && whole+rest < whole {
		return 0, strconv.ErrSyntax
	}
	return whole + rest, nil
}
