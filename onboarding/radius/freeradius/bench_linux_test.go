package freeradius_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// replaceIn edits a file of a configuration, which must contain the old text.
func replaceIn(b *testing.B, name, old, new string) {
	b.Helper()
	content, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(content), old) {
		b.Fatalf("%s has no %q: %v", name, old, err)
	}
	if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(content), old, new)), 0o600); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAuthentication compares FreeRADIUS's processor time for one authentication with Onramp
// behind rlm_rest to that with the same user in its `files` module, and measures Onramp's. Both
// sides run in turns.
func BenchmarkAuthentication(b *testing.B) {
	for _, phase2 := range []string{"auth=MSCHAPV2", "auth=PAP"} {
		b.Run(phase2, func(b *testing.B) { benchmarkAuthentication(b, phase2) })
	}
}

func benchmarkAuthentication(b *testing.B, phase2 string) {
	ours := newRig(b)
	ours.register("anna", "passwort")
	ours.onramp.stop()
	path := filepath.Join(filepath.Dir(ours.dir), "002", "onramp.db") // newService's folder is the second
	if _, err := os.Stat(path); err != nil {
		b.Fatal(err)
	}
	onramp := exec.Command(os.Args[0])
	onramp.Env = append(os.Environ(), serveVariable+"="+path+" "+ours.aaa)
	onramp.Stderr = os.Stderr
	if err := onramp.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = onramp.Process.Kill()
		_ = onramp.Wait()
	})

	files := &rig{TB: b, dir: b.TempDir(), pki: ours.pki, auth: process.FreePort(b),
		acct: process.FreePort(b), Deployment: ours.Deployment, store: ours.store, aaa: ours.aaa}
	files.write()
	users := "anna Cleartext-Password := \"passwort\"\n\tClass := \"" + strings.Repeat("c", 73) +
		"\",\n\tSession-Timeout := 3600\n"
	if err := os.WriteFile(filepath.Join(files.dir, "users"), []byte(users), 0o600); err != nil {
		b.Fatal(err)
	}
	replaceIn(b, filepath.Join(files.dir, "modules.conf"), "\talways ok {",
		"\tfiles {\n\t\tfilename = ${confdir}/users\n\t}\n\talways ok {")
	replaceIn(b, filepath.Join(files.dir, "servers.conf"), "\t\t\tonramp {\n\t\t\t\tfail = 1\n\t\t\t}\n",
		"\t\t\tfiles\n")
	replaceIn(b, filepath.Join(files.dir, "servers.conf"), "\t\tonramp.post-auth {\n\t\t\tfail = 1\n\t\t\treject = 1\n"+
		"\t\t\tuserlock = 1\n\t\t\tinvalid = 1\n\t\t\tnotfound = 1\n\t\t}\n", "\t\tok\n")
	files.startRadius()

	const parallel, each = 4, 25
	round := func(r *rig) {
		l := r.login("anna", "passwort")
		network := fmt.Sprintf("fast_reauth=0\nnetwork={\n\tkey_mgmt=WPA-EAP\n\teap=TTLS\n"+
			"\tanonymous_identity=\"anonymous@demo.example\"\n\tidentity=\"anna\"\n\tpassword=%s\n\tphase2=%q\n"+
			"\tca_cert=%q\n}\n",
			hex.EncodeToString([]byte(l.password)), phase2, l.ca)
		file := filepath.Join(b.TempDir(), "network.conf")
		if err := os.WriteFile(file, []byte(network), 0o600); err != nil {
			b.Fatal(err)
		}
		var wg sync.WaitGroup
		for range parallel {
			wg.Go(func() {
				out, err := exec.Command("eapol_test", "-c", file, "-a", "127.0.0.1", "-p", fmt.Sprint(r.auth), "-s",
					r.secret, "-t", "60", "-r", fmt.Sprint(each-1)).CombinedOutput()
				if n := strings.Count(string(out), "CTRL-EVENT-EAP-SUCCESS"); err != nil || n != each {
					b.Errorf("%d of %d authentications, %v\n%s", n, each, err, tail(string(out), 500))
				}
			})
		}
		wg.Wait()
	}
	round(ours)
	round(files)
	var rest, plain, own, wall time.Duration
	n := 0
	for b.Loop() {
		before, beforeOwn, started := process.CPU(b, ours.radius.Process.Pid), process.CPU(b, onramp.Process.Pid),
			time.Now()
		round(ours)
		wall += time.Since(started)
		rest += process.CPU(b, ours.radius.Process.Pid) - before
		own += process.CPU(b, onramp.Process.Pid) - beforeOwn
		before = process.CPU(b, files.radius.Process.Pid)
		round(files)
		plain += process.CPU(b, files.radius.Process.Pid) - before
		n += parallel * each
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(n) }
	b.ReportMetric(ms(rest), "freeradius-cpu-ms/auth")
	b.ReportMetric(ms(plain), "files-cpu-ms/auth")
	b.ReportMetric(float64(rest)/float64(plain), "ratio")
	b.ReportMetric(ms(own), "onramp-cpu-ms/auth")
	b.ReportMetric(float64(n)/wall.Seconds(), "auths/s")
	b.ReportMetric(0, "ns/op")
}
