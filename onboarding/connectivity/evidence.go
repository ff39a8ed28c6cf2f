package connectivity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"onramp/certs"
	"onramp/onboarding"
)

// The maximum numbers of pieces of evidence from the network and from all other records.
const (
	maxSeen  = 28
	maxOther = MaxEvidence - maxSeen
)

// evidence returns the observations on which a verdict rests, oldest first.
func (f *facts) evidence(v *Verdict) []Evidence {
	e := &timeline{now: f.now}
	f.addCredential(e)
	f.addProfiles(e)
	f.addClaims(e)
	f.addServer(e, v)
	other := e.last(maxOther)
	e.all = nil
	f.addAttempts(e)
	f.addConnections(e)
	return sorted(append(e.last(maxSeen), other...))
}

// timeline collects evidence.
type timeline struct {
	now time.Time
	all []Evidence
}

func (e *timeline) add(at time.Time, source Source, format string, args ...any) {
	e.all = append(e.all, Evidence{at, source, fmt.Sprintf(format, args...)})
}

// last returns the latest n, oldest first.
func (e *timeline) last(n int) []Evidence {
	all := sorted(e.all)
	return all[max(len(all)-n, 0):]
}

func sorted(all []Evidence) []Evidence {
	slices.SortStableFunc(all, func(a, b Evidence) int {
		return cmp.Or(a.At.Compare(b.At), slices.Index(sources, a.Source)-slices.Index(sources, b.Source))
	})
	return all
}

// sources is the order of simultaneous evidence.
var sources = []Source{
	SourceCredential, SourceConsent, SourceProfile, SourceInstallation, SourceSettings, SourceRADIUS,
	SourceAccounting, SourceCertificate, SourceProbe,
}

var credentialTexts = map[string]string{
	"locked":                         "The credential was locked.",
	"unlocked":                       "The credential was unlocked.",
	"ended":                          "The person withdrew a mandatory policy, and the access ended.",
	"rotated":                        "The password was replaced (rotated).",
	"profile fetched by an operator": "An operator fetched the profile.",
}

func (f *facts) addCredential(e *timeline) {
	e.add(f.customer.Created, SourceCredential, "Registered.")
	for _, event := range f.history {
		if text := credentialTexts[event.Detail["action"]]; text != "" {
			e.add(event.At, SourceCredential, "%s", text)
		}
	}
	if f.customer.Locked && f.changed("locked") == nil {
		e.add(f.customer.Modified, SourceCredential, "The credential is locked.")
	}
	if !f.now.Before(f.credential.Expires) {
		e.add(f.credential.Expires, SourceCredential, "The credential expired.")
	}
	if !f.now.Before(f.credential.Expires) {
		for i := range f.consentDue {
			d := &f.consentDue[i]
			e.add(f.credential.Expires, SourceConsent, "Version %s of the mandatory policy %s is not accepted, so the "+
				"credential is not renewed.", d.Version, d.Key)
		}
	}
	if f.refusedPPD != nil {
		e.add(f.refusedPPD.At, SourceConsent, "The customer refused the processing of personal data: nothing about "+
			"connections is recorded.")
	}
}

func (f *facts) addProfiles(e *timeline) {
	for _, d := range f.downloads {
		switch {
		case d.Refused != "":
			e.add(d.Last, SourceProfile, "No profile for %s: %s", d.Platform, d.Refused)
		case d.Credential.Before(f.credential.Created):
			e.add(d.Last, SourceProfile, "Downloaded the profile for %s (%s)%s, with an earlier password.", d.Platform,
				d.Source, times(d.Count))
		default:
			e.add(d.Last, SourceProfile, "Downloaded the profile for %s (%s)%s.", d.Platform, d.Source, times(d.Count))
		}
	}
	for _, i := range f.installations {
		by := i.InstalledBy
		if i.Source != "" {
			by = string(i.Source)
		}
		e.add(reportedAt(i), SourceInstallation, "Reported as installed on %s (%s).", i.Platform, by)
		if i.Confirmed != nil {
			e.add(*i.Confirmed, SourceInstallation, "A login confirmed the installation on %s.", i.Platform)
		}
		if i.Removed != nil {
			e.add(*i.Removed, SourceInstallation, "Reported as removed from %s.", i.Platform)
		}
	}
}

func (f *facts) addClaims(e *timeline) {
	for _, st := range f.stations {
		if st.claimed != nil {
			e.add(st.claimed.At, SourceSettings, "The address of the sign-up page contained the MAC address "+
				"%s; this is no proof that it is the person's device.", st.mac)
		}
	}
}

// addServer adds the state of the RADIUS server, where the cause concerns it.
func (f *facts) addServer(e *timeline, v *Verdict) {
	if v.Cause == CauseNotTrusted {
		f.addTrust(e)
	}
	if v.Cause == CauseNotTrusted && len(f.chain) > 0 {
		leaf := f.chain[0]
		names := leaf.DNSNames
		if len(names) == 0 {
			names = []string{leaf.Subject.CommonName}
		}
		e.add(f.now, SourceCertificate, "The RADIUS server's certificate has the name %s, was issued by %s and is "+
			"valid from %s to %s.", strings.Join(names[:min(len(names), 5)], ", "), leaf.Issuer.CommonName,
			leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly))
	}
	if v.Cause == CauseVLAN || v.Detail == DetailNoAccounting {
		e.add(f.now, SourceAccounting, "The access point reports connections of others, and none of this station.")
	}
	if f.health == nil {
		return
	}
	if !f.health.Answers {
		e.add(f.health.At, SourceProbe, "The RADIUS server at %s does not answer.", f.health.Address)
	}
	if f.health.Unavailable {
		e.add(f.health.At, SourceProbe, "Onramp does not accept connections of the RADIUS server.")
	}
	for i := range f.health.Dropped {
		d := &f.health.Dropped[i]
		_, h := f.organization.Hotspot(d.HotspotID)
		switch {
		case d.Reason == DroppedSecret && h != nil:
			e.add(d.Last, SourceProbe, "The RADIUS server dropped %d packets of %s that another secret signed.",
				d.Count, h.Name)
		case d.Reason == DroppedClient && h != nil:
			e.add(d.Last, SourceProbe, "The RADIUS server dropped %d packets of undeclared senders, and received "+
				"none from %s, the address of %s.", d.Count, d.Address, h.Name)
		case d.Reason == DroppedClient && d.HotspotID == "" && v.Cause == CauseNotInstalled:
			e.add(d.Last, SourceProbe, "The RADIUS server dropped %d packets of undeclared senders.", d.Count)
		}
	}
}

// addTrust adds the names and the root that the last profile of each platform trusts.
func (f *facts) addTrust(e *timeline) {
	seen := map[string]bool{}
	for _, d := range f.downloads {
		settings := f.settings[d.SettingsID]
		if settings == nil || seen[d.Platform] {
			continue
		}
		seen[d.Platform] = true
		root := "the platform's public roots"
		if roots, err := certs.ParseCertificates([]byte(settings.WiFi.TrustAnchor)); err == nil {
			root = "the root " + roots[0].Subject.CommonName
		}
		names := settings.WiFi.TrustedServerNames
		e.add(d.Last, SourceSettings, "The profile for %s trusts the names %s and %s.", d.Platform,
			strings.Join(names[:min(len(names), 5)], ", "), root)
	}
}

func (f *facts) addAttempts(e *timeline) {
	for _, st := range f.stations {
		for _, a := range slices.Concat(st.accepts, st.failures) {
			e.add(a.Last, SourceRADIUS, "%s", f.attemptText(a))
		}
		if st.failed != nil && st.failed.CustomerID == "" {
			e.add(st.failed.Last, SourceRADIUS, "%s", f.attemptText(st.failed))
		}
		if len(st.others) > 0 {
			e.add(st.others[0].At, SourceRADIUS, "Another person authenticated from the station %s.", st.mac)
		}
	}
}

var reasonTexts = map[onboarding.Reason]string{
	onboarding.ReasonUnknownUser:   "no customer has the user name",
	onboarding.ReasonWrongRealm:    "the realm of the user name is not the organization's",
	onboarding.ReasonLocked:        "the credential is locked",
	onboarding.ReasonExpired:       "the credential has expired",
	onboarding.ReasonElsewhere:     "the access point belongs to another organization",
	onboarding.ReasonWrongPassword: "the password is wrong",
	onboarding.ReasonHandshake:     "the TLS handshake failed",
	onboarding.ReasonNotTrusted:    "the phone does not trust the server",
	onboarding.ReasonTLSVersion:    "no common TLS version or cipher suite",
	onboarding.ReasonStopped:       "the phone stopped answering during the handshake",
	onboarding.ReasonUnavailable:   "FreeRADIUS received no answer from Onramp",
}

// attemptText describes an attempt: the result, the place, the reason and the station.
func (f *facts) attemptText(a *onboarding.Attempt) string {
	var b strings.Builder
	at := f.placeText(placeOf(a))
	if a.Accepted() {
		b.WriteString("Accepted at " + at)
		if a.VLAN != 0 {
			fmt.Fprintf(&b, " with VLAN %d", a.VLAN)
		}
	} else {
		reason := reasonTexts[a.Reason]
		if reason == "" {
			reason = string(a.Reason)
		}
		b.WriteString("Rejected at " + at + ": " + reason)
		if a.Detail != "" {
			b.WriteString(": " + a.Detail)
		}
	}
	if a.Station != "" {
		b.WriteString(", station " + a.Station)
	}
	b.WriteString(times(a.Count) + ".")
	return b.String()
}

func (f *facts) addConnections(e *timeline) {
	for _, c := range f.connections {
		at, station := f.placeText(placeOfConnection(c)), cmp.Or(c.MAC, "unknown")
		e.add(c.Start(), SourceAccounting, "Connected at %s, station %s.", at, station)
		stop := c.Stop()
		switch {
		case stop != nil:
			e.add(*stop, SourceAccounting, "The connection at %s ended, station %s: %s.", at, station,
				terminateText(c.TerminateCause()))
		case c.Seen().After(c.Start()):
			e.add(c.Seen(), SourceAccounting, "The connection at %s is still open, station %s.", at, station)
		}
	}
	for _, d := range f.disconnects {
		e.add(d.Created, SourceAccounting, "Ordered a disconnect because the credential was %s.", d.Reason)
		if d.Outcome != "" && (d.Finished == nil || d.Finished.After(d.Created) ||
			d.Outcome == onboarding.DisconnectNoAddress) {
			at := d.Created
			if d.Finished != nil {
				at = *d.Finished
			}
			e.add(at, SourceAccounting, "Disconnect-Request: %s.", disconnectTexts[d.Outcome])
		}
	}
}

var disconnectTexts = map[onboarding.DisconnectOutcome]string{
	onboarding.DisconnectAcknowledged: "the access point ended the connection",
	onboarding.DisconnectRefused:      "the access point refused it",
	onboarding.DisconnectUnanswered:   "the access point did not answer",
	onboarding.DisconnectEnded:        "the connection had ended before",
	onboarding.DisconnectNoAddress:    "the access point has no declared address",
}

// terminateTexts explain values of Acct-Terminate-Cause (RFC 2866), in lower case.
var terminateTexts = map[string]string{
	"user-request":    "the device disconnected",
	"lost-carrier":    "the device went out of range or was switched off",
	"lost-service":    "the access point lost its network",
	"idle-timeout":    "the device was idle",
	"session-timeout": "the maximum time was reached",
	"admin-reset":     "an operator or a Disconnect-Request ended it",
	"admin-reboot":    "the access point was restarted",
	"nas-reboot":      "the access point was restarted",
	"nas-request":     "the access point ended it",
	"nas-error":       "the access point had an error",
}

// terminateText explains an Acct-Terminate-Cause, and repeats it.
func terminateText(cause string) string {
	if cause == "" {
		return "no cause was reported"
	}
	if text := terminateTexts[strings.ToLower(cause)]; text != "" {
		return text + " (" + cause + ")"
	}
	return cause
}

// placeText names a place: the organization's own hotspot, or the kind of any other.
func (f *facts) placeText(p place) string {
	if l, h := f.organization.Hotspot(p.hotspotID); h != nil {
		return h.Name + " (" + l.Name + ")"
	}
	if l := f.organization.Location(p.locationID); l != nil {
		return l.Name
	}
	switch p.hostID {
	case "":
		return "an undeclared access point"
	case f.organization.ID:
		return "an access point of the organization"
	}
	return "another organization's access point"
}

// times returns the number of repetitions, empty for one.
func times(n int64) string {
	if n <= 1 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}
