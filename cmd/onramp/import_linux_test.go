package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// TestImportIsInterrupted stops imports that wait for more of a named pipe. No temporary file is
// left, not even by SIGKILL.
func TestImportIsInterrupted(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	for _, tt := range []struct {
		source string
		signal os.Signal
	}{{"csv", os.Interrupt}, {"csv", syscall.SIGTERM}, {"csv", os.Kill}, {"radcheck", os.Interrupt}} {
		signal := tt.signal
		pipe := filepath.Join(t.TempDir(), "people")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		var output process.Buffer
		cmd := command("import", tt.source, pipe, "--json", "--data", s.data)
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		var writer *os.File
		for try := 0; ; try++ { // it opens only once the import reads
			var err error
			if writer, err = os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
				break
			}
			if !errors.Is(err, syscall.ENXIO) || try == 3000 {
				t.Fatalf("%v: %s", err, &output)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if _, err := writer.WriteString("email,termsOfUse,privacy\nada@example.com,true,true\n"); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			t.Errorf("%v does not end the import", signal)
		}
		writer.Close()
		code, text := cmd.ProcessState.ExitCode(), output.String()
		if signal != os.Kill && (code != 1 || !strings.Contains(text, "context canceled")) {
			t.Errorf("%v: exit %d: %s", signal, code, text)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Errorf("%v: temporary files are left: %v, %v", signal, left, err)
		}
	}
}
