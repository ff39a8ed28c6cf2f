package tenantfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// form describes the values of a key for the schema and the reference. The rules themselves are
// those of the reader and of package tenant; TestSchemaAgrees compares the two.
type form struct {
	kind     kindOfValue
	required bool
	empty    bool   // an empty text stands for a missing key
	fallback string // the value of a missing key, as YAML has it or in words
	literal  bool   // fallback is a value
	bounds   string // in words; empty: those of the members below
	pattern  string // of a text, or of each text of a list
	words    []string
	code     string // the definition of the schema that lists the codes
	longest  int    // bytes of a text
	least    int    // of a number, or the length of a list
	most     int    // 0: no limit
	rules    object // further members of the schema of the mapping, or of each mapping of a list
	whole    object // further members of the schema of a list
	since    string // the version that brought the key; empty: the first release
}

// kindOfValue is a kind of value as the reference names it.
type kindOfValue string

const (
	kindText       kindOfValue = "text"
	kindTexts      kindOfValue = "list of texts"
	kindByLanguage kindOfValue = "text by language"
	kindByName     kindOfValue = "text by name"
	kindTruth      kindOfValue = "true or false"
	kindNumber     kindOfValue = "whole number"
	kindDegrees    kindOfValue = "decimal number"
	kindDuration   kindOfValue = "duration"
	kindPeriod     kindOfValue = "period"
	kindMapping    kindOfValue = "mapping"
	kindMappings   kindOfValue = "list of mappings"
	kindFields     kindOfValue = "list of names or mappings"
)

// needed marks a key that every file must have.
func (v value) needed() value {
	v.form.required, v.form.empty = true, false
	return v
}

// nonEmpty marks a text that must not be empty.
func (v value) nonEmpty() value {
	v.form.empty = false
	return v
}

// or sets the default, as YAML has it.
func (v value) or(fallback string) value {
	v.form.fallback, v.form.literal = fallback, true
	return v
}

// otherwise sets the default in words.
func (v value) otherwise(fallback string) value {
	v.form.fallback, v.form.literal = fallback, false
	return v
}

// bounded sets the bounds in words.
func (v value) bounded(words string) value {
	v.form.bounds = words
	return v
}

// like requires a pattern of a text, or of each text of a list. The words describe it.
func (v value) like(pattern, words string) value {
	v.form.pattern, v.form.bounds = pattern, words
	return v
}

// among lists the words that a text, or each text of a list, may be.
func (v value) among(words ...string) value {
	v.form.words = words
	return v
}

// coded requires a code of a definition of the schema.
func (v value) coded(code, words string) value {
	v.form.code, v.form.bounds = code, words
	return v
}

// upTo limits the bytes of a text, or of each text.
func (v value) upTo(bytes int) value {
	v.form.longest = bytes
	return v
}

// between limits a number, or the length of a list; most 0 is no limit.
func (v value) between(least, most int) value {
	v.form.least, v.form.most = least, most
	return v
}

// ruled adds members to the schema of the mapping, or of each mapping of a list.
func (v value) ruled(rules object) value {
	v.form.rules = rules
	return v
}

// listed adds members to the schema of a list.
func (v value) listed(rules object) value {
	v.form.whole = rules
	return v
}

// visible refuses a text of spaces alone.
func (v value) visible() value {
	v.form.pattern = notBlank
	return v
}

// notBlank matches a text that holds more than spaces.
const notBlank = `\S`

// limits returns the bounds in words for the reference.
func (f *form) limits() string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if len(f.words) > 0 {
		quoted := make([]string, len(f.words))
		for i, word := range f.words {
			quoted[i] = "`" + word + "`"
		}
		last := len(quoted) - 1
		if list := strings.Join(quoted[:last], ", "); list != "" {
			add("%s or %s", list, quoted[last])
		} else {
			add("%s", quoted[last])
		}
	}
	if f.bounds != "" {
		add("%s", f.bounds)
	}
	if f.longest > 0 {
		add("at most %s bytes", thousands(f.longest))
	}
	switch list := slices.Contains([]kindOfValue{kindTexts, kindMappings, kindFields, kindByName}, f.kind); {
	case list && f.most > 0:
		add("at most %d entries", f.most)
	case list && f.least > 0:
		add("at least %d", f.least)
	case !list && f.most > 0:
		add("%s to %s", thousands(f.least), thousands(f.most))
	}
	return strings.Join(all, "; ")
}

// thousands returns a number with commas.
func thousands(n int) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
