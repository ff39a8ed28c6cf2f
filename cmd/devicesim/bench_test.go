package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onramp/onboarding/devicesim/bench"
)

// TestBench runs two rows of the real program, one as Markdown, and a row whose program is missing.
func TestBench(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", folder+"/", "onramp/cmd/onramp",
		"onramp/cmd/devicesim").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	temporary := t.TempDir()
	run := func(path string, args ...string) string {
		t.Helper()
		cmd := exec.Command(filepath.Join(folder, "devicesim"), append([]string{"bench", "--short"}, args...)...)
		cmd.Env = append(os.Environ(), "TMPDIR="+temporary, "PATH="+path)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	var report bench.Report
	if err := json.Unmarshal([]byte(run(os.Getenv("PATH"), "--only", "registrations-sqlite,authorize", "--json")),
		&report); err != nil {
		t.Fatal(err)
	}
	if len(report.Rows) != 2 || report.Machine.Cores < 1 || !strings.HasPrefix(report.Versions.Go, "go1.") ||
		report.Versions.Onramp == "" || report.Settings.Rounds != 3 || report.Began.IsZero() {
		t.Errorf("%+v", report)
	}
	for i, name := range []string{"registrations-sqlite", "authorize"} {
		r := report.Rows[i]
		if r.Name != name || r.Failed != "" || r.Measured == nil || r.Measured.Value <= 0 || r.Beside.Value <= 0 ||
			r.Ratio <= 0 || r.Target <= 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	markdown := run(folder, "--only", "returning")
	for _, want := range []string{
		"FreeRADIUS not installed", "| returning | ", "| not run: freeradius is not installed |",
	} {
		if !strings.Contains(markdown, want) {
			t.Errorf("%q is missing in\n%s", want, markdown)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("%v, %v are left in the temporary folder", left, err)
	}
}
