package terminal_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"onramp/cmd/onramp/terminal"
)

func TestVisible(t *testing.T) {
	const hostile = "a\x1b[2J\r\nb\u009b\u202ec\x7f\xff\tß\ufffd"
	want := `a\u001b[2J\u000d\u000ab\u009b\u202ec\u007f\xff\u0009ß` + "\ufffd"
	if got := terminal.Visible(hostile); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := terminal.VisibleLines("a:\n\tb\x1b"); got != "a:\n\tb"+`\u001b` {
		t.Errorf("lines: %q", got)
	}
}

// TestInput ends a read that waits, and an opening that waits.
func TestInput(t *testing.T) {
	waiting, _ := io.Pipe()
	defer waiting.Close()
	for name, open := range map[string]func() (io.Reader, error){
		"read": func() (io.Reader, error) { return waiting, nil },
		"open": func() (io.Reader, error) { _, err := waiting.Read(make([]byte, 1)); return nil, err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		in := terminal.Input(ctx, open)
		read := make(chan error)
		go func() {
			_, err := io.ReadAll(in)
			read <- err
		}()
		cancel()
		if err := <-read; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	missing := errors.New("missing")
	in := terminal.Input(t.Context(), func() (io.Reader, error) { return nil, missing })
	if _, err := io.ReadAll(in); !errors.Is(err, missing) {
		t.Errorf("a failed opening: %v", err)
	}
}
