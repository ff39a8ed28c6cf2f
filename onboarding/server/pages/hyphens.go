package pages

import (
	"fmt"
	"strings"
)

// softHyphen is U+00AD: a browser breaks a word there when the line is too short for it, and shows
// a hyphen only then.
const softHyphen = "\u00ad"

// readHyphens takes the list hyphens out of a file: long words, with a hyphen where each may break.
func readHyphens(tree map[string]any) (*strings.Replacer, error) {
	list, ok := tree["hyphens"]
	if !ok {
		return strings.NewReplacer(), nil
	}
	delete(tree, "hyphens")
	words, ok := list.([]any)
	if !ok {
		return nil, fmt.Errorf("hyphens: %v is not a list of words", list)
	}
	var pairs []string
	for _, entry := range words {
		word, _ := entry.(string)
		whole := strings.ReplaceAll(word, "-", "")
		if whole == word || strings.ContainsAny(word, " \t") {
			return nil, fmt.Errorf("hyphens: %v is not a word with a hyphen", entry)
		}
		pairs = append(pairs, whole, strings.ReplaceAll(word, "-", softHyphen))
	}
	return strings.NewReplacer(pairs...), nil
}

// hyphenate puts soft hyphens into the words of all texts.
func (t *texts) hyphenate(words *strings.Replacer) {
	for key, text := range t.one {
		t.one[key] = words.Replace(text)
	}
	for _, steps := range t.steps {
		for i := range steps {
			steps[i].Do, steps[i].Then = words.Replace(steps[i].Do), words.Replace(steps[i].Then)
		}
	}
}
