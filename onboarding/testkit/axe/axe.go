// Package axe brings axe-core, Deque's checker of accessibility, to tests that run pages in a
// browser. npm downloads it at the first use; its licence is MPL-2.0, and nothing of it is part of
// the project.
package axe

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

const (
	version = "4.14.1"
	// integrity is the SHA-512 of the package, as the registry states it for this version.
	integrity = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
	// maxScript limits the bytes that are read from the package.
	maxScript = 4 << 20
)

// Check is a script that runs axe-core, which must be loaded, over the page. It results in a
// promise of a JSON list of the violations of WCAG 2.0 to 2.2, levels A and AA.
const Check = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(r =>
	JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, at: v.nodes.map(n => n.target.join(" ") + ": " +
		n.failureSummary)}))))`

var script = sync.OnceValues(download)

// Script returns the source of axe-core. It skips the test without npm or a registry, or fails it
// when process.Required.
func Script(t testing.TB) string {
	t.Helper()
	process.Require(t, "npm")
	source, err := script()
	if err != nil {
		process.Missing(t, "axe-core: %v", err)
	}
	return source
}

// download lets npm fetch the package, from its cache if it is there, and returns the script in it.
func download() (string, error) {
	folder, err := os.MkdirTemp("", "onramp-axe")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	npm := exec.CommandContext(ctx, "npm", "pack", "axe-core@"+version, "--prefer-offline", "--silent",
		"--pack-destination", folder)
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm pack: %w\n%s", err, out)
	}
	packed, err := os.ReadFile(filepath.Join(folder, "axe-core-"+version+".tgz"))
	if err != nil {
		return "", err
	}
	if sum := sha512.Sum512(packed); base64.StdEncoding.EncodeToString(sum[:]) != integrity {
		return "", errors.New("the package is not the one whose checksum the test knows")
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("axe.min.js in the package: %w", err)
		}
		if header.Name == "package/axe.min.js" {
			source, err := io.ReadAll(io.LimitReader(files, maxScript))
			return string(source), err
		}
	}
}
