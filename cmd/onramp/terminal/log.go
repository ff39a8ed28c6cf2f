// Package terminal writes logs and progress in the form that suits a terminal or a file.
package terminal

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/mattn/go-isatty"
)

// NewLog returns a logger for the format text or json; any other format is an error. An empty
// format means text if w is a terminal, otherwise json.
func NewLog(format string, w io.Writer) (*slog.Logger, error) {
	if format == "" {
		format = "json"
		if Is(w) {
			format = "text"
		}
	}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	}
	return nil, fmt.Errorf("--log-format: %q is not text or json", format)
}

// Is reports whether w is a terminal.
func Is(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && (isatty.IsTerminal(file.Fd()) || isatty.IsCygwinTerminal(file.Fd()))
}
