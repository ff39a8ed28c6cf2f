package acme

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// MaxDomains is the most domains of a deployment.
const MaxDomains = 20

// ParseDomains returns host names in the form of certificates: lower case, and international names
// in ASCII. A name has at least two labels; wildcards and IP addresses need other challenges than
// this package answers.
func ParseDomains(names []string) ([]string, error) {
	if len(names) > MaxDomains {
		return nil, fmt.Errorf("%d domains, at most %d", len(names), MaxDomains)
	}
	var all []string
	for _, name := range names {
		domain, err := parseDomain(strings.TrimSuffix(strings.TrimSpace(name), "."))
		if err != nil {
			return nil, fmt.Errorf("%q %w", name, err)
		}
		if slices.Contains(all, domain) {
			return nil, fmt.Errorf("%q is given twice", name)
		}
		all = append(all, domain)
	}
	return all, nil
}

// hostNames accepts letters, digits and hyphens, in labels of at most 63 characters.
var hostNames = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

func parseDomain(name string) (string, error) {
	if strings.Contains(name, "*") {
		return "", errors.New("is a wildcard: name each host")
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return "", errors.New("is an IP address, not a host name")
	}
	domain, err := hostNames.ToASCII(name)
	if err != nil || !strings.Contains(domain, ".") {
		return "", errors.New("is not a host name such as wifi.example.com")
	}
	return domain, nil
}
