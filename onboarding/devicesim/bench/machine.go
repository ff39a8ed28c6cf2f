package bench

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Machine describes the computer of a run; empty or 0 where the system does not show it.
type Machine struct {
	CPU        string  `json:"cpu"`
	Cores      int     `json:"cores"`
	MemoryGiB  float64 `json:"memoryGiB"`
	Kernel     string  `json:"kernel"`
	FileSystem string  `json:"fileSystem"`
	// Load is the load average of the minute before the run. Other work makes figures smaller.
	Load float64 `json:"load"`
}

// Versions are those of the programs of a run; "not installed" where one is missing.
type Versions struct {
	Go         string `json:"go"`
	Onramp     string `json:"onramp"`
	FreeRADIUS string `json:"freeradius"`
	PostgreSQL string `json:"postgresql"`
}

const notInstalled = "not installed"

func versions(ctx context.Context, onramp string) (Versions, error) {
	text, err := exec.CommandContext(ctx, onramp, "version").Output()
	if err != nil {
		return Versions{}, fmt.Errorf("%s version: %w", onramp, err)
	}
	v := Versions{
		Go: runtime.Version(), Onramp: strings.TrimPrefix(strings.TrimSpace(string(text)), "onramp "),
		FreeRADIUS: notInstalled, PostgreSQL: notInstalled,
	}
	if text, err := exec.CommandContext(ctx, "freeradius", "-v").Output(); err == nil {
		// "radiusd: FreeRADIUS Version 3.2.1, for host ..."
		_, after, _ := strings.Cut(string(text), "Version ")
		v.FreeRADIUS, _, _ = strings.Cut(after, ",")
	}
	if folder, err := postgresPrograms(); err == nil {
		if text, err := exec.CommandContext(ctx, filepath.Join(folder, "postgres"), "--version").Output(); err == nil {
			_, v.PostgreSQL, _ = strings.Cut(strings.TrimSpace(string(text)), ") ")
		}
	}
	return v, nil
}
