package apidocs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

const assetsPath = "/docs/assets/"

// assetTypes are the content types of assets by extension.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".txt": "text/plain; charset=utf-8",
}

// assets holds scripts and stylesheets under names that contain a hash of their content, so that
// browsers may keep them for ever.
type assets struct {
	addresses map[string]string // by the path under templates/docs
	files     map[string]*file  // by the served name
}

func readAssets(files fs.FS) (*assets, error) {
	a := &assets{addresses: map[string]string{}, files: map[string]*file{}}
	for _, name := range []string{
		"docs.css", "reference.css", "reference.js",
		"swagger-ui/swagger-ui.css", "swagger-ui/swagger-ui-bundle.js",
	} {
		content, err := fs.ReadFile(files, "docs/"+name)
		if err != nil {
			return nil, err
		}
		extension := path.Ext(name)
		sum := sha256.Sum256(content)
		served := strings.TrimSuffix(path.Base(name), extension) + "-" + hex.EncodeToString(sum[:8]) + extension
		if a.files[served] != nil {
			return nil, fmt.Errorf("two assets named %s", served)
		}
		f := newFile(assetTypes[extension], content)
		f.cache = keep
		a.files[served], a.addresses[name] = f, assetsPath+served
	}
	return a, nil
}

// address returns the path at which an asset of templates/docs is served.
func (a *assets) address(name string) string { return a.addresses[name] }

// find returns the asset with a served name, or nil. During an upgrade, a page of one replica may
// ask another replica for an asset of another version: it gets the version that exists, which must
// not be cached.
func (a *assets) find(served string) *file {
	if f := a.files[served]; f != nil {
		return f
	}
	for name, f := range a.files {
		if stem(name) == stem(served) && path.Ext(name) == path.Ext(served) {
			other := *f
			other.cache = never
			return &other
		}
	}
	return nil
}

// stem returns a served name without its hash and extension.
func stem(served string) string {
	i := strings.LastIndexByte(served, '-')
	return served[:max(i, 0)]
}
