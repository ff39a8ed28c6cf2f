package server

import (
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onramp/onboarding/auth"
	"onramp/onboarding/server/web"
	"onramp/onboarding/tenantfile"
	"onramp/onboarding/testkit/process"
	"onramp/templates"
)

// guideBlocks returns the code blocks of a guide in one language.
func guideBlocks(t *testing.T, guide, language string) []string {
	t.Helper()
	source, err := fs.ReadFile(templates.Docs, "guides/"+guide+".md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(source),
		-1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) == 0 {
		t.Fatalf("%s has no block in %s", guide, language)
	}
	return blocks
}

// TestGuideGettingStarted runs the shell commands of the guide.
func TestGuideGettingStarted(t *testing.T) {
	for _, program := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			process.Missing(t, "%v", err)
		}
	}
	h := newHouse(t)
	key, secret, err := h.service.Access.CreateKey(t.Context(), demoID, auth.PublicApp, auth.Scopes{})
	if err != nil {
		t.Fatal(err)
	}
	script := "set -euo pipefail\n" + strings.Join(guideBlocks(t, "getting-started", "sh"), "\n") +
		"\ntest -s profile.mobileconfig\n"
	bash := exec.CommandContext(t.Context(), "bash", "-c", script)
	bash.Dir = t.TempDir()
	bash.Env = append(os.Environ(), "URL="+h.api.URL, "CLIENT_KEY="+key, "CLIENT_SECRET="+secret, "no_proxy=*")
	out, err := bash.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), `"termsOfUse"`) || !strings.Contains(string(out), `"status": "OK"`) {
		t.Errorf("the output is %s", out)
	}
}

// TestGuideTenantFile reads the example of the guide as `onramp apply` does.
func TestGuideTenantFile(t *testing.T) {
	for _, block := range guideBlocks(t, "tenant-file", "yaml") {
		file := tenantfile.Parse("guide.yaml", []byte(block), tenantfile.Environment{})
		if len(file.Diagnostics) > 0 || len(file.Organizations) != 1 {
			t.Errorf("%d organizations, %v", len(file.Organizations), file.Diagnostics)
		}
	}
}

// TestGuideErrors compares the statuses and members in the guide with those of the API.
func TestGuideErrors(t *testing.T) {
	source, err := fs.ReadFile(templates.Docs, "guides/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []int
	for _, m := range regexp.MustCompile(`(?m)^\| (\d{3}) \|`).FindAllStringSubmatch(string(source), -1) {
		status, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, status)
	}
	for kind, status := range web.Statuses {
		if !slices.Contains(listed, status) {
			t.Errorf("%v is answered with %d, which the guide does not list", kind, status)
		}
	}
	spec, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	described := spec.Components.Schemas["Error"].Value
	for _, status := range described.Properties["respCode"].Value.Enum {
		if !slices.ContainsFunc(listed, func(n int) bool { return strconv.Itoa(n) == status }) {
			t.Errorf("the guide does not list %v", status)
		}
	}
	for name := range described.Properties {
		if !strings.Contains(string(source), "| `"+name+"` |") {
			t.Errorf("the guide does not describe %s", name)
		}
	}
}
