package profiles

import (
	"slices"
	"strings"
)

// DefaultHomeDomain returns the home domain of settings without one. With public
// CAs it is the realm. With a private root Android matches the server's
// certificate against the home domain: it is the realm if that is a suffix of
// every trusted server name, else the longest common suffix of those names, of at
// least two labels. An access point that announces only the realm is then foreign
// to the phone. ok is false if there is no such suffix.
func DefaultHomeDomain(realm string, trustedServerNames []string, privateRoot bool) (domain string, ok bool) {
	if !privateRoot {
		return realm, realm != ""
	}
	outside := func(name string) bool { return !hasDomainSuffix(strings.TrimPrefix(name, "*."), realm) }
	if realm != "" && len(trustedServerNames) > 0 && !slices.ContainsFunc(trustedServerNames, outside) {
		return realm, true
	}
	return commonDomain(trustedServerNames)
}

// HomeDomain returns the domain by which devices recognize their home network, also where the
// settings derive it; "" without a Passpoint network or a domain. Access points announce it.
func (w *WiFi) HomeDomain() string {
	if w.Passpoint == nil {
		return ""
	}
	if w.Passpoint.HomeDomain != "" {
		return w.Passpoint.HomeDomain
	}
	domain, _ := DefaultHomeDomain(w.Passpoint.Realm, w.TrustedServerNames, w.TrustAnchor != "")
	return domain
}

// commonDomain returns the longest common suffix, of at least two labels.
func commonDomain(names []string) (domain string, ok bool) {
	var common []string
	for i, name := range names {
		labels := strings.Split(strings.ToLower(strings.TrimPrefix(name, "*.")), ".")
		if i == 0 {
			common = labels
			continue
		}
		n := 0
		for n < len(common) && n < len(labels) && common[len(common)-1-n] == labels[len(labels)-1-n] {
			n++
		}
		common = common[len(common)-n:]
	}
	if len(common) < 2 {
		return "", false
	}
	return strings.Join(common, "."), true
}
