package templates

import (
	"bytes"
	"fmt"
	"html/template"
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

// Text returns the text of a key, with each {name} replaced; pairs alternates names and values.
// language names the texts in the error for an unknown key.
func Text(byKey map[string]string, language, key string, pairs ...string) (string, error) {
	text, ok := byKey[key]
	if !ok {
		return "", fmt.Errorf("no text %s in %s", key, language)
	}
	return fill(text, pairs...), nil
}

// fill returns a text with each {name} replaced. pairs alternates names and values.
func fill(text string, pairs ...string) string {
	if len(pairs) == 0 {
		return text
	}
	replacements := make([]string, len(pairs))
	for i, s := range pairs {
		if i%2 == 0 {
			s = "{" + s + "}"
		}
		replacements[i] = s
	}
	return strings.NewReplacer(replacements...).Replace(text)
}

// ParsePages parses the pages of an embedded folder by name, each with the folder's layout.html.
// html/template escapes values by context. It panics for a page that does not parse.
func ParsePages(files fs.FS, folder string, names ...string) map[string]*template.Template {
	layout := template.Must(template.ParseFS(files, folder+"/layout.html"))
	all := map[string]*template.Template{}
	for _, name := range names {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, folder+"/"+name+".html"))
	}
	return all
}
