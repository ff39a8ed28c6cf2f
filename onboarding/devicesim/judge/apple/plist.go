package apple

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/java"
	"onramp/onboarding/devicesim/judge/xmldoc"
)

// The types of property list values, as Apple's schema names them.
const (
	plistString  = "string"
	plistInteger = "integer"
	plistReal    = "real"
	plistBoolean = "boolean"
	plistDate    = "date"
	plistData    = "data"
	plistArray   = "array"
	plistDict    = "dictionary"
)

// plistValue is a value of a property list. kind selects the field in use.
type plistValue struct {
	kind    string
	text    string
	integer int64
	real    float64
	boolean bool
	date    time.Time
	data    []byte
	array   []*plistValue
	dict    map[string]*plistValue
	keys    []string // of dict, in file order
}

// readPlist parses an XML property list. Findings contain paths of keys, never values.
func readPlist(j *judge.Findings, doc []byte) *plistValue {
	var x xmldoc.Reader
	root, err := x.Parse(doc)
	switch {
	case err != nil:
		j.Breaks(rulePlist, err.Error())
		return nil
	case !x.HasDeclaration:
		j.Breaks(rulePlist, "missing XML declaration")
	case !strings.EqualFold(x.Encoding, "UTF-8"):
		j.Breaks(rulePlist, "encoding "+x.Encoding)
	case x.InternalDTD:
		j.Breaks(rulePlist, "DOCTYPE with an internal subset")
	case x.HasDoctype && !strings.HasPrefix(x.Doctype, "DOCTYPE plist "):
		j.Breaks(rulePlist, x.Doctype)
	}
	version := ""
	for _, a := range root.Attrs {
		if xmldoc.Qualified(a.Name) == "version" {
			version = a.Value
		}
	}
	if root.Tag != "plist" || version != "1.0" {
		j.Breaks(rulePlist, fmt.Sprintf("root element %s, version %q", root.Tag, version))
		return nil
	}
	if len(root.Children) != 1 || root.Children[0].Tag != "dict" || !java.IsBlank(root.Text) {
		j.Breaks(rulePlist, "the root element must contain one dict only")
		return nil
	}
	v, err := plistFrom(j, root.Children[0], "")
	if err != nil {
		j.Breaks(rulePlist, err.Error())
		return nil
	}
	return v
}

func plistFrom(j *judge.Findings, e *xmldoc.Element, path string) (*plistValue, error) {
	bad := func() (*plistValue, error) {
		return nil, fmt.Errorf("%s is not a valid %s", path, e.Tag)
	}
	if e.Tag != "dict" && e.Tag != "array" && len(e.Children) > 0 {
		return nil, fmt.Errorf("%s: elements inside %s", path, e.Tag)
	}
	text := strings.Trim(e.Text, " \t\r\n")
	switch e.Tag {
	case "string":
		return &plistValue{kind: plistString, text: e.Text}, nil
	case "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return bad()
		}
		return &plistValue{kind: plistInteger, integer: n}, nil
	case "real":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return bad()
		}
		return &plistValue{kind: plistReal, real: f}, nil
	case "true", "false":
		if text != "" {
			return bad()
		}
		return &plistValue{kind: plistBoolean, boolean: e.Tag == "true"}, nil
	case "date":
		t, err := time.Parse("2006-01-02T15:04:05Z", text)
		if err != nil || len(text) != len("2006-01-02T15:04:05Z") {
			return bad()
		}
		return &plistValue{kind: plistDate, date: t}, nil
	case "data":
		dense := strings.Join(strings.Fields(e.Text), "")
		b, err := base64.StdEncoding.Strict().DecodeString(dense)
		if err != nil {
			return bad()
		}
		return &plistValue{kind: plistData, data: b}, nil
	case "array":
		if text != "" {
			return nil, fmt.Errorf("%s: text inside array", path)
		}
		v := &plistValue{kind: plistArray}
		for i, c := range e.Children {
			item, err := plistFrom(j, c, fmt.Sprintf("%s[%d]", path, i))
			if err != nil {
				return nil, err
			}
			v.array = append(v.array, item)
		}
		return v, nil
	case "dict":
		if text != "" {
			return nil, fmt.Errorf("%s: text inside dict", path)
		}
		return plistDictFrom(j, e, path)
	}
	return nil, errors.New("unknown property list element")
}

func plistDictFrom(j *judge.Findings, e *xmldoc.Element, path string) (*plistValue, error) {
	v := &plistValue{kind: plistDict, dict: map[string]*plistValue{}}
	for i := 0; i < len(e.Children); i += 2 {
		key := e.Children[i]
		if key.Tag != "key" || len(key.Children) > 0 || i+1 == len(e.Children) || e.Children[i+1].Tag == "key" {
			return nil, fmt.Errorf("%s: keys and values do not alternate", path)
		}
		at := judge.JoinPath(path, key.Text)
		value, err := plistFrom(j, e.Children[i+1], at)
		if err != nil {
			return nil, err
		}
		if _, twice := v.dict[key.Text]; twice {
			j.Breaks(ruleDuplicateKey, at)
			continue
		}
		v.dict[key.Text] = value
		v.keys = append(v.keys, key.Text)
	}
	return v, nil
}

// get returns the value of a key if it has the given type, else nil.
func (v *plistValue) get(key, kind string) *plistValue {
	if v == nil || v.dict == nil {
		return nil
	}
	if c := v.dict[key]; c != nil && c.kind == kind {
		return c
	}
	return nil
}

func (v *plistValue) has(key string) bool { return v != nil && v.dict[key] != nil }

func (v *plistValue) str(key string) string {
	if c := v.get(key, plistString); c != nil {
		return c.text
	}
	return ""
}

func (v *plistValue) flag(key string) bool {
	c := v.get(key, plistBoolean)
	return c != nil && c.boolean
}

// strings returns the strings of an array and skips items of other types.
func (v *plistValue) strings(key string) []string {
	var out []string
	if a := v.get(key, plistArray); a != nil {
		for _, item := range a.array {
			if item.kind == plistString {
				out = append(out, item.text)
			}
		}
	}
	return out
}
