package devicesim

import (
	"encoding/base64"
	"strings"
)

// textFile is a file of one of the text formats in the making.
type textFile struct{ text string }

// swap replaces text; it panics when there is none, so that no case tests nothing.
func (f textFile) swap(old, new string) textFile {
	if !strings.Contains(f.text, old) {
		panic("no " + old + " in the fixture")
	}
	return textFile{strings.Replace(f.text, old, new, 1)}
}

func (f textFile) bytes() []byte { return []byte(f.text) }

// textCases collects cases of one platform.
type textCases struct {
	platform string
	cases    []ruleCase
}

func (c *textCases) add(r *Rule, name string, broken, sound textFile) {
	c.cases = append(c.cases, ruleCase{rule: r, name: name, platform: c.platform, broken: broken.bytes(), sound: sound.bytes()})
}

func testRoot64() string { return base64.StdEncoding.EncodeToString(testCA().Raw) }

// jsonPEM is a certificate in PEM as a JSON string writes it.
func jsonPEM(pem []byte) string { return strings.ReplaceAll(string(pem), "\n", `\n`) }
