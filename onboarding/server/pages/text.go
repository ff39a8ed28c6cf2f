package pages

import (
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
	"onramp/templates"
)

// texts holds the pages' texts in one language.
type texts struct {
	code  string // ISO 639-1
	one   map[string]string
	steps map[string][]step
}

// step is an instruction: what to do, and what happens then.
type step struct {
	Do, Then string
	Picture  string // name of a template in pictures.html; may be empty
}

// direction returns the value of HTML's dir, empty for the default.
func (t *texts) direction() string {
	if t.one["direction"] == "rtl" {
		return "rtl"
	}
	return ""
}

// pageTexts returns the texts in templates/pages by language; pageLanguages lists the languages,
// the default first. Both read them once.
var (
	pageTexts     = sync.OnceValue(func() map[string]*texts { return mustReadTexts(templates.Pages) })
	pageLanguages = sync.OnceValue(func() []string { return languagesOf(pageTexts()) })
)

// fallbackLanguage is the language for a tenant whose languages have no texts.
const fallbackLanguage = "en"

func mustReadTexts(files fs.FS) map[string]*texts {
	names, err := fs.Glob(files, "pages/*.yaml")
	if err != nil || len(names) == 0 {
		panic("no texts of the pages are embedded")
	}
	all := map[string]*texts{}
	for _, name := range names {
		t, err := readTexts(files, name)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		all[t.code] = t
	}
	return all
}

// readTexts reads a file into dotted keys.
func readTexts(files fs.FS, name string) (*texts, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(raw, &tree); err != nil {
		return nil, err
	}
	t := &texts{
		code: strings.TrimSuffix(path.Base(name), ".yaml"), one: map[string]string{}, steps: map[string][]step{},
	}
	hyphens, err := readHyphens(tree)
	if err != nil {
		return nil, err
	}
	if err := t.flatten("", tree); err != nil {
		return nil, err
	}
	t.hyphenate(hyphens)
	return t, nil
}

func (t *texts) flatten(prefix string, tree map[string]any) error {
	for key, value := range tree {
		switch v := value.(type) {
		case string:
			t.one[prefix+key] = v
		case map[string]any:
			if err := t.flatten(prefix+key+".", v); err != nil {
				return err
			}
		case []any:
			for _, entry := range v {
				one, err := readStep(entry)
				if err != nil {
					return fmt.Errorf("%s%s: %w", prefix, key, err)
				}
				t.steps[prefix+key] = append(t.steps[prefix+key], one)
			}
		default:
			return fmt.Errorf("%s%s: %v is not a text", prefix, key, v)
		}
	}
	return nil
}

// readStep reads an entry with the members do and then.
func readStep(entry any) (step, error) {
	members, _ := entry.(map[string]any)
	do, _ := members["do"].(string)
	then, _ := members["then"].(string)
	if do == "" || then == "" || len(members) != 2 {
		return step{}, fmt.Errorf("%v is not a step with the texts do and then", entry)
	}
	return step{Do: do, Then: then}, nil
}

func languagesOf(all map[string]*texts) []string {
	codes := []string{fallbackLanguage}
	for code := range all {
		if code != fallbackLanguage {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes[1:])
	return codes
}

// text returns the text of a key with each {name} replaced from pairs. An unknown key is a
// programming error.
func (t *texts) text(key string, pairs ...string) (string, error) {
	return templates.Text(t.one, t.code, key, pairs...)
}

// must is text for keys in the code; a test checks each of them.
func (t *texts) must(key string, pairs ...string) string {
	text, err := t.text(key, pairs...)
	if err != nil {
		panic(err)
	}
	return text
}

// languagesFor returns the languages of an organization's pages, in its order; all languages for
// nil.
func languagesFor(o *onboarding.Organization) []string {
	if o == nil {
		return pageLanguages()
	}
	var codes []string
	for _, code := range o.Languages {
		if pageTexts()[code] != nil {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return []string{fallbackLanguage}
	}
	return codes
}

// chooseLanguage returns the texts for an organization's page: in the language of a link, or the
// browser's preference, or the organization's first. chosen reports whether a link selected it.
func chooseLanguage(r *http.Request, o *onboarding.Organization) (t *texts, chosen bool) {
	codes := languagesFor(o)
	if code := r.URL.Query().Get("lang"); slices.Contains(codes, code) {
		return pageTexts()[code], true
	}
	return pageTexts()[web.PreferredLanguage(r.Header, codes)], false
}

// browserLanguage returns the browser's preferred language, or "".
func browserLanguage(r *http.Request) string {
	wanted := web.AcceptedLanguages(r.Header)
	if len(wanted) == 0 {
		return ""
	}
	return wanted[0].String()
}
