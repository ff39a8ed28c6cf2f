package poster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"onramp/onboarding"
	"onramp/templates"
)

// texts are the texts of one language.
type texts struct {
	Direction string   `yaml:"direction"`
	Title     string   `yaml:"title"`
	Lead      string   `yaml:"lead"`
	Scan      stepText `yaml:"scan"`
	Fill      stepText `yaml:"fill"`
	Install   stepText `yaml:"install"`
	Type      string   `yaml:"type"`
	Help      string   `yaml:"help"`
}

// stepText is a step: a word, and how it is done.
type stepText struct {
	Do  string `yaml:"do"`
	How string `yaml:"how"`
}

// words are the texts of one language as a poster shows them.
type words struct {
	Language, Direction, Venue, Title, Lead, Type, Help string
	Steps                                               []stepText
}

var embedded = sync.OnceValue(func() map[string]*texts {
	return templates.TextsIn[texts](templates.Poster, "poster")
})

// LanguagesOf returns the languages of the organization's poster: the first MaxLanguages of its own
// that have texts, or English.
func LanguagesOf(o *onboarding.Organization) []string {
	var known []string
	for _, language := range o.Languages {
		if embedded()[language] != nil && len(known) < MaxLanguages {
			known = append(known, language)
		}
	}
	if len(known) == 0 {
		return []string{"en"}
	}
	return known
}

// CheckLanguages checks the languages of a poster: at most MaxLanguages, each with texts and once.
func CheckLanguages(languages []string) error {
	for i, language := range languages {
		switch {
		case embedded()[language] == nil:
			return fmt.Errorf("there is no poster in %q, only in %s", onboarding.CutText(language, 100),
				strings.Join(templates.PosterLanguages(), ", "))
		case slices.Contains(languages[:i], language):
			return fmt.Errorf("%s is given twice", language)
		}
	}
	if len(languages) > MaxLanguages {
		return errors.New("a poster has room for three languages")
	}
	return nil
}

// wordsOf returns the texts of a language for an organization.
func wordsOf(language string, o *onboarding.Organization) (words, error) {
	t := embedded()[language]
	if t == nil {
		return words{}, fmt.Errorf("a poster has no texts in %q, only in %s", language,
			strings.Join(templates.PosterLanguages(), ", "))
	}
	network := networkName(o)
	if t.Direction == "rtl" {
		network = "\u2068" + network + "\u2069" // isolates a name of the other direction
	}
	w := words{
		Language: language, Direction: t.Direction, Venue: venueName(o, language), Title: t.Title, Lead: t.Lead,
		Type: t.Type, Help: t.Help,
	}
	for _, step := range []stepText{t.Scan, t.Fill, t.Install} {
		step.How = strings.ReplaceAll(step.How, "{network}", network)
		w.Steps = append(w.Steps, step)
	}
	return w, nil
}
