package bench

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRow(t *testing.T) {
	least := &measurement{name: "rate", target: 0.5}
	most := &measurement{name: "time", target: 2, atMost: true}
	for _, c := range []struct {
		m      *measurement
		a, b   float64
		err    error
		ratio  float64
		met    bool
		reason string
	}{
		{least, 50, 100, nil, 0.5, true, ""},
		{least, 49, 100, nil, 0.49, false, ""},
		{most, 200, 100, nil, 2, true, ""},
		{most, 201, 100, nil, 2.01, false, ""},
		{least, 0, 100, nil, 0, false, "a side measured nothing"},
		{least, 100, 0, nil, 0, false, "a side measured nothing"},
		{least, 0, 0, fmt.Errorf("start: %w", missingError("x is not installed")), 0, false, "x is not installed"},
		{least, 1, 1, errors.New("broken\nprogram"), 0, false, "broken program"},
	} {
		r := c.m.row(&sides{measured: Figure{c.a, "u"}, beside: Figure{c.b, "u"}}, c.err)
		if r.Ratio != c.ratio || r.Met != c.met || !strings.Contains(r.NotRun+r.Failed, c.reason) ||
			(r.Measured == nil) != (c.reason != "") {
			t.Errorf("%s %g beside %g: %+v", c.m.name, c.a, c.b, r)
		}
	}
}

func TestSelected(t *testing.T) {
	all, err := selected(nil)
	if err != nil || len(all) < 15 {
		t.Errorf("%d rows, %v", len(all), err)
	}
	names := Names()
	slices.Sort(names)
	if len(slices.Compact(names)) != len(all) {
		t.Errorf("equal names in %v", names)
	}
	if got, err := selected([]string{"disk", "seed"}); err != nil || len(got) != 2 || got[0].name != "disk" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := selected([]string{"speed"}); err == nil || !strings.Contains(err.Error(), `"speed"; the rows are `) {
		t.Errorf("%v", err)
	}
}

// TestRunOptions checks the options that Run refuses before it starts anything.
func TestRunOptions(t *testing.T) {
	for want, o := range map[string]Options{
		"no row":                  {Only: []string{"speed"}},
		"at least 10000 contacts": {Contacts: 9999},
		"version":                 {Onramp: filepath.Join(t.TempDir(), "none")},
	} {
		o.Progress = io.Discard
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestAlternate checks that the sides begin in turns and that the first values do not count.
func TestAlternate(t *testing.T) {
	var order strings.Builder
	side := func(name string, values ...float64) func() (float64, error) {
		return func() (float64, error) {
			order.WriteString(name)
			v := values[0]
			values = values[1:]
			return v, nil
		}
	}
	a, b, err := alternate(3, side("a", 100, 3, 1, 2), side("b", 100, 5, 5, 7))
	if err != nil || a != 2 || b != 5 || order.String() != "abbaabba" {
		t.Errorf("%g, %g, %v in the order %s", a, b, err, &order)
	}
	broken := errors.New("broken")
	if _, _, err := alternate(3, side("a", 1), func() (float64, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median %g", got)
	}
}

func TestDrive(t *testing.T) {
	called := make([]bool, 100)
	if rate, err := drive(7, len(called), func(i int) error { called[i] = true; return nil }); err != nil || rate <= 0 {
		t.Errorf("%g, %v", rate, err)
	}
	if slices.Contains(called, false) {
		t.Error("a call is missing")
	}
	broken := errors.New("broken")
	if _, err := drive(7, 100, func(i int) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	h, err := arrive(10_000, 50, func(int) error { return nil })
	if err != nil || h.TotalCount() != 50 {
		t.Errorf("%v, %v", h, err)
	}
}

func TestReplaceBlock(t *testing.T) {
	const before = "server tunnel {\n\tauthorize {\n\t\tonramp {\n\t\t\tfail = 1\n\t\t}\n\t\tpap\n\t}\n}\n"
	name := filepath.Join(t.TempDir(), "servers.conf")
	if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replaceBlock(name, "onramp {", "\t\tfiles\n"); err != nil {
		t.Fatal(err)
	}
	const want = "server tunnel {\n\tauthorize {\n\t\tfiles\n\t\tpap\n\t}\n}\n"
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if err := replaceBlock(name, "onramp {", ""); err == nil {
		t.Error("a block that is missing was replaced")
	}
}

func TestMarkdown(t *testing.T) {
	r := &Report{
		Machine:  Machine{CPU: "Z80", Cores: 2, MemoryGiB: 15.6, Kernel: "Linux 6.1", FileSystem: "ext4", Load: 0.5},
		Versions: Versions{"go1.26", "v1", notInstalled, "15.1"},
		Settings: Settings{true, 3, 12_000, 64, []string{"--limits", "off"}},
		Began:    time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), Seconds: 61,
		Rows: []*Row{
			{Name: "a", What: "profiles", BesideWhat: "bare", Measured: &Figure{1234567, "p/s"},
				Beside: &Figure{9.876, "ms"}, Ratio: 0.4567, Target: 0.4, Met: true, Note: "quick"},
			{Name: "b", What: "memory", BesideWhat: "64 MiB", Measured: &Figure{70.06, "MiB"},
				Beside: &Figure{64, "MiB"}, Ratio: 1.09, Target: 1, AtMost: true},
			{Name: "c", What: "handshakes", BesideWhat: "files", Target: 1.15, AtMost: true,
				NotRun: "freeradius is not installed"},
			{Name: "d", What: "seed", BesideWhat: "API", Target: 5, Failed: "no disk"},
		},
	}
	var out strings.Builder
	if err := r.WriteMarkdown(&out); err != nil {
		t.Fatal(err)
	}
	const want = `- Date: 2026-11-30T08:00:00Z, 61 s
- Machine: Z80; 2 cores, 15.6 GiB of memory, Linux 6.1, ext4; load 0.50 before the run
- Versions: go1.26, Onramp v1, FreeRADIUS not installed, PostgreSQL 15.1
- Settings: 3 rounds (short), 64 clients, 12,000 contacts, ` + "`onramp serve --limits off`" + `

| row | what | measured | beside | ratio | target | met |
|---|---|---|---|---|---|---|
| a | profiles | 1,234,567 p/s | bare: 9.88 ms | 0.46 | ≥ 0.4 | yes |
| b | memory | 70.1 MiB | 64 MiB: 64.0 MiB | 1.09 | ≤ 1 | no |
| c | handshakes | not run: freeradius is not installed | files | | ≤ 1.15 | |
| d | seed | failed: no disk | API | | ≥ 5 | |

- a: quick
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
