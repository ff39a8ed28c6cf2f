package pages

import (
	"net/url"
	"slices"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// statement is the one check box for the terms of use and the privacy notice. The box has the name
// of the terms of use. A hidden field gives the answer for the privacy notice: the same as for the
// terms of use.
type statement struct {
	ID, First, Second, ByFirst string
	Parts                      []statementPart
	Texts                      []policyText // of the policies that have no address
	Ticked                     bool
	Problem                    string
}

// statementPart is a run of words, a link if it has a URL.
type statementPart struct{ Text, URL string }

type policyText struct{ Title, Text string }

// byTerms is the value of the hidden field.
const byTerms = "as " + onboarding.TermsOfUse

// isStated reports whether the statement asks for consent to the policy.
func isStated(key string) bool { return key == onboarding.TermsOfUse || key == onboarding.Privacy }

// statement returns the check box, or nil for an organization without one of the two policies.
func (s *signUp) statement(t *texts) *statement {
	terms, privacy := s.o.Policy(onboarding.TermsOfUse), s.o.Policy(onboarding.Privacy)
	if terms == nil || privacy == nil {
		return nil
	}
	first, second := policyPrefix+terms.Key, policyPrefix+privacy.Key
	box := &statement{
		ID: fieldID(first), First: first, Second: second, ByFirst: byTerms,
		Ticked: ticked(s.typed, first) && ticked(s.typed, second),
	}
	addresses := []string{terms.URL, privacy.URL}
	for i, part := range splitStatement(t.must("signup.statement")) {
		if i%2 == 1 && i/2 < len(addresses) {
			part.URL = addresses[i/2]
		}
		box.Parts = append(box.Parts, part)
	}
	for _, policy := range []*onboarding.Policy{terms, privacy} {
		if text := web.InLanguage(policy.Text, t.code, s.o); text != "" {
			box.Texts = append(box.Texts, policyText{web.InLanguage(policy.Title, t.code, s.o), text})
		}
	}
	if s.problems[first] != "" || s.problems[second] != "" {
		box.Problem = t.must("problem.statement")
	}
	return box
}

// splitStatement splits a text at its brackets. The parts with odd indexes were inside.
func splitStatement(text string) []statementPart {
	var parts []statementPart
	for text != "" {
		before, rest, found := strings.Cut(text, "[")
		parts = append(parts, statementPart{Text: before})
		if !found {
			break
		}
		var inside string
		inside, text, _ = strings.Cut(rest, "]")
		parts = append(parts, statementPart{Text: inside})
	}
	return parts
}

// ticked reports whether a box is ticked. Some clients send "on", the default value of a box. The
// privacy notice may be answered with the terms of use.
func ticked(typed url.Values, name string) bool {
	value := typed.Get(name)
	if value == byTerms {
		value = typed.Get(policyPrefix + onboarding.TermsOfUse)
	}
	return slices.Contains([]string{"true", "on", "1"}, value)
}
