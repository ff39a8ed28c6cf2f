package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/datafolder"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/testkit/process"
)

// air is a real deployment with a real FreeRADIUS. Faults that do not disturb one another share it.
type air struct {
	*serving
	database   []string // flags of each command
	raddb      string
	auth, acct int
	status     int
	secret     string // of access points without one of their own
	radius     *process.Program
	ahead      time.Duration              // of the deployment's clock
	keys       map[int]datafolder.DemoKey // of managers, by tenant
}

// ask runs a command line within this process, as main does.
func (a *air) ask(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	args = append(args, a.database...)
	code = run(context.Background(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// askLater is ask in a process whose clock is ahead.
func (a *air) askLater(t testing.TB, ahead time.Duration, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := command(append(args, a.database...)...)
	cmd.Env = append(cmd.Env, "ONRAMP_TEST_CLOCK="+ahead.String())
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// mustAsk is ask, and fails the test if the command fails.
func (a *air) mustAsk(t testing.TB, args ...string) string {
	t.Helper()
	code, stdout, stderr := a.ask(args...)
	if code != 0 {
		t.Fatalf("onramp %s: %d\n%s%s", args[0], code, stdout, stderr)
	}
	return stdout
}

// newAir starts Onramp with a clock that is ahead. FreeRADIUS starts later, by configure and
// startRadius.
func newAir(t testing.TB, ahead time.Duration, database ...string) *air {
	t.Helper()
	process.Require(t, "freeradius", "eapol_test")
	data := filepath.Join(t.TempDir(), "data")
	s := newServing(t, data)
	s.args = append(append(s.args, "--limits", "off"), database...)
	if ahead != 0 {
		s.wrap = func(cmd *exec.Cmd) *exec.Cmd {
			cmd.Env = append(cmd.Env, "ONRAMP_TEST_CLOCK="+ahead.String())
			return cmd
		}
	}
	s.start()
	t.Cleanup(s.kill)
	return &air{
		serving: s, raddb: filepath.Join(t.TempDir(), "raddb"), ahead: ahead,
		auth: process.FreePort(t), acct: process.FreePort(t), status: process.FreePort(t),
		database: append([]string{"--data", data}, database...),
	}
}

// settings are the values in settings.conf: rejections are sent at once.
const settings = "reject_delay = 0\nstatus_port = %d\n"

// configure writes the FreeRADIUS configuration with a server certificate.
func (a *air) configure(t testing.TB, certificate *serverCertificate) {
	t.Helper()
	if err := os.MkdirAll(a.raddb, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(a.raddb, "settings.conf")
	if _, err := os.Stat(file); err != nil {
		if err := os.WriteFile(file, fmt.Appendf(nil, settings, a.status), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	chain, key := certificate.files(t)
	a.mustAsk(t, "freeradius", a.raddb, "--auth-port", fmt.Sprint(a.auth), "--acct-port", fmt.Sprint(a.acct),
		"--eap-cert", chain, "--eap-key", key, "--aaa-url", a.aaa)
	secret, err := os.ReadFile(filepath.Join(a.raddb, "radius-secret"))
	if err != nil {
		t.Fatal(err)
	}
	a.secret = string(secret)
}

// startRadius starts FreeRADIUS and waits until it answers.
func (a *air) startRadius(t testing.TB) {
	t.Helper()
	a.radius = process.StartFreeRADIUS(t, process.FreeRADIUS(a.raddb))
}

// awaitReports waits until FreeRADIUS has delivered the results that it could not report at once,
// because the machine is busy.
func (a *air) awaitReports(t testing.TB) {
	t.Helper()
	waitFor(t, "delivery of delayed reports", func() bool {
		waiting, err := filepath.Glob(filepath.Join(a.raddb, "accounting", "attempts*"))
		return err == nil && len(waiting) == 0
	})
}

func (a *air) stopRadius() { a.radius.Stop() }

// serverCertificate is a chain with its key, leaf first.
type serverCertificate struct {
	leaf  *judgetest.Pair
	above []*judgetest.Pair
}

func (c *serverCertificate) files(t testing.TB) (chain, key string) {
	t.Helper()
	dir := t.TempDir()
	chain, key = filepath.Join(dir, "chain.pem"), filepath.Join(dir, "key.pem")
	text := judgetest.PEM(c.leaf.Certificate)
	for _, one := range c.above {
		text = append(text, judgetest.PEM(one.Certificate)...)
	}
	for name, content := range map[string][]byte{chain: text, key: keyPEM(t, c.leaf.Key)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return chain, key
}
