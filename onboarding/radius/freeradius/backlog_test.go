package freeradius_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/radius/freeradius"
)

// TestBacklog counts real records of FreeRADIUS: waiting while Onramp is away, and sent
// afterwards. TestFoundB2Refused counts refused ones.
func TestBacklog(t *testing.T) {
	r := newRig(t)
	r.register("anna", "passwort")
	issued := r.issued("anna")
	read := func() freeradius.Backlog {
		t.Helper()
		b, err := freeradius.ReadBacklog(r.dir)
		if err != nil || b == nil {
			t.Fatal(b, err)
		}
		return *b
	}
	if b := read(); b != (freeradius.Backlog{}) {
		t.Errorf("at first: %+v", b)
	}
	r.onramp.stop()
	const n = 3
	for i := range n {
		if r.radclient("acct", r.secret, packet("Acct-Status-Type = Start", issued,
			fmt.Sprintf(`Acct-Session-Id = "%d"`, i), `NAS-Identifier = "door.example"`)) != 1 {
			t.Fatal("a record is not answered")
		}
	}
	if b := read(); b.Waiting != n || b.WaitingBytes == 0 || b.Refused != 0 {
		t.Errorf("with Onramp away: %+v", b)
	}
	r.startOnramp()
	for deadline := time.Now().Add(30 * time.Second); read().Waiting > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("with Onramp again: %+v", read())
		}
	}
}

// TestBacklogBounds: marks across the edges of reads are counted once, and long files in part.
func TestBacklogBounds(t *testing.T) {
	dir := t.TempDir()
	if b, err := freeradius.ReadBacklog(dir); b != nil || err != nil {
		t.Errorf("a folder without records: %+v, %v", b, err)
	}
	folder := filepath.Join(dir, "accounting")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record := "Sun Nov 29 01:00:00 2026\n\tUser-Name = \"a\"\n\tTimestamp = 1\n\n"
	sent := strings.Replace(record, "\tTimestamp", "\tDonestamp", 1)
	write("backlog.work", strings.Repeat(sent, 100)+strings.Repeat(record, 20000))
	write("backlog", record)
	write("refused", record+record)
	write("other", record)
	b, err := freeradius.ReadBacklog(dir)
	if err != nil || b.Waiting != 20001 || b.Refused != 2 || b.RefusedBytes != int64(2*len(record)) {
		t.Errorf("%+v, %v", b, err)
	}
	long := strings.Repeat(record, 1<<19)
	write("backlog.work", long)
	if b, err := freeradius.ReadBacklog(dir); err != nil || b.WaitingBytes != int64(len(long)+len(record)) ||
		b.Waiting < 1<<17 || b.Waiting > 1<<19 {
		t.Errorf("a long file: %+v, %v", b, err)
	}
}
