package console

import (
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
)

// Health is the result of a run of the checks of the deployment.
type Health struct {
	At    time.Time
	Lines []HealthLine
}

// HealthState is the verdict of a check.
type HealthState string

// The states of a check. A failure prevents phones from getting or using their profiles now.
const (
	HealthGood    HealthState = "good"
	HealthWarning HealthState = "warning"
	HealthFailure HealthState = "failure"
)

// HealthLine is one finding.
type HealthLine struct {
	State HealthState
	Check string // the subject, as `onramp doctor` names it
	Text  string // in English
	// Key names the text among those of the console, and Args alternates names and values of its
	// parts; empty: there is none in other languages.
	Key  string
	Args []string
	// OrganizationID is the organization that the finding is about; empty: the deployment.
	OrganizationID string
	// Public reports that operators of each organization may read the text.
	Public bool
}

// healthPage is a part of overview.html.
type healthPage struct {
	At    string // of the last run; empty: there is none yet
	On    bool   // the checks run
	Wrong []healthLine
	Good  []healthLine
}

// add adds a line to the wrong ones or to the good ones, failures first.
func (p *healthPage) add(lines ...healthLine) {
	for _, line := range lines {
		switch line.Tone {
		case "bad":
			at := 0
			for at < len(p.Wrong) && p.Wrong[at].Tone == "bad" {
				at++
			}
			p.Wrong = append(p.Wrong[:at:at], append([]healthLine{line}, p.Wrong[at:]...)...)
		case "warn":
			p.Wrong = append(p.Wrong, line)
		default:
			p.Good = append(p.Good, line)
		}
	}
}

// healthCheck describes a check of the deployment to operators.
type healthCheck struct {
	key    string // of its name and of the step to take
	guide  string
	shared bool // operators of one organization see its state
}

// healthChecks are the checks by their name in `onramp doctor`. Others have their own name.
var healthChecks = map[string]healthCheck{
	"signer":             {"signer", "/docs/keys", true},
	"https":              {"https", "/docs/getting-started", true},
	"radius certificate": {"radiusCertificate", "/docs/certificate-change", true},
	"radius trust":       {"radiusTrust", "/docs/certificate-change", false},
	"radius":             {"radius", "/docs/freeradius", true},
	"trust anchor":       {"trustAnchor", "/docs/certificate-change", false},
	"database":           {"database", "/docs/backup", false},
	"disk":               {"disk", "/docs/backup", false},
	"identity documents": {"documents", "/docs/upgrade", false},
	"limits":             {"limits", "/docs/upgrade", false},
	"tombstones":         {"tombstones", "/docs/deletion", false},
	"backup":             {"backup", "/docs/backup", false},
	"client keys":        {"clientKeys", "/docs/client-keys", false},
	"secret changes":     {"secretChanges", "/docs/keys", false},
	"key age":            {"keyAge", "/docs/keys", false},
	"permissions":        {"permissions", "/docs/keys", false},
	"organizations":      {"organizations", "/docs/tenant-file", false},
	"radius secrets":     {"radiusSecrets", "/docs/freeradius", false},
	"access points":      {"accessPoints", "/docs/freeradius", false},
	"codes":              {"codes", "/docs/messages", false},
	"webhooks":           {"webhooks", "/docs/webhooks", false},
}

// healthTones are the colours of the states.
var healthTones = map[HealthState]string{HealthGood: "good", HealthWarning: "warn", HealthFailure: "bad"}

// settingsCheck begins the name of the check of an organization's settings, which the overview
// makes itself for the settings of this moment.
const settingsCheck = "organization "

// addChecks adds the last result of the checks: those of the organization and of the deployment.
// An operator of one organization gets the texts about it and the public ones; of the other shared
// checks the state alone.
func (s *Console) addChecks(v *visit, page *healthPage, onlyOrganization bool) {
	if s.Health == nil {
		return
	}
	page.On = true
	last := s.Health()
	if last == nil {
		return
	}
	page.At = v.minute(last.At)
	all := v.session.OrganizationID == ""
	hidden := map[string]HealthState{} // the worst state of the shared checks whose texts are not shown
	shown := map[string]bool{}
	for i := range last.Lines {
		line := &last.Lines[i]
		own := line.OrganizationID == v.organization.ID
		switch {
		case strings.HasPrefix(line.Check, settingsCheck), line.OrganizationID != "" && !own:
		case all, own, line.Public && healthChecks[line.Check].shared,
			line.Check == "access points" && onlyOrganization:
			page.add(v.checkLine(line, line.State))
			shown[line.Check] = true
		case healthChecks[line.Check].shared:
			hidden[line.Check] = worse(hidden[line.Check], line.State)
		}
	}
	for _, name := range []string{"signer", "https", "radius certificate", "radius"} {
		if state := hidden[name]; state != "" && (state != HealthGood || !shown[name]) {
			page.add(v.checkLine(&HealthLine{Check: name, Key: "hidden"}, state))
		}
	}
}

// worse returns the worse one of two states.
func worse(a, b HealthState) HealthState {
	for _, state := range []HealthState{HealthFailure, HealthWarning, HealthGood} {
		if a == state || b == state {
			return state
		}
	}
	return ""
}

// checkLine returns the line of a check with its name, text and step in the operator's language.
func (v *visit) checkLine(line *HealthLine, state HealthState) healthLine {
	shown := healthLine{Tone: healthTones[state], Label: v.texts.must("healthState." + string(state)), Name: line.Check}
	key := "checkText." + line.Key
	if line.Key == "hidden" {
		key += strings.ToUpper(string(state[:1])) + string(state[1:])
	}
	if v.texts.has(key) {
		shown.Text = v.texts.must(key, v.localArgs(line.Args)...)
	} else {
		shown.Text, shown.Lang = line.Text, "en"
	}
	known, ok := healthChecks[line.Check]
	if !ok {
		return shown
	}
	shown.Name = v.texts.must("check." + known.key)
	if state != HealthGood {
		shown.Step, shown.Guide = v.texts.must("fix."+known.key), known.guide
		switch {
		case known.key == "clientKeys":
			shown.Page = v.at(keysPath)
		case known.key == "accessPoints":
			shown.Page = v.at(accessPointsPath)
		case known.key == "webhooks":
			shown.Page = v.at(webhooksPath)
		case v.session.OrganizationID != "" && line.OrganizationID == "":
			shown.Step = v.texts.must("health.ask")
		}
	}
	return shown
}

// localArgs returns the parts of a text with instants in the organization's time zone.
func (v *visit) localArgs(args []string) []string {
	local := append([]string(nil), args...)
	for i := 0; i+1 < len(local); i += 2 {
		if at, err := time.Parse(time.RFC3339, local[i+1]); local[i] == "time" && err == nil {
			local[i+1] = v.minute(at)
		}
	}
	return local
}

// stateLabel is the state of an organization in the list of all.
type stateLabel struct{ Tone, Text string }

// stateLabels returns the worst state of each organization with the number of its findings in that
// state; none before the first run of the checks.
func (s *Console) stateLabels(t *texts) map[string]stateLabel {
	if s.Health == nil {
		return nil
	}
	last := s.Health()
	if last == nil {
		return nil
	}
	counts := map[string]map[HealthState]int{}
	for i := range last.Lines {
		id := last.Lines[i].OrganizationID
		if counts[id] == nil {
			counts[id] = map[HealthState]int{}
		}
		counts[id][last.Lines[i].State]++
	}
	labels := map[string]stateLabel{}
	for id, of := range counts {
		labels[id] = stateLabel{healthTones[HealthGood], t.must("healthState.good")}
		for _, state := range []HealthState{HealthWarning, HealthFailure} {
			if n := of[state]; n > 0 {
				text := t.must("healthState."+string(state)) + ": " + strconv.Itoa(n)
				labels[id] = stateLabel{healthTones[state], text}
			}
		}
	}
	return labels
}

// tonesOf are the colours of findings.
var tonesOf = map[onboarding.Severity]string{
	onboarding.SeverityError: "bad", onboarding.SeverityWarning: "warn", onboarding.SeverityNote: "good",
}

// finding returns the line of a finding about the settings.
func (v *visit) finding(f onboarding.Finding) healthLine {
	line := v.healthLine(f)
	line.Name, line.Lang = v.texts.must("check.settings"), "en"
	if line.Tone != "good" {
		line.Step, line.Guide = v.texts.must("fix.settings"), "/docs/tenant-file"
		switch part := strings.FieldsFunc(f.Field+".", func(r rune) bool { return r == '.' || r == '[' }); part[0] {
		case "portal", "policies", "languages", "names", "name":
			line.Page = v.at(lookPath)
		}
	}
	return line
}
