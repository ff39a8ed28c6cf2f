package sbom

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const project = "../.."

func goCommand(t *testing.T, environment []string, args ...string) string {
	t.Helper()
	command := exec.Command("go", args...)
	command.Dir = project
	command.Env = append(os.Environ(), environment...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

// schema returns the schema of CycloneDX 1.6, from the files that its Go library publishes.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	library := goCommand(t, nil, "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go")
	folder := filepath.Join(strings.TrimSpace(library), "schema")
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	const address = "http://cyclonedx.org/schema/"
	for name, file := range map[string]string{
		"bom-1.6.schema.json": "bom-1.6.schema.json", "spdx.schema.json": "spdx.schema.json",
		"jsf-0.82.schema.json": "jsf-0.82.schemax.json",
	} {
		content, err := os.Open(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		document, err := jsonschema.UnmarshalJSON(content)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(address+name, document); err != nil {
			t.Fatal(err)
		}
	}
	return compiler.MustCompile(address + "bom-1.6.schema.json")
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(document)
}

// TestProgram builds the program as a release does, and checks its own bill of materials by the
// schema and by the modules that `go version -m` lists, and the licence texts for each of them.
func TestProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "onramp")
	goCommand(t, []string{"CGO_ENABLED=0"}, "build", "-trimpath", "-buildvcs=false", "-tags", "timetzdata",
		"-ldflags", "-s -w -X main.buildVersion=v1.2.3+test", "-o", program, "./cmd/onramp")
	own, err := exec.Command(program, "version", "--sbom").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, schema(t), own); err != nil {
		t.Errorf("%#v", err)
	}
	again, err := exec.Command(program, "version", "--sbom", program).Output()
	if err != nil || !bytes.Equal(own, again) {
		t.Errorf("the bill of materials of the file differs from the program's own (%v)", err)
	}
	bom := cdx.NewBOM()
	if err := json.Unmarshal(own, bom); err != nil {
		t.Fatal(err)
	}
	if c := bom.Metadata.Component; c.Name != "onramp" || c.Version != "v1.2.3+test" {
		t.Errorf("the subject is %s %s", c.Name, c.Version)
	}
	texts := goCommand(t, nil, "run", "./cmd/licences", program)
	modules := 0
	for line := range strings.Lines(goCommand(t, nil, "version", "-m", program)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "dep" {
			continue
		}
		modules++
		name, version := fields[1], fields[2]
		if !slices.ContainsFunc(*bom.Components, func(c cdx.Component) bool {
			return c.Name == name && c.Version == version && c.Licenses != nil && len(*c.Hashes) == 1 &&
				strings.HasPrefix(c.PackageURL, "pkg:golang/"+strings.ToLower(name)+"@"+version+"?")
		}) {
			t.Errorf("the bill of materials lacks %s %s, its licence or hash", name, version)
		}
		if !strings.Contains(texts, "\n"+name+"@"+version+" ("+licences[name]+")\n") {
			t.Errorf("the licence texts lack %s %s", name, version)
		}
	}
	if modules < 30 || len(*bom.Components) != modules+2 {
		t.Errorf("%d modules, %d components", modules, len(*bom.Components))
	}
	if out, err := exec.Command(program, "version", "--sbom", "sbom_test.go").CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "sbom_test.go: ") {
		t.Errorf("a file that is no program: %v %s", err, out)
	}
	if out, err := exec.Command(program, "version", program).CombinedOutput(); err == nil {
		t.Errorf("version with a file: %s", out)
	}
}

// TestSchemaRefuses changes a valid bill of materials so that the schema must refuse it: otherwise
// the test above could not fail.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	build := &debug.BuildInfo{GoVersion: "go1.26.8 X:test", Deps: []*debug.Module{
		{Path: "example.com/Unknown", Version: "v2.0.0+incompatible", Sum: "not a hash"},
		{Path: "example.com/old", Version: "v1.0.0",
			Replace: &debug.Module{Path: "go.yaml.in/yaml/v3", Version: "v3.0.6"}},
	}}
	var text bytes.Buffer
	if err := Write(&text, build, ""); err != nil {
		t.Fatal(err)
	}
	if err := validate(t, s, text.Bytes()); err != nil {
		t.Errorf("%#v", err)
	}
	for _, want := range []string{
		`"pkg:golang/stdlib@1.26.8?type=module"`, `"pkg:golang/example.com/unknown@v2.0.0%2Bincompatible?type=module"`,
		`"expression": "MIT AND Apache-2.0"`,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("lacks %s:\n%s", want, text.String())
		}
	}
	for from, to := range map[string]string{
		`"specVersion": "1.6"`: `"specVersion": 1.6`, "urn:uuid:": "uuid:", `"BSD-3-Clause"`: `"BSD3"`,
		`"type": "library"`: `"type": "module"`,
	} {
		changed := bytes.ReplaceAll(text.Bytes(), []byte(from), []byte(to))
		if bytes.Equal(changed, text.Bytes()) || validate(t, s, changed) == nil {
			t.Errorf("%s in place of %s is valid", to, from)
		}
	}
}

// platforms are those whose programs a release contains, one of each operating system.
var platforms = []string{"linux", "darwin", "windows"}

// TestLicences compares the list of licences with the modules that the programs import on all
// platforms, and each licence with the module's text.
func TestLicences(t *testing.T) {
	folders := map[string]string{}
	for _, system := range platforms {
		out := goCommand(t, []string{"GOOS=" + system, "CGO_ENABLED=0"}, "list", "-deps", "-tags", "timetzdata",
			"-f", "{{with .Module}}{{.Path}} {{.Dir}}{{end}}", "./cmd/onramp", "./cmd/devicesim")
		for line := range strings.Lines(out) {
			if name, folder, _ := strings.Cut(strings.TrimSpace(line), " "); name != "" && name != "onramp" {
				folders[name] = folder
			}
		}
	}
	for name, folder := range folders {
		licence := licences[name]
		if licence == "" {
			t.Errorf("%s has no licence in licence.go", name)
			continue
		}
		text := words(t, folder)
		for one := range strings.SplitSeq(licence, " AND ") {
			phrases := proofs[one]
			if phrases == nil {
				t.Errorf("%s: the test has no phrase of %s", name, one)
			}
			for _, phrase := range phrases {
				if !strings.Contains(text, phrase) {
					t.Errorf("%s: the text of its licence, %s, lacks %q", name, one, phrase)
				}
			}
		}
	}
	for name := range licences {
		if folders[name] == "" {
			t.Errorf("licence.go lists %s, which no program contains", name)
		}
	}
}

// proofs are phrases by which the text of a licence is known.
var proofs = map[string][]string{
	"Apache-2.0":   {"apache license version 2.0"},
	"CC0-1.0":      {"cc0 1.0 universal"},
	"MIT":          {"permission is hereby granted, free of charge"},
	"BSD-2-Clause": {"redistributions in binary form must reproduce"},
	"BSD-3-Clause": {"redistributions in binary form must reproduce", "endorse or promote products"},
	"MPL-2.0":      {"mozilla public license", "version 2.0"},
	"blessing":     {"dedicated to the public domain by the authors"},
}

// words returns the texts of a folder's licences in lower case, with single spaces. The Apache
// licence may be named by its address.
func words(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		if !e.IsDir() && noticeFiles.MatchString(e.Name()) {
			text, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, strings.Fields(strings.ToLower(string(text)))...)
		}
	}
	return strings.ReplaceAll(strings.Join(all, " "), "apache license, version", "apache license version")
}

func TestNoticesRefuse(t *testing.T) {
	empty := t.TempDir()
	folders := Folders{Project: project, Go: strings.TrimSpace(goCommand(t, nil, "env", "GOROOT")),
		Modules: map[string]string{"go.uber.org/multierr@v1.0.0": empty}}
	for name, tt := range map[string]struct {
		module *debug.Module
		text   string
	}{
		"licence": {&debug.Module{Path: "example.com/unknown", Version: "v1.0.0"}, "licence.go"},
		"folder":  {&debug.Module{Path: "go.uber.org/multierr", Version: "v2.0.0"}, "go mod download"},
		"text":    {&debug.Module{Path: "go.uber.org/multierr", Version: "v1.0.0"}, empty},
	} {
		var out bytes.Buffer
		err := WriteNotices(&out, folders, &debug.BuildInfo{Deps: []*debug.Module{tt.module}})
		if err == nil || out.Len() > 0 || !strings.Contains(err.Error(), tt.module.Path+"@") ||
			!strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v, %d bytes", name, err, out.Len())
		}
		if errors.Is(err, errNoText) != (name == "text") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSwaggerUI compares the version of the embedded part with its record.
func TestSwaggerUI(t *testing.T) {
	record, err := os.ReadFile(filepath.Join(project, "templates", "docs", "swagger-ui", "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "# " + swaggerUI.Name + " " + swaggerUI.Version + ","; !strings.HasPrefix(string(record), want) {
		t.Errorf("SHA256SUMS begins with %.60s, want %s", record, want)
	}
}
