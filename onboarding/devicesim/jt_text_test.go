package devicesim

import (
	"strings"
)

// textFile is a file of one of the text formats in the making.
type textFile string

// swap replaces text; it panics when there is none, so that no case tests nothing.
func (f textFile) swap(old, new string) textFile {
	if !strings.Contains(string(f), old) {
		panic("no " + old + " in the fixture")
	}
	return textFile(strings.Replace(string(f), old, new, 1))
}

func (f textFile) bytes() []byte { return []byte(f) }

// textCases collects cases of one platform.
type textCases struct {
	platform string
	check    checker
	cases    []ruleCase
}

func (c *textCases) add(r *Rule, name string, broken, sound textFile) {
	c.cases = append(c.cases, ruleCase{rule: r, name: name, platform: c.platform, check: c.check, broken: broken.bytes(), sound: sound.bytes()})
}

// jsonPEM is a certificate in PEM as a JSON string writes it.
func jsonPEM(pem []byte) string { return strings.ReplaceAll(string(pem), "\n", `\n`) }
