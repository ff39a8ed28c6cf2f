package devicesim

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

func checkIOS(j *judge, file []byte, o Options) *View   { return checkApple(j, IOS, file, o) }
func checkMacOS(j *judge, file []byte, o Options) *View { return checkApple(j, MacOS, file, o) }

// checkApple is the profile installer of iOS and macOS.
func checkApple(j *judge, platform string, file []byte, o Options) *View {
	signed := openCMS(j, file, o)
	if signed == nil {
		return nil
	}
	top := readPlist(j, signed.content)
	if top == nil {
		return nil
	}
	a := &appleReader{judge: j, platform: platform, now: o.Now, payloads: map[string]*applePayload{}}
	view := a.readProfile(top)
	if signed.signer != nil {
		view.Signer = signed.signer.Subject.String()
		view.SignatureTrusted = signed.trusted
	}
	return view
}

// appleReader reads one profile.
type appleReader struct {
	*judge
	platform string
	now      time.Time
	payloads map[string]*applePayload // by upper-case UUID
	seenIDs  map[string]bool
	networks map[string]bool
}

// applePayload is a payload while the profile is read.
type applePayload struct {
	kind string
	path string
	dict *plistValue
	der  []byte // of a certificate payload
	used bool
}

var identifierFormat = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$`)

func (a *appleReader) readProfile(top *plistValue) *View {
	checkSchema(a.judge, a.platform, top, "", topLevelKeys)
	a.seenIDs = map[string]bool{}
	a.networks = map[string]bool{}
	view := &View{
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
	var order []*applePayload
	for i, item := range content.array {
		if item.kind != plistDict {
			continue // checkSchema has said so
		}
		p := &applePayload{kind: item.str("PayloadType"), path: fmt.Sprintf("PayloadContent[%d]", i), dict: item}
		keys, known := payloadKeys[p.kind]
		if !known {
			a.breaks(applePayloadType, p.kind)
			continue
		}
		checkSchema(a.judge, a.platform, item, p.path, commonKeys, keys)
		a.checkIdentity(item, p.path)
		a.payloads[strings.ToUpper(item.str("PayloadUUID"))] = p
		order = append(order, p)
		view.Payloads = append(view.Payloads, Payload{Type: p.kind, Identifier: item.str("PayloadIdentifier"), UUID: item.str("PayloadUUID")})
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
		a.breaks(appleNoNetwork, "")
	}
	for _, p := range order {
		if p.kind != payloadWiFi && !p.used {
			a.breaks(appleAnchorUnused, p.path)
		}
	}
	return view
}

// checkIdentity checks the identifier and UUID of the profile or of a payload.
func (a *appleReader) checkIdentity(v *plistValue, path string) {
	if id := v.get("PayloadIdentifier", plistString); id != nil {
		if !identifierFormat.MatchString(id.text) || len(id.text) > 255 {
			a.breaks(appleIdentifier, joinPath(path, "PayloadIdentifier")+" "+id.text)
		}
		if a.seenIDs["id "+id.text] {
			a.breaks(appleIdentifier, id.text+" twice")
		}
		a.seenIDs["id "+id.text] = true
	}
	if uuid := v.get("PayloadUUID", plistString); uuid != nil {
		key := "uuid " + strings.ToUpper(uuid.text)
		switch {
		case !uuidFormat.MatchString(uuid.text):
			a.breaks(appleUUID, joinPath(path, "PayloadUUID")+" "+uuid.text)
		case a.seenIDs[key]:
			a.breaks(appleUUID, uuid.text+" twice")
		case uuid.text[14] != '5':
			a.breaks(appleUUIDVersion, uuid.text)
		}
		a.seenIDs[key] = true
	}
}

// targetDevices are the values of TargetDeviceType that mean each platform; 0 means any.
var targetDevices = map[string]int64{IOS: 1, MacOS: 5}

func (a *appleReader) checkTopLevel(top *plistValue, view *View) {
	if top.flag("IsEncrypted") || top.has("EncryptedPayloadContent") {
		a.breaks(appleEncrypted, "")
	}
	for _, key := range []string{"PayloadRemovalDisallowed", "HasRemovalPasscode"} {
		if top.has(key) {
			a.breaks(appleRemoval, key)
		}
	}
	if d := top.get("RemovalDate", plistDate); d != nil {
		view.Expires = &d.date
		if !d.date.After(a.now) {
			a.breaks(appleRemovalDate, d.date.Format(time.RFC3339))
		}
	}
	for _, key := range []string{"PayloadExpirationDate", "DurationUntilRemoval"} {
		if top.has(key) {
			a.breaks(appleExpiryPlace, key)
		}
	}
	if t := top.get("TargetDeviceType", plistInteger); t != nil && t.integer != 0 && t.integer != targetDevices[a.platform] {
		a.breaks(appleTarget, fmt.Sprint(t.integer))
	}
	if c := top.get("ConsentText", plistDict); c != nil {
		view.Consent = map[string]string{}
		for _, lang := range c.keys {
			text := c.str(lang)
			if strings.TrimSpace(text) == "" || lang == "" {
				a.breaks(appleConsent, "nothing for "+lang)
			}
			view.Consent[lang] = text
		}
		if !c.has("default") {
			a.breaks(appleConsent, "no default entry")
		}
	}
}
