package process

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Program is a started program whose output the test reads.
type Program struct {
	*exec.Cmd
	Output *Buffer
	gone   chan struct{}
}

// startPatience is the longest time that a program may take to start on a busy machine.
const startPatience = 60 * time.Second

// loggedOutput is the number of bytes of a program's output that a failed test logs.
const loggedOutput = 8000

// Start starts a program. At the end of the test it kills the program, and logs the end of its
// output if the test failed.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	p := &Program{Cmd: cmd, Output: &Buffer{}, gone: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Output, p.Output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait()
		close(p.gone)
	}()
	t.Cleanup(func() {
		p.Stop()
		if text := p.Output.String(); t.Failed() {
			t.Logf("%s:\n%s", cmd.Path, text[max(0, len(text)-loggedOutput):])
		}
	})
	return p
}

// Prints waits for a text in the output. It returns false if the program ended without it.
func (p *Program) Prints(t testing.TB, text string) bool {
	t.Helper()
	for deadline := time.Now().Add(startPatience); ; time.Sleep(10 * time.Millisecond) {
		ended := false
		select {
		case <-p.gone:
			ended = true
		default:
		}
		switch {
		case strings.Contains(p.Output.String(), text):
			return true
		case ended:
			return false
		case time.Now().After(deadline):
			t.Fatalf("%s does not print %q:\n%s", p.Path, text, p.Output)
		}
	}
}

// Await waits for a text in the output. It fails the test if the program ended without it.
func (p *Program) Await(t testing.TB, text string) {
	t.Helper()
	if !p.Prints(t, text) {
		t.Fatalf("%s does not start:\n%s", p.Path, p.Output)
	}
}

// Stop kills the program and waits for its end.
func (p *Program) Stop() {
	_ = p.Process.Kill()
	<-p.gone
}

// RADIUSReady is the last text that FreeRADIUS prints at its start.
const RADIUSReady = "Ready to process requests"

// FreeRADIUS returns the command that runs FreeRADIUS with the configuration in a folder.
func FreeRADIUS(dir string, flags ...string) *exec.Cmd {
	return exec.Command("freeradius", append([]string{"-f", "-l", "stdout", "-d", dir}, flags...)...)
}

// StartFreeRADIUS starts FreeRADIUS by the command and waits until it answers.
func StartFreeRADIUS(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	p := Start(t, cmd)
	p.Await(t, RADIUSReady)
	return p
}
