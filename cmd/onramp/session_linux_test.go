package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
	"onramp/templates"
)

// typist is a person at a terminal: it reads the screen and types.
type typist struct {
	t      *testing.T
	keys   io.Writer
	screen *process.Buffer
	read   int // bytes of the screen
}

// sit starts a command at a new terminal.
func sit(t *testing.T, cmd *exec.Cmd) *typist {
	t.Helper()
	controller, terminal := process.Terminal(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	p := &typist{t: t, keys: controller, screen: &process.Buffer{}}
	go func() { _, _ = io.Copy(p.screen, bufio.NewReader(controller)) }()
	return p
}

// sees waits until the screen shows a text after those seen before, and returns the part up to it.
func (p *typist) sees(text string) string {
	p.t.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		rest := p.screen.String()[p.read:]
		if i := strings.Index(rest, text); i >= 0 {
			p.read += i + len(text)
			return rest[:i]
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the screen does not show %q:\n%s", text, p.screen)
		}
	}
}

func (p *typist) types(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.keys, text+"\n"); err != nil {
		p.t.Fatal(err)
	}
}

// TestInitInterrupted checks that an interrupt and the end of the input end the dialog, and that no
// file is left.
func TestInitInterrupted(t *testing.T) {
	folder := t.TempDir()
	for _, key := range []string{"\x03", "\x04"} {
		cmd := command("init")
		cmd.Dir = folder
		p := sit(t, cmd)
		p.sees("Name of the organization")
		p.types("Bar\nbar.example")
		p.sees("Languages")
		p.sees(": ")
		if _, err := io.WriteString(p.keys, key); err != nil {
			t.Fatal(err)
		}
		p.sees("onramp: no answer to the question for --languages")
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("%q: %v", key, err)
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
			t.Errorf("%q left %v (%v)", key, entries, err)
		}
	}
}

// TestApplyAtTerminal checks that apply prints the QR code of the sign-up page at a terminal, and
// of several pages the addresses alone.
func TestApplyAtTerminal(t *testing.T) {
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	var files []string
	for _, name := range []string{"one", "two"} {
		file := filepath.Join(folder, name+".yaml")
		code, _, stderr := onramp(t, "", "init", file, "--name", "Bar "+name, "--domain", "bar-"+name+".example",
			"--languages", "en", "--timezone", "UTC", "--radius-ca", "public")
		if code != 0 {
			t.Fatal(stderr)
		}
		files = append(files, file)
	}
	apply := func(files ...string) (screen string) {
		t.Helper()
		cmd := command(append([]string{"apply", "--data", data, "--public-url", "https://a.example"}, files...)...)
		p := sit(t, cmd)
		p.sees("https://a.example/bar-one")
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		if len(files) == 1 {
			p.sees("█")
		}
		return p.screen.String()
	}
	apply(files[0])
	if screen := apply(files...); strings.Contains(screen, "█") {
		t.Errorf("two pages:\n%s", screen)
	}
}

// guideBlock returns the first block of a guide in a language.
func guideBlock(t *testing.T, guide, language string) string {
	t.Helper()
	source, err := fs.ReadFile(templates.Docs, "guides/"+guide+".md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?ms)^```" + language + "\n(.*?)^```$").FindSubmatch(source)
	if m == nil {
		t.Fatalf("%s has no block in %s", guide, language)
	}
	return string(m[1])
}

// TestSession replays the session of the guide first-hour at one terminal, with its dialog: init,
// apply, serve, freeradius, doctor, and the first connection of a simulated phone through the real
// FreeRADIUS and the real supplicant. Only the ports differ.
func TestSession(t *testing.T) {
	process.Require(t, "freeradius", "eapol_test", "jq")
	folder, programs := t.TempDir(), t.TempDir()
	out, err := exec.Command("go", "build", "-o", programs, "onramp/cmd/devicesim").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	wrapper := fmt.Sprintf("#!/bin/sh\nONRAMP_TEST_BE_ONRAMP=1 exec '%s' \"$@\"\n", self)
	//nolint:gosec // a program
	if err := os.WriteFile(filepath.Join(programs, "onramp"), []byte(wrapper), 0o700); err != nil {
		t.Fatal(err)
	}
	radius := strconv.Itoa(process.FreePort(t))
	script := strings.ReplaceAll(guideBlock(t, "first-hour", "sh"), "127.0.0.1:1812", "127.0.0.1:"+radius)
	bash := exec.Command("bash", "-euo", "pipefail", "-c", script+"\necho the session ends here\nkill %1 %2\nwait\n")
	bash.Dir = folder
	bash.Env = append(os.Environ(), "PATH="+programs+":"+os.Getenv("PATH"), "TZ=Europe/Berlin",
		"ONRAMP_LISTEN="+process.FreeAddress(t), "ONRAMP_AAA_LISTEN="+process.FreeAddress(t),
		"ONRAMP_ADMIN_LISTEN="+process.FreeAddress(t), "ONRAMP_AUTH_PORT="+radius,
		"ONRAMP_ACCT_PORT="+strconv.Itoa(process.FreePort(t)), "no_proxy=*")
	p := sit(t, bash)

	for i, line := range strings.Split(strings.TrimSpace(guideBlock(t, "first-hour", "text")), "\n") {
		question, answer, _ := strings.Cut(line, ": ")
		if strings.HasPrefix(line, "CA of the RADIUS server's certificate: ") {
			question, answer = line[:strings.LastIndex(line, ":")], ""
		}
		question, _, _ = strings.Cut(question, " [")
		p.sees(question)
		p.sees(": ")
		if i == 0 { // an answer that apply would refuse is asked for again
			p.types("  ")
			p.sees("is missing")
			p.sees(question)
			p.sees(": ")
		}
		p.types(answer)
	}
	p.sees("venue.yaml is written. Next: onramp apply venue.yaml")
	p.sees("Caffè Roma: would be created")
	p.sees("+ wifi.passpoint.realm: wifi.caffe.example")
	p.sees("Caffè Roma: created")
	p.sees("onramp link prints the address of the sign-up page")
	p.sees("freeradius -f -d " + filepath.Join(folder, "raddb"))
	doctor := p.sees("radius handshake: ")
	if strings.Contains(doctor, "\nfail") {
		t.Errorf("the doctor finds a fault:\n%s", doctor)
	}
	p.sees("/caffe-roma")
	p.sees("█") // the QR code
	p.sees(`"username"`)
	p.sees("State:      connected since ")
	p.sees("the session ends here")
}
