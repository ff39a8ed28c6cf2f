package apple

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// CheckIOS judges a profile as iOS does.
func CheckIOS(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	return check(j, judge.IOS, file, o)
}

// CheckMacOS judges a profile as macOS does.
func CheckMacOS(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	return check(j, judge.MacOS, file, o)
}

// check judges a profile as the installers of iOS and macOS do.
func check(j *judge.Findings, platform string, file []byte, o judge.Options) *judge.View {
	signed := openCMS(j, file, o)
	if signed == nil {
		return nil
	}
	top := readPlist(j, signed.content)
	if top == nil {
		return nil
	}
	a := &reader{Findings: j, platform: platform, now: o.Now, payloads: map[string]*payload{}}
	view := a.readProfile(top)
	if signed.signer != nil {
		view.Signer = signed.signer.Subject.String()
		view.SignatureTrusted = signed.trusted
	}
	return view
}

// reader is the state of judging one profile.
type reader struct {
	*judge.Findings
	platform string
	now      time.Time
	payloads map[string]*payload // by upper-case UUID
	seenIDs  map[string]bool
	networks map[string]bool
}

// payload is a payload of the profile.
type payload struct {
	kind string
	path string
	dict *plistValue
	der  []byte // of a certificate payload
	used bool
}

var identifierFormat = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$`)

func (a *reader) readProfile(top *plistValue) *judge.View {
	checkSchema(a.Findings, a.platform, top, "", topLevelKeys)
	a.seenIDs = map[string]bool{}
	a.networks = map[string]bool{}
	view := &judge.View{
		Identifier:   top.str("PayloadIdentifier"),
		UUID:         top.str("PayloadUUID"),
		DisplayName:  top.str("PayloadDisplayName"),
		Organization: top.str("PayloadOrganization"),
		Description:  top.str("PayloadDescription"),
	}
	a.checkIdentity(top, "")
	a.checkTopLevel(top, view)

	content := top.get("PayloadContent", plistArray)
	if content == nil {
		return view
	}
	var order []*payload
	for i, item := range content.array {
		if item.kind != plistDict {
			continue // checkSchema has reported it
		}
		p := &payload{kind: item.str("PayloadType"), path: fmt.Sprintf("PayloadContent[%d]", i), dict: item}
		keys, known := payloadKeys[p.kind]
		if !known {
			a.Breaks(rulePayloadType, p.kind)
			continue
		}
		checkSchema(a.Findings, a.platform, item, p.path, commonKeys, keys)
		a.checkIdentity(item, p.path)
		a.payloads[strings.ToUpper(item.str("PayloadUUID"))] = p
		order = append(order, p)
		view.Payloads = append(view.Payloads,
			judge.Payload{Type: p.kind, Identifier: item.str("PayloadIdentifier"), UUID: item.str("PayloadUUID")})
	}
	for _, p := range order {
		a.readCertificate(p)
	}
	for _, p := range order {
		if p.kind == payloadWiFi {
			view.Networks = append(view.Networks, a.readWiFi(p))
		}
	}
	if len(view.Networks) == 0 {
		a.Breaks(ruleNoNetwork, "")
	}
	for _, p := range order {
		if p.kind != payloadWiFi && !p.used {
			a.Breaks(ruleAnchorUnused, p.path)
		}
	}
	return view
}

// checkIdentity checks the identifier and UUID of the profile or a payload.
func (a *reader) checkIdentity(v *plistValue, path string) {
	if id := v.get("PayloadIdentifier", plistString); id != nil {
		if !identifierFormat.MatchString(id.text) || len(id.text) > 255 {
			a.Breaks(ruleIdentifier, judge.JoinPath(path, "PayloadIdentifier")+" "+id.text)
		}
		if a.seenIDs["id "+id.text] {
			a.Breaks(ruleIdentifier, "duplicate "+id.text)
		}
		a.seenIDs["id "+id.text] = true
	}
	if uuid := v.get("PayloadUUID", plistString); uuid != nil {
		key := "uuid " + strings.ToUpper(uuid.text)
		switch {
		case !judge.UUIDFormat.MatchString(uuid.text):
			a.Breaks(ruleUUID, judge.JoinPath(path, "PayloadUUID")+" "+uuid.text)
		case a.seenIDs[key]:
			a.Breaks(ruleUUID, "duplicate "+uuid.text)
		case uuid.text[14] != '5':
			a.Breaks(ruleUUIDVersion, uuid.text)
		}
		a.seenIDs[key] = true
	}
}

// targetDevices are the values of TargetDeviceType for each platform; 0 means any.
var targetDevices = map[string]int64{judge.IOS: 1, judge.MacOS: 5}

func (a *reader) checkTopLevel(top *plistValue, view *judge.View) {
	if top.flag("IsEncrypted") || top.has("EncryptedPayloadContent") {
		a.Breaks(ruleEncrypted, "")
	}
	for _, key := range []string{"PayloadRemovalDisallowed", "HasRemovalPasscode"} {
		if top.has(key) {
			a.Breaks(ruleRemoval, key)
		}
	}
	if d := top.get("RemovalDate", plistDate); d != nil {
		view.Expires = &d.date
		if !d.date.After(a.now) {
			a.Breaks(ruleRemovalDate, d.date.Format(time.RFC3339))
		}
	}
	for _, key := range []string{"PayloadExpirationDate", "DurationUntilRemoval"} {
		if top.has(key) {
			a.Breaks(ruleExpiryPlace, key)
		}
	}
	if t := top.get("TargetDeviceType", plistInteger); t != nil && t.integer != 0 &&
		t.integer != targetDevices[a.platform] {
		a.Breaks(ruleTarget, fmt.Sprint(t.integer))
	}
	if c := top.get("ConsentText", plistDict); c != nil {
		view.Consent = map[string]string{}
		for _, lang := range c.keys {
			text := c.str(lang)
			if strings.TrimSpace(text) == "" || lang == "" {
				a.Breaks(ruleConsent, "empty text for "+lang)
			}
			view.Consent[lang] = text
		}
		if !c.has("default") {
			a.Breaks(ruleConsent, "missing default entry")
		}
	}
}
