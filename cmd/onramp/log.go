package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/mattn/go-isatty"
)

// newLog returns the log in that format: text or json, or for an empty one text in a terminal and
// json elsewhere.
func newLog(format string, w io.Writer) (*slog.Logger, error) {
	if format == "" {
		format = "json"
		if terminal(w) {
			format = "text"
		}
	}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	}
	return nil, usageError{fmt.Errorf("--log-format: %q is neither text nor json", format)}
}

// terminal reports whether a person reads what is written, as it is written.
func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && (isatty.IsTerminal(file.Fd()) || isatty.IsCygwinTerminal(file.Fd()))
}
