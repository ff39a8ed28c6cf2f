package devicesim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAndroidVectors holds Check against files whose verdicts Android's own parser gave, adjusted where a
// phone takes a file and the result is silently wrong.
func TestAndroidVectors(t *testing.T) {
	table, err := os.ReadFile("testdata/android/verdicts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	if len(rows) != 41 {
		t.Fatalf("%d rows in the table of verdicts, want 41", len(rows))
	}
	for _, row := range rows {
		f := strings.Split(row, "\t")
		t.Run(f[0]+" "+f[2], func(t *testing.T) {
			file, err := os.ReadFile(filepath.Join("testdata/android", f[0]))
			if err != nil {
				t.Fatal(err)
			}
			v, err := Check(Android, file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if v.Accepted != (f[1] == "accept") {
				t.Errorf("accepted is %v, the phone says %s; refusals %v", v.Accepted, f[1], v.Refusals)
			}
			t.Log(v.Refusals, v.Warnings)
		})
	}
}
