package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"onramp/onboarding/ports"
)

// program is a running program with its output in a file.
type program struct {
	*exec.Cmd
	output string // path
	gone   chan struct{}
}

const (
	// startPatience is the longest time that a program may take to start.
	startPatience = time.Minute
	// shownOutput is the number of bytes of a program's output that an error shows.
	shownOutput = 2000
)

// command returns a program that is interrupted when the run is.
func (s *scene) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = startPatience
	return cmd
}

// start starts a command and waits until its output contains a text.
func (s *scene) start(cmd *exec.Cmd, ready string) (*program, error) {
	file, err := os.CreateTemp(s.dir, filepath.Base(cmd.Path)+"-*.log")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p := &program{Cmd: cmd, output: file.Name(), gone: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // the output explains a failure
		close(p.gone)
	}()
	s.atEnd(p.kill)
	return p, s.await(p, ready)
}

// await waits until a program's output contains a text.
func (s *scene) await(p *program, text string) error {
	for deadline := time.Now().Add(startPatience); time.Now().Before(deadline); {
		ended := false
		select {
		case <-p.gone:
			ended = true
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-time.After(time.Millisecond):
		}
		output, err := os.ReadFile(p.output)
		if err != nil {
			return err
		}
		if bytes.Contains(output, []byte(text)) {
			return nil
		}
		if ended {
			return fmt.Errorf("%s ended:\n%s", p.Path, tail(output))
		}
	}
	return fmt.Errorf("%s does not start", p.Path)
}

// kill ends a program at once.
func (p *program) kill() {
	_ = p.Process.Kill() // fails only if it has ended
	<-p.gone
}

// stop ends a program as a service manager does.
func (p *program) stop() {
	if p.Process.Signal(os.Interrupt) != nil { // it has ended, or the system has no such signal
		_ = p.Process.Kill()
	}
	<-p.gone
}

// output runs a program to its end and returns its standard output.
func (s *scene) output(name string, args ...string) (string, error) {
	out, err := exec.CommandContext(s.ctx, name, args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), args[0], err, tail(exit.Stderr))
	}
	return strings.TrimSpace(string(out)), err
}

func tail(b []byte) []byte { return b[max(0, len(b)-shownOutput):] }

// freeAddresses returns so many loopback addresses.
func freeAddresses(n int) ([]string, error) {
	out := make([]string, n)
	for i := range out {
		port, err := ports.Free()
		if err != nil {
			return nil, err
		}
		out[i] = ports.Loopback(port)
	}
	return out, nil
}

// find returns the path of a program, or an missingError.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", missingError(name + " is not installed")
	}
	return path, nil
}
