package profiles

import (
	"fmt"
	"slices"
	"strings"
)

// Check applies every rule about settings, and returns its findings in the order
// of the YAML's keys. It has no clock: the caller checks the dates of roots.
func Check(s Settings) []Finding {
	c := &checker{given: s, settings: s.resolved()}
	c.organization()
	c.eap()
	c.outerIdentity()
	c.trustedServerNames()
	c.trustAnchor()
	c.publicRoots()
	c.passpoint()
	c.wpa2()
	c.platforms()
	return c.findings
}

// checker collects findings. given holds the settings of the tenant, and settings the
// same with all defaults.
type checker struct {
	given, settings Settings
	findings        []Finding
}

func (c *checker) error(field string, p Platform, rule, message, remedy string) {
	c.findings = append(c.findings, Finding{
		Severity: Error, Field: field, Platform: p, Rule: rule, Message: message, Remedy: remedy,
	})
}

func (c *checker) warning(field string, p Platform, rule, message, remedy string) {
	c.findings = append(c.findings, Finding{
		Severity: Warning, Field: field, Platform: p, Rule: rule, Message: message, Remedy: remedy,
	})
}

func (c *checker) note(field, rule, message string) {
	c.findings = append(c.findings, Finding{Severity: Note, Field: field, Rule: rule, Message: message})
}

// errorFor reports an error that concerns the documents of some platforms only.
func (c *checker) errorFor(concerned []Platform, field string, p Platform, rule, message, remedy string) {
	c.error(field, p, rule, message, remedy)
	last := &c.findings[len(c.findings)-1]
	for _, platform := range Platforms() {
		if !slices.Contains(concerned, platform) {
			last.spares = append(last.spares, platform)
		}
	}
}

// text checks a text of the documents.
func (c *checker) text(field, value string, limit int) {
	switch problem := textProblem(value, false); {
	case value == "":
		c.error(field, "", "text-required", "is empty", "")
	case strings.TrimSpace(value) == "":
		c.error(field, "", "text-required", "holds only spaces", "")
	case problem != "":
		c.error(field, "", "text-characters",
			fmt.Sprintf("%q %s, which documents cannot contain", value, problem), "remove the character")
	case len(value) > limit:
		c.error(field, "", "text-length",
			fmt.Sprintf("has %d bytes in UTF-8, the maximum is %d", len(value), limit), "shorten it")
	}
}

// maxShown is the limit of a friendly name on Android and of a profile name on Windows.
const maxShown = 255

func (c *checker) organization() {
	c.text("id", c.given.OrganizationID, maxShown)
	c.text("name", c.given.OrganizationName, maxShown)
	for _, language := range sortedKeys(c.given.OrganizationNames) {
		field := "names." + language
		c.language(field, language)
		c.text(field, c.given.OrganizationNames[language], maxShown)
	}
	for _, language := range sortedKeys(c.given.ConsentText) {
		field := "wifi.consentText." + language
		c.language(field, language)
		text := c.given.ConsentText[language]
		if problem := textProblem(text, true); strings.TrimSpace(text) == "" {
			c.error(field, IOS, "text-required", "is empty", "")
		} else if problem != "" {
			c.error(field, IOS, "text-characters",
				fmt.Sprintf("%q %s, which documents cannot contain", text, problem), "remove the character")
		}
	}
	if h := c.given.Helpdesk; h != nil {
		contacts := []struct{ field, value string }{{"email", h.Email}, {"url", h.URL}, {"phone", h.Phone}}
		for _, contact := range contacts {
			if contact.value != "" {
				c.text("wifi.helpdesk."+contact.field, contact.value, maxShown)
			}
		}
	}
	if id := c.given.CarrierID; id != "" && !guid(id) {
		c.error("wifi.carrierId", Windows, "carrier-guid",
			fmt.Sprintf("%q is not a GUID", id), "write it as 8-4-4-4-12 hex digits")
	}
}

func (c *checker) eap() {
	s := c.settings
	if s.Method.eapType() == 0 {
		c.error("wifi.eap.method", "", "eap-method", fmt.Sprintf("%q is unknown", s.Method), "write ttls or peap")
	}
	if s.Inner.apple() == "" {
		c.error("wifi.eap.inner", "", "eap-inner", fmt.Sprintf("%q is unknown", s.Inner), "write mschapv2 or pap")
	}
	if s.Method == PEAP && s.Inner == PAP {
		c.error("wifi.eap.inner", "", "peap-inner",
			"PEAP supports only EAP methods, and PAP is not an EAP method", "write inner: mschapv2, or method: ttls")
	}
}

func (c *checker) outerIdentity() {
	const field = "wifi.outerIdentity"
	outer := c.settings.OuterIdentity
	p := c.settings.Passpoint
	if c.given.OuterIdentity != "" && (p == nil || outer != anonymousAt(p.Realm)) { // else the realm is checked
		c.text(field, outer, maxHost)
	}
	if strings.ContainsAny(outer, " \t") || strings.Count(outer, "@") > 1 {
		c.error(field, "", "outer-identity",
			fmt.Sprintf("%q is not a network access identifier (RFC 7542)", outer), "write name@realm")
	}
	if p == nil || p.Realm == "" || c.settings.Method != TTLS {
		return
	}
	if android := anonymousAt(p.Realm); !strings.EqualFold(outer, android) {
		c.warning(field, Android, "outer-identity-android",
			fmt.Sprintf("Android and wpa_supplicant always send %s for Passpoint, not %s", android, outer),
			"make the RADIUS server accept both, or write "+android)
	}
}

func (c *checker) wpa2() {
	w := c.given.WPA2
	if w == nil {
		if c.given.Passpoint == nil {
			c.error("wifi", "", "network-required",
				"has neither passpoint nor wpa2: there is no network to install", "add one of them")
		}
		return
	}
	c.text("wifi.wpa2.ssid", w.SSID, 32)
}

// platforms reports the platforms that get no document, or a document without one of the
// networks for an unexpected reason.
func (c *checker) platforms() {
	if settingsError(c.findings) != nil {
		return // refusals are only meaningful for valid settings
	}
	for _, p := range Platforms() {
		no := unsupported(&c.settings, p)
		if no == nil || p == EAPConfig && no.field == publicRootsField { // see rootsMissing
			continue
		}
		c.warning(no.field, p, "platform-unsupported", no.reason, no.remedy)
	}
	c.rootsMissing()
	c.windowsDiffers()
	c.eapConfigDiffers()
	if unsupported(&c.settings, Linux) == nil {
		for _, no := range []*refusal{linuxPasspoint(&c.settings), linuxWPA2(&c.settings)} {
			if no != nil {
				c.warning(no.field, Linux, "network-left-out", no.reason, no.remedy)
			}
		}
	}
	c.announcedDomain()
}

// rootsMissing reports in one warning the consequences of public CAs without a named
// root.
func (c *checker) rootsMissing() {
	s := &c.settings
	if len(s.roots()) > 0 {
		return
	}
	warning := Finding{
		Severity: Warning, Field: publicRootsField, Rule: "public-roots-missing", Remedy: publicRootsRemedy,
	}
	message := "contains no root of the RADIUS server's certificate."
	if no := unsupported(s, EAPConfig); no != nil && no.field == publicRootsField {
		warning.Platform, warning.Rule, message = EAPConfig, "platform-unsupported", no.reason
	}
	if s.WPA2 != nil && unsupported(s, SettingsAndroid) == nil {
		message += " An Android app does not get the network " + s.WPA2.SSID + "."
	}
	if unsupported(s, Windows) == nil {
		message += " Windows accepts any public root."
	}
	if unsupported(s, Android) == nil {
		message += " Android 10 and older reject the file."
	}
	warning.Message = message
	c.findings = append(c.findings, warning)
}

// windowsDiffers reports settings that Windows handles differently.
func (c *checker) windowsDiffers() {
	s := &c.settings
	if unsupported(s, Windows) != nil {
		return
	}
	if s.privateRoot() {
		c.warning("wifi.trustAnchor", Windows, "windows-private-root",
			"a Windows profile cannot install a private root: a computer without the root in its store "+
				"does not connect",
			"use a server certificate of a public CA, or install the root on computers first")
	}
	if s.WPA2 != nil && s.WPA2.Hidden {
		c.warning("wifi.wpa2.ssidHidden", Windows, "windows-hidden",
			"a Windows profile from a web page cannot mark a network as hidden: the computer does not search for it",
			"show the network's name")
	}
	if outer := windowsOuterIdentity(s, ""); outer != s.OuterIdentity {
		c.warning("wifi.outerIdentity", Windows, "outer-identity-windows",
			fmt.Sprintf("with PEAP, Windows sends only the part before the @: %s, not %s", outer, s.OuterIdentity),
			"make the RADIUS server accept both, or use method: ttls")
	}
}

// eapConfigDiffers reports networks that the geteduroam apps do not support.
func (c *checker) eapConfigDiffers() {
	s := &c.settings
	if unsupported(s, EAPConfig) != nil || s.Passpoint == nil {
		return
	}
	if s.WPA2 == nil {
		c.warning("wifi.wpa2", EAPConfig, "eap-config-linux", eapConfigNotOnLinux,
			"add wifi.wpa2, or let Linux users install for iwd or wpa_supplicant")
	}
}
