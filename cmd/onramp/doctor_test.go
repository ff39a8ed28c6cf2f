package main

import (
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// TestDoctorWithFreeRADIUS writes a configuration and runs the doctor before, while and after
// FreeRADIUS runs on it.
func TestDoctorWithFreeRADIUS(t *testing.T) {
	process.Require(t, "freeradius")
	data, dir := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "raddb")
	s := startServe(t, data)
	auth, acct := process.FreeAddress(t), process.FreeAddress(t)
	doctor := func(want int) string {
		t.Helper()
		code, stdout, stderr := onramp(t, "", "doctor", "--data", data, "--radius", auth)
		if code != want {
			t.Errorf("doctor ended with %d, not %d:\n%s%s", code, want, stdout, stderr)
		}
		return stdout
	}
	if out := doctor(0); !strings.Contains(out, "no FreeRADIUS configuration") {
		t.Errorf("before a configuration was written:\n%s", out)
	}
	port := func(address string) string { _, p, _ := net.SplitHostPort(address); return p }
	if code, _, stderr := onramp(t, "", "freeradius", dir, "--data", data, "--auth-port", port(auth), "--acct-port",
		port(acct)); code != 0 {
		t.Fatal(stderr)
	}
	if out := doctor(1); !strings.Contains(out, "fail  radius") {
		t.Errorf("with FreeRADIUS down:\n%s", out)
	}
	radius := exec.Command("freeradius", "-f", "-d", dir)
	output := &process.Buffer{}
	radius.Stdout, radius.Stderr = output, output
	if err := radius.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() { _ = radius.Process.Kill(); _ = radius.Wait() }
	t.Cleanup(stop)
	healthy := false
	for deadline := time.Now().Add(20 * time.Second); !healthy && time.Now().Before(deadline); {
		code, _, _ := onramp(t, "", "doctor", "--data", data, "--radius", auth)
		healthy = code == 0
	}
	if !healthy {
		t.Fatalf("FreeRADIUS is not reached:\n%s", output)
	}
	if out := doctor(0); !strings.Contains(out, "ok    radius") || !strings.Contains(out, "ok    aaa") {
		t.Errorf("with everything up:\n%s", out)
	}
	s.stop()
	if out := doctor(1); !strings.Contains(out, "fail  aaa") {
		t.Errorf("with serve down:\n%s", out)
	}
}
