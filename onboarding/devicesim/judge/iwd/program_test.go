package iwd

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/testkit/process"
)

// ellReads loads texts with ell, the library of iwd's parser, and looks up keys.
const ellReads = `
import ctypes, json, sys
try:
    ell = ctypes.CDLL("libell.so.0")
except OSError:
    sys.exit(3)
pointer, text = ctypes.c_void_p, ctypes.c_char_p
ell.l_settings_new.restype = pointer
ell.l_settings_free.argtypes = [pointer]
ell.l_settings_load_from_data.argtypes, ell.l_settings_load_from_data.restype = [pointer, text, ctypes.c_size_t],` +
	` ctypes.c_bool
ell.l_settings_get_string.argtypes, ell.l_settings_get_string.restype = [pointer, text, text], text
ell.l_settings_get_embedded_value.argtypes, ell.l_settings_get_embedded_value.restype = [pointer, text, pointer], text
out = []
for item in json.load(sys.stdin):
    data = item["Text"].encode("latin-1")
    settings, values = ell.l_settings_new(), {}
    loaded = bool(data) and ell.l_settings_load_from_data(settings, data, len(data))
    if loaded:
        for at in item["Keys"]:
            group, key = at.split("/", 1)
            value = ell.l_settings_get_string(settings, group.encode(), key.encode())
            values[at] = None if value is None else value.decode("latin-1")
        item["Roots"] = (ell.l_settings_get_embedded_value(settings, b"roots", None) or b"").decode("latin-1")
    ell.l_settings_free(settings)
    out.append({"Loaded": bool(loaded), "Values": values, "Roots": item.get("Roots", "")})
json.dump(out, sys.stdout)
`

// TestIWDSettingsAgree compares the parser with iwd's own, for the cases and for altered files.
func TestIWDSettingsAgree(t *testing.T) {
	python := process.Require(t, "python3")
	type question struct {
		Text string
		Keys []string
	}
	var texts []string
	for _, f := range iwdFixture() {
		texts = append(texts, f.text)
	}
	m := judgetest.NewMutator(7, 8)
	for i := range 600 {
		text := iwdFixture()[i%3].text
		for range 1 + m.IntN(3) {
			// Some versions of the library write out of bounds after the certificates.
			if cut := strings.Index(text, "[@pem"); cut > 0 {
				text = m.Bytes(text[:cut]) + text[cut:]
			}
		}
		texts = append(texts, text)
	}
	keys := []string{
		"Security/EAP-Method",
		"Security/EAP-Identity",
		"Security/EAP-TTLS-Phase2-Password",
		"Security/EAP-PEAP-Phase2-Password",
		"Settings/AutoConnect",
		"Hotspot/Name",
		"Hotspot/NAIRealmNames",
	}
	questions := make([]question, len(texts))
	for i, text := range texts {
		latin := make([]rune, 0, len(text))
		for _, b := range []byte(text) {
			latin = append(latin, rune(b))
		}
		questions[i] = question{Text: string(latin), Keys: keys}
	}
	ask, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", ellReads)
	cmd.Stdin = bytes.NewReader(ask)
	out, err := cmd.Output()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 3 {
		process.Missing(t, "libell is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	var answers []struct {
		Loaded bool
		Values map[string]*string
		Roots  string
	}
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	loaded := 0
	for i, text := range texts {
		j := &judge.Findings{}
		f := readFile(j, "x", text)
		if f != nil && !answers[i].Loaded {
			t.Errorf("iwd refuses what is read\n%s", text)
		}
		if f == nil || j.Refused() {
			continue
		}
		loaded++
		for _, key := range keys {
			want := ""
			for _, r := range *orNone(answers[i].Values[key]) {
				want += string([]byte{byte(r)})
			}
			if f.values[key] != want {
				t.Errorf("%s is %q, iwd reads %q\n%s", key, f.values[key], want, text)
			}
		}
	}
	if loaded < 150 {
		t.Errorf("only %d of %d texts are read: the comparison does not mean much", loaded, len(texts))
	}
}

func orNone(s *string) *string {
	if s == nil {
		return new(string)
	}
	return s
}
