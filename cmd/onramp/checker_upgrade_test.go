package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// previousBuild builds the version before the newest migration of the database, from the history of
// the repository, and returns the program.
func previousBuild(t *testing.T) string {
	t.Helper()
	git := func(args ...string) string {
		out, err := exec.Command("git", args...).Output()
		if err != nil {
			process.Missing(t, "the version before is built from the history, which git cannot read: git %s: %v",
				strings.Join(args, " "), err)
		}
		return strings.TrimSpace(string(out))
	}
	top := git("rev-parse", "--show-toplevel")
	newest := git("-C", top, "log", "-1", "--format=%H", "--diff-filter=A", "--", "onboarding/store/migrations")
	if newest == "" {
		process.Missing(t, "the history does not reach back to the newest migration: fetch it whole")
	}
	before := git("-C", top, "rev-parse", newest+"~1")
	folder := t.TempDir()
	archive := filepath.Join(folder, "source.tar")
	git("-C", top, "archive", "--output", archive, before)
	source := filepath.Join(folder, "source")
	if err := os.Mkdir(source, 0o700); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "onramp")
	for _, args := range [][]string{
		{"tar", "-xf", archive, "-C", source}, {"go", "-C", source, "build", "-o", program, "./cmd/onramp"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	t.Logf("the version before is %s", git("-C", top, "log", "-1", "--format=%h %s", before))
	return program
}

// TestCheckedUpgrade replaces the version before by this one under load, one replica after the
// other, after the migration of the database.
func TestCheckedUpgrade(t *testing.T) {
	before := previousBuild(t)
	asBefore := func(cmd *exec.Cmd) *exec.Cmd { return exec.Command(before, cmd.Args[1:]...) }
	upgrade := func(s *serving) {
		s.wrap = nil
		if code := s.stop(); code != 0 {
			t.Errorf("the version before ended with %d:\n%s", code, s.output)
		}
		s.start()
	}
	start := func(data string, more ...string) *serving {
		s := newServing(t, data)
		s.args, s.wrap = append(s.args, append(more, "--limits", "off")...), asBefore
		s.start()
		t.Cleanup(s.kill)
		return s
	}
	t.Run("SQLite", func(t *testing.T) {
		s := start(filepath.Join(t.TempDir(), "data"))
		r := newCheckedRound(t, s)
		r.mustHold(r.run(600, 1, checkedFault{"upgrade", func(int) { upgrade(s) }}))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		database, data := postgres.Require(t).NewDatabase(t), filepath.Join(t.TempDir(), "data")
		if out, err := exec.Command(before, "migrate", "--database", database).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		replicas := []*serving{start(data, "--database", database), start(data, "--database", database)}
		r := newCheckedRound(t, replicas...)
		r.mustHold(r.run(900, 1, checkedFault{"upgrade", func(int) {
			if code, _, stderr := onramp(t, "", "migrate", "--database", database); code != 0 {
				t.Errorf("migrate: %s", stderr)
			}
			for _, s := range replicas {
				upgrade(s)
			}
		}}))
	})
}
