package iwd

import (
	"encoding/pem"
	"strings"
	"unicode/utf8"

	"onramp/onboarding/devicesim/judge"
)

// settingsFile is a provisioning file as iwd's settings parser reads it.
type settingsFile struct {
	name   string
	values map[string]string // "Group/Key", with its escapes resolved
	pems   map[string][]byte // by the name of the group
}

func (f *settingsFile) value(group, key string) string { return f.values[group+"/"+key] }

// readFile parses one file. It returns nil if iwd would not load it.
func readFile(j *judge.Findings, name, text string) *settingsFile {
	f := &settingsFile{name: name, values: map[string]string{}, pems: map[string][]byte{}}
	group, embedded := "", ""
	seen := map[string]bool{}
	broken := func(why string) *settingsFile {
		j.Breaks(ruleSyntax, name+": "+why)
		return nil
	}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		bare := strings.TrimLeft(line, " \t")
		switch {
		case bare == "" || bare[0] == '#':
			text = rest
			continue
		case strings.HasPrefix(bare, "[@"):
			kind, label, ok := strings.Cut(strings.TrimSuffix(bare[2:], "]"), "@")
			if !ok || kind != "pem" || label == "" || bare[len(bare)-1] != ']' || seen["@"+label] {
				return broken("invalid header of embedded data")
			}
			seen["@"+label] = true
			embedded = label
			if f.pems[label], text, ok = cutPEM(rest); !ok {
				return broken("embedded data is not PEM only")
			}
			continue
		case bare[0] == '[':
			header := strings.TrimRight(bare, " \t")
			label := strings.TrimSuffix(strings.TrimPrefix(header, "["), "]")
			if header[len(header)-1] != ']' ||
				strings.ContainsFunc(label, func(r rune) bool { return r < ' ' || r > '~' || r == '[' || r == ']' }) {
				return broken("invalid group header")
			}
			if seen["["+label] {
				j.Breaks(ruleTwice, name+": ["+label+"]")
			}
			seen["["+label], group, embedded = true, label, ""
		default:
			key, value, ok := strings.Cut(bare, "=")
			key = strings.TrimRight(key, " \t")
			if !ok || key == "" || strings.ContainsFunc(key, isNotKeyRune) || !utf8.ValidString(value) ||
				strings.ContainsRune(value, 0) {
				return broken("invalid setting")
			}
			if !seen["["+group] || embedded != "" {
				return broken("setting outside a group")
			}
			plain, ok := unescape(strings.TrimLeft(value, " \t"))
			if !ok {
				return broken("unknown escape in " + key)
			}
			at := group + "/" + key
			if seen[at] {
				j.Breaks(ruleTwice, name+": "+key)
				break
			}
			seen[at] = true
			f.values[at] = plain
		}
		text = rest
	}
	return f
}

func isNotKeyRune(r rune) bool {
	return r > '~' || !judge.IsAlphanumeric(byte(r)) && r != '_' && r != '-' && r != '.'
}

// cutPEM returns the PEM blocks at the start of a text, separated only by line ends, and the rest.
func cutPEM(text string) (blocks []byte, rest string, ok bool) {
	rest = text
	for {
		rest = strings.TrimLeft(rest, "\r\n")
		if !strings.HasPrefix(rest, "-----BEGIN ") {
			return blocks, rest, len(blocks) > 0
		}
		block, after := pem.Decode([]byte(rest))
		if block == nil || len(block.Headers) > 0 || strings.Count(rest[:len(rest)-len(after)], "-----BEGIN ") != 1 {
			return nil, rest, false
		}
		blocks = append(blocks, rest[:len(rest)-len(after)]...)
		rest = string(after)
	}
}

// unescape decodes the five escapes of a value.
func unescape(s string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return "", false
		}
		c := strings.IndexByte(`stnr\`, s[i])
		if c < 0 {
			return "", false
		}
		out.WriteByte(" \t\n\r\\"[c])
	}
	return out.String(), true
}
