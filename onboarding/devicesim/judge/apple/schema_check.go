package apple

import (
	"fmt"
	"slices"
	"strconv"

	"onramp/onboarding/devicesim/judge"
)

// secretKeys are the keys whose values never appear in a finding.
var secretKeys = map[string]bool{"Password": true, "UserPassword": true, "ProxyPassword": true}

// checkSchema checks a dictionary against tables of keys. Later tables take precedence.
func checkSchema(j *judge.Findings, platform string, v *plistValue, path string, tables ...schema) {
	lookup := func(key string) (schemaKey, bool) {
		for i := len(tables) - 1; i >= 0; i-- {
			if k, ok := tables[i][key]; ok {
				return k, true
			}
		}
		return schemaKey{}, false
	}
	for _, key := range v.keys {
		at := judge.JoinPath(path, key)
		k, ok := lookup(key)
		switch {
		case !ok:
			j.Breaks(ruleUnknownKey, at)
		case k.notOn == platform:
			j.Breaks(ruleKeyPlatform, at)
		default:
			checkSchemaValue(j, platform, k, v.dict[key], at, secretKeys[key])
		}
	}
	for _, t := range tables {
		for key, k := range t {
			if k.required && !v.has(key) {
				j.Breaks(ruleKeyRequired, judge.JoinPath(path, key))
			}
		}
	}
}

func checkSchemaValue(j *judge.Findings, platform string, k schemaKey, v *plistValue, path string, secret bool) {
	if v.kind != k.kind && !(k.kind == plistReal && v.kind == plistInteger) {
		j.Breaks(ruleKeyType, fmt.Sprintf("%s is a %s, not a %s", path, v.kind, k.kind))
		return
	}
	show := func(s string) string {
		if secret {
			s = judge.Redacted(s)
		}
		return path + " " + s
	}
	switch k.kind {
	case plistString:
		if len(k.texts) > 0 && !slices.Contains(k.texts, v.text) {
			j.Breaks(ruleKeyValue, show(v.text))
		}
		if k.format != nil && !k.format.MatchString(v.text) {
			j.Breaks(ruleKeyValue, show(v.text))
		}
	case plistInteger:
		if len(k.integers) > 0 && !slices.Contains(k.integers, v.integer) ||
			k.max > 0 && (v.integer < 0 || v.integer > k.max) {
			j.Breaks(ruleKeyValue, show(strconv.FormatInt(v.integer, 10)))
		}
	case plistArray:
		for i, item := range v.array {
			if k.item != nil {
				checkSchemaValue(j, platform, *k.item, item, fmt.Sprintf("%s[%d]", path, i), secret)
			}
		}
	case plistDict:
		switch {
		case k.anyKeys != nil:
			for _, key := range v.keys {
				checkSchemaValue(j, platform, *k.anyKeys, v.dict[key], judge.JoinPath(path, key), secret)
			}
		case k.keys != nil:
			checkSchema(j, platform, v, path, k.keys)
		}
	}
}
