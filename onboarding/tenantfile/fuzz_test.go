package tenantfile

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"onramp/onboarding/tenant"
)

// Reading any file returns diagnostics, or organizations that can be checked, exported and read
// again.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"venue.yaml", "smallest.yaml"} {
		f.Add([]byte(readTestdata(f, name)))
	}
	for _, bad := range badVenues {
		text := readTestdata(f, "venue.yaml")
		for _, e := range bad.edits {
			text = strings.Replace(text, e.from, e.to, 1)
		}
		f.Add([]byte(text))
	}
	for _, text := range []string{
		"organizations: [&o {id: x, <<: *o}]", "a: &a [*a]\norganizations: *a",
		"organizations: [{<<: [{id: a}, {id: b}]}]", "? {a: b}\n: c", "--- |\n a\n", "!!x y",
		"organizations: [{wifi: {profileLifetime: 99999999999d}}]", "%YAML 1.1\n---\norganizations: []",
	} {
		f.Add([]byte(text))
	}
	env := testEnvironment(f, map[string]string{"a": "b"})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64<<10 {
			return
		}
		file := Parse("fuzz.yaml", data, env)
		if len(file.Organizations) > 200 {
			return
		}
		all := allDiagnostics(file)
		for _, c := range all {
			if c.Line < 1 || c.Line > bytes.Count(data, []byte("\n"))+1 || c.Message == "" || c.Field == "" {
				t.Errorf("incomplete: %+v", c)
			}
		}
		Print(&bytes.Buffer{}, all)
		if len(all) > 0 {
			return
		}
		var out bytes.Buffer
		if err := Export(&out, file.Organizations); err != nil {
			t.Fatal(err)
		}
		if again := Parse("export", out.Bytes(), env); len(again.Diagnostics) > 0 ||
			len(again.Organizations) != len(file.Organizations) {
			t.Errorf("the export is refused: %v\n%s", again.Diagnostics, out.String())
		}
	})
}

// checkGolden compares with a golden file, or writes it with -update.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("differs from %s (-update writes it anew):\n%s", name, got)
	}
}

var _ Applier = (*tenant.Tenants)(nil)
