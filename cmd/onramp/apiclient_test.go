package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/oapi-codegen/runtime" // the generated client imports it
)

// TestFoundE generates a Go client from the OpenAPI document of a running server and runs the
// README's session with it.
func TestFoundE(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	answer, err := http.Get(s.url + "/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	document, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.StatusCode, err)
	}
	folder := t.TempDir()
	served, generated := filepath.Join(folder, "openapi.yaml"), filepath.Join(folder, "client.gen.go")
	if err := os.WriteFile(served, document, 0o600); err != nil {
		t.Fatal(err)
	}
	goTool(t, "tool", "oapi-codegen", "-package", "main", "-generate", "types,client", "-o", generated, served)

	program, err := filepath.Abs(filepath.Join("testdata", "apiclient"))
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(
		map[string]any{"Replace": map[string]string{filepath.Join(program, "client.gen.go"): generated}})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	output := goTool(t, "run", "-overlay", overlayFile, "./testdata/apiclient", s.url,
		filepath.Join(s.data, "demo.json"))
	if !strings.Contains(output, "played for") {
		t.Errorf("the client prints %q", output)
	}
}

// goTool runs the go command and returns its output.
func goTool(t *testing.T, args ...string) string {
	t.Helper()
	output, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}
