// Command licences prints the licence texts of all software in the given programs of Onramp, which
// must accompany them wherever they are distributed:
//
//	go run ./cmd/licences PROGRAM...
//
// It reads from each program the modules that are linked into it, and their texts from Go's module
// cache. It fails, and prints nothing, for a module whose licence is not known.
package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"

	"onramp/onboarding/sbom"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, programs []string, out io.Writer) error {
	if len(programs) == 0 {
		return errors.New("name at least one program")
	}
	var builds []*debug.BuildInfo
	modules := []string{}
	for _, name := range programs {
		build, err := buildinfo.ReadFile(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		builds = append(builds, build)
		for _, m := range build.Deps {
			modules = append(modules, m.Path+"@"+m.Version)
		}
	}
	folders := sbom.Folders{Modules: map[string]string{}}
	for variable, into := range map[string]*string{"GOROOT": &folders.Go, "GOMOD": &folders.Project} {
		value, err := goCommand(ctx, "env", variable)
		if err != nil {
			return err
		}
		*into = strings.TrimSpace(string(value))
	}
	folders.Project = strings.TrimSuffix(folders.Project, "go.mod")
	described, err := goCommand(ctx, append([]string{"mod", "download", "-json"}, modules...)...)
	if err != nil {
		return err
	}
	for decoder := json.NewDecoder(bytes.NewReader(described)); ; {
		var m struct{ Path, Version, Dir string }
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		folders.Modules[m.Path+"@"+m.Version] = m.Dir
	}
	return sbom.WriteNotices(out, folders, builds...)
}

// goCommand returns the output of the go command.
func goCommand(ctx context.Context, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Stderr = os.Stderr
	return command.Output()
}
