package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionOfBuildInfo(t *testing.T) {
	const commit = "8a955bb0123456789012345678901234567890ab"
	for _, tt := range []struct {
		name, module       string
		revision, modified string
		want               string
	}{
		{"tag", "v1.2.3", commit, "false", "v1.2.3"},
		{"pseudo-version", "v0.0.0-20261128213935-8a955bb01234+dirty", commit, "true",
			"v0.0.0-20261128213935-8a955bb01234+dirty"},
		{"commit", "(devel)", commit, "false", commit},
		{"changed files", "(devel)", commit, "true", commit + "+dirty"},
		{"no record", "(devel)", "", "", "devel"},
		{"no module version", "", "", "", "devel"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: tt.module}}
		if tt.revision != "" {
			info.Settings = []debug.BuildSetting{
				{Key: "vcs.modified", Value: tt.modified}, {Key: "vcs.revision", Value: tt.revision},
			}
		}
		if v := versionOf(info); v != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, v, tt.want)
		}
	}
}

func TestBuildVersionWins(t *testing.T) {
	buildVersion = "v9.8.7"
	defer func() { buildVersion = "" }()
	if v := version(); v != "v9.8.7" {
		t.Error(v)
	}
}

// TestOneVersion compares the version command with the metric and the log line of `serve`.
func TestOneVersion(t *testing.T) {
	code, line, stderr := onramp(t, "", "version")
	fields := strings.Fields(line)
	if code != 0 || len(fields) != 3 || fields[0] != "onramp" || fields[2] != runtime.Version() {
		t.Fatalf("onramp version: %d %q %s", code, line, stderr)
	}
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	response, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	metrics, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("onramp_build_info{goversion=%q,version=%q} 1\n", runtime.Version(), fields[1])
	if !strings.Contains(string(metrics), want) {
		t.Errorf("/metrics lacks %s", want)
	}
	if log := s.output.String(); !strings.Contains(log, fmt.Sprintf(`"version":%q`, fields[1])) {
		t.Errorf("the log lacks version %q:\n%s", fields[1], log)
	}
}

// TestImageVersion checks that the Dockerfile sets the variable above and the OCI label.
func TestImageVersion(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	stages := strings.Split(string(text), "\nFROM ")
	image := stages[len(stages)-1]
	for stage, want := range map[string]string{
		strings.Join(stages[:len(stages)-1], ""): "-X main.buildVersion=$VERSION",
		image:                                    "ARG VERSION\nLABEL org.opencontainers.image.version=$VERSION\n",
	} {
		if !strings.Contains(stage, want) {
			t.Errorf("Dockerfile lacks %q", want)
		}
	}
}
