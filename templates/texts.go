package templates

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// languagesIn returns the languages of a folder with one YAML file per language, sorted.
func languagesIn(files fs.FS, folder string) []string {
	names, err := fs.Glob(files, folder+"/*.yaml")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return names
}

// TextsIn reads an embedded folder with one YAML file per language. It panics for a file with an
// unknown key: a test reads each.
func TextsIn[T any](files fs.FS, folder string) map[string]*T {
	all := map[string]*T{}
	for _, language := range languagesIn(files, folder) {
		name := folder + "/" + language + ".yaml"
		data, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err) // the file is embedded
		}
		decoder := yaml.NewDecoder(bytes.NewReader(data))
		decoder.KnownFields(true)
		var texts T
		if err := decoder.Decode(&texts); err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		all[language] = &texts
	}
	return all
}
