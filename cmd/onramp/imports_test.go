package main_test

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "onramp"
	root   = "../.."
)

// A rule lists the rooms of the project that the non-test files of one room may import. A room is a
// folder and its subfolders, except subfolders that are rooms of their own. A room may always
// import itself.
type rule struct {
	room   string
	class  string // useCase, or empty
	may    []string
	allBut []string // instead of may: every room but these
}

// useCase is the class of the rooms that implement the business rules: they import the vocabulary
// and the use cases named here, and no adapter.
const useCase = "use case"

// rules are the import rules. The longest matching room applies to a folder. A new folder under
// onboarding/ is an adapter; a new folder elsewhere needs a rule here first.
var rules = []rule{
	{room: "templates"},
	{room: "certs", may: []string{"certs/durable"}},
	{room: "certs/durable"},
	{room: "signing"},
	{room: "onboarding/auth"},
	{room: "onboarding/client"},
	{room: "onboarding/brand"},
	{room: "onboarding/grant", may: []string{"onboarding"}},
	{room: "onboarding/grant/unifi"},
	{room: "onboarding/terms", may: []string{"onboarding"}},
	{room: "onboarding/turns"},
	{room: "onboarding/devicesim"},
	{room: "onboarding/devicesim/judge"},
	{room: "onboarding/devicesim/radio", may: []string{"onboarding/devicesim/judge"}},
	{room: "onboarding/devicesim/journey", may: []string{"onboarding/devicesim/judge", "onboarding/devicesim/radio"}},
	{room: "onboarding/devicesim/bench", may: []string{"onboarding/devicesim/judge", "onboarding/devicesim/journey",
		"onboarding/ports"}},
	{room: "onboarding/ports"},
	{room: "onboarding/devicesim/bench/ceiling"},
	{room: "profiles", may: []string{"templates"}},
	{room: "onboarding", may: []string{"profiles", "onboarding/auth"}},
	{room: "onboarding/trust", may: []string{"certs", "profiles"}},
	{room: "onboarding/access", class: useCase, may: vocabulary},
	{room: "onboarding/audit", class: useCase, may: vocabulary},
	{room: "onboarding/identity", class: useCase, may: vocabulary},
	{room: "onboarding/visits", class: useCase, may: vocabulary},
	{room: "onboarding/radius", class: useCase, may: with(vocabulary, "onboarding/access", "onboarding/visits")},
	{room: "onboarding/links", class: useCase, may: with(vocabulary, "onboarding/access", "onboarding/turns")},
	{room: "onboarding/verification", class: useCase, may: with(vocabulary,
		"onboarding/access", "onboarding/registration")},
	{room: "onboarding/renewal", class: useCase, may: with(vocabulary,
		"onboarding/access", "onboarding/links", "onboarding/messages", "onboarding/verification")},
	{room: "onboarding/registration", class: useCase, may: with(vocabulary,
		"onboarding/access", "onboarding/identity", "onboarding/links", "onboarding/radius", "onboarding/visits")},
	{room: "onboarding/importing", class: useCase, may: with(vocabulary, "onboarding/registration")},
	{room: "onboarding/importing/contactsapi", may: with(vocabulary, "onboarding/client", "onboarding/importing",
		"onboarding/registration")},
	{room: "onboarding/importing/radcheck", may: with(vocabulary, "onboarding/importing",
		"onboarding/importing/sqltables", "onboarding/registration")},
	{room: "onboarding/importing/radacct", may: with(vocabulary, "onboarding/importing",
		"onboarding/importing/sqltables", "onboarding/radius")},
	{room: "onboarding/importing/sqltables"},
	{room: "onboarding/importing/csvfile", may: with(vocabulary, "onboarding/importing", "onboarding/registration")},
	{room: "onboarding/retention", class: useCase, may: vocabulary},
	{room: "onboarding/contacts", class: useCase, may: with(vocabulary, "onboarding/access", "onboarding/identity",
		"onboarding/terms", "onboarding/visits")},
	{room: "onboarding/messages", class: useCase, may: with(vocabulary, "onboarding/access", "templates")},
	{room: "onboarding/messages/mail", may: with(adapter, "onboarding/messages")},
	{room: "onboarding/messages/sms", may: with(adapter, "onboarding/messages")},
	{room: "onboarding/hooks", class: useCase, may: with(vocabulary, "onboarding/access")},
	{room: "onboarding/hooks/post", may: with(adapter, "onboarding/hooks")},
	{room: "onboarding/rekey", class: useCase, may: vocabulary},
	{room: "onboarding/tenant", class: useCase, may: with(vocabulary, "certs", "onboarding/trust",
		"onboarding/visits", "onboarding/radius", "onboarding/brand", "onboarding/grant", "templates")},
	{room: "onboarding/forecast", class: useCase, may: with(vocabulary, "certs", "onboarding/trust")},
	{room: "onboarding/connectivity", class: useCase, may: with(vocabulary, "certs", "onboarding/access",
		"onboarding/trust")},
	{room: "onboarding/statistics", class: useCase, may: with(vocabulary, "onboarding/access")},
	{room: "onboarding/tombstone", may: with(vocabulary, "certs/durable")},
	{room: "onboarding/backup", may: with(adapter,
		"onboarding/datafolder", "onboarding/store", "onboarding/tombstone")},
	{room: "onboarding/deployment", may: with(vocabulary, with(useCases, "onboarding/tombstone",
		"onboarding/turns")...)},
	{room: "onboarding/tenantfile", may: with(adapter, "profiles", "onboarding/tenant", "onboarding/brand",
		"onboarding/grant")},
	{room: "onboarding/doctor", may: with(adapter, "profiles", "onboarding/radius", "onboarding/radius/eap",
		"onboarding/registration", "onboarding/tenant", "onboarding/tombstone", "onboarding/trust")},
	{room: "onboarding/metrics", may: with(vocabulary, "certs")},
	{room: "onboarding/poster", may: with(adapter, "onboarding/brand")},
	{room: "onboarding/radius/freeradius", may: with(adapter, "onboarding/radius", "onboarding/radius/eap",
		"onboarding/connectivity")},
	{room: "onboarding/radius/disconnect", may: with(adapter, "onboarding/radius")},
	{room: "onboarding/radius/eap"},
	{room: "onboarding/testkit", allBut: []string{"cmd/onramp", "cmd/devicesim"}},
	{room: "onboarding/store", may: []string{"onboarding", "onboarding/auth", "onboarding/terms"}},
	{room: "onboarding/server", may: slices.Concat(adapter, useCases, []string{
		"onboarding/deployment", "onboarding/server/web", "onboarding/server/pages", "onboarding/server/aaa",
		"onboarding/server/apidocs", "onboarding/server/console", "onboarding/server/console/oidc",
		"onboarding/tenantfile", // the schema and the reference of tenant files
	})},
	{room: "onboarding/server/web", may: []string{
		"onboarding", "onboarding/auth", "onboarding/brand", "onboarding/links",
	}},
	{room: "onboarding/server/pages", may: []string{
		"onboarding", "templates", "onboarding/server/web", "onboarding/access", "onboarding/links",
		"onboarding/registration", "onboarding/verification", "onboarding/contacts", "onboarding/connectivity",
		"onboarding/grant", "onboarding/grant/unifi", "onboarding/statistics",
	}},
	{room: "onboarding/server/console", may: []string{
		"onboarding", "onboarding/auth", "templates", "onboarding/server/web", "onboarding/access", "onboarding/links",
		"onboarding/registration", "onboarding/contacts", "onboarding/connectivity", "onboarding/tenant",
		"onboarding/audit", "onboarding/statistics", "onboarding/forecast", "onboarding/hooks", "onboarding/trust",
		"certs",
		"onboarding/brand", "onboarding/poster", "onboarding/server/pages", "onboarding/server/console/oidc",
		"onboarding/server/apidocs", // renders the guide network
	}},
	{room: "onboarding/server/console/oidc", may: []string{"onboarding", "onboarding/auth", "onboarding/access"}},
	{room: "onboarding/server/aaa", may: []string{
		"onboarding", "onboarding/server/web", "onboarding/radius",
	}},
	{room: "onboarding/server/apidocs", may: []string{"templates"}},
	{room: "onboarding/sbom"},
	{room: "onboarding/testkit/axe", may: []string{"onboarding/testkit/process"}},
	{room: "onboarding/testkit/process", may: []string{"onboarding/ports"}},
	{room: "onboarding/testkit/sqlite"},
	{room: "onboarding/testkit/pebble", may: []string{"onboarding/testkit/process"}},
	{room: "onboarding/testkit/exim", may: []string{"onboarding/testkit/process"}},
	{room: "onboarding/testkit/mariadb", may: []string{"onboarding/testkit/process"}},
	{room: "onboarding/testkit/postgres", may: []string{"onboarding/ports", "onboarding/testkit/process"}},
	{room: "onboarding/storetest", may: []string{"onboarding", "onboarding/auth"}},
	{room: "cmd/onramp", allBut: []string{
		"onboarding/devicesim", "onboarding/devicesim/judge", "onboarding/devicesim/radio",
		"onboarding/devicesim/journey", "onboarding/devicesim/bench", "onboarding/devicesim/bench/ceiling",
		"onboarding/storetest", "cmd/devicesim",
	}},
	{room: "cmd/licences", may: []string{"onboarding/sbom"}},
	{room: "cmd/devicesim", may: []string{
		"onboarding/devicesim/judge", "onboarding/devicesim/radio", "onboarding/devicesim/journey",
		"onboarding/devicesim/bench", "onboarding/devicesim/bench/ceiling",
	}},
}

// vocabulary are the packages with the shared nouns.
var vocabulary = []string{"onboarding", "onboarding/auth", "profiles"}

var useCases = []string{
	"onboarding/access", "onboarding/audit", "onboarding/visits", "onboarding/radius", "onboarding/links",
	"onboarding/registration", "onboarding/verification", "onboarding/contacts", "onboarding/tenant",
	"onboarding/forecast",
	"onboarding/connectivity", "onboarding/retention", "onboarding/identity", "onboarding/rekey",
	"onboarding/messages", "onboarding/renewal", "onboarding/statistics", "onboarding/hooks",
	"onboarding/importing",
}

// with returns the rooms of a list and more rooms.
func with(list []string, more ...string) []string { return slices.Concat(list, more) }

// adapter is the rule of every folder onboarding/NAME without a rule of its own.
var adapter = []string{"onboarding", "onboarding/auth", "templates", "certs", "certs/durable"}

// soleImporters are libraries that only these rooms may import.
var soleImporters = map[string][]string{
	"github.com/labstack/echo":         {"onboarding/server", "onboarding/devicesim/bench/ceiling"},
	"github.com/yuin/goldmark":         {"onboarding/server/apidocs"},
	"github.com/caddyserver/certmagic": {"onboarding/acme"},
	"github.com/CycloneDX":             {"onboarding/sbom"},

	"github.com/coreos/go-oidc":         {"onboarding/server/console/oidc"},
	"golang.org/x/oauth2":               {"onboarding/server/console/oidc"},
	"github.com/zitadel/oidc":           {"onboarding/testkit"},
	"github.com/anishathalye/porcupine": {"onboarding/testkit/history"},
}

// topLevel lists the allowed top-level entries of the repository.
var topLevel = []string{
	"cmd", "onboarding", "profiles", "signing", "certs", "templates",
	"go.mod", "go.sum", "Dockerfile", "README.md", "LICENSE",
	".ci", ".github", ".dockerignore", ".gitignore", ".golangci.yml", ".git",
}

// ruleOf returns the rule for a folder, or false if there is none.
func ruleOf(folder string) (rule, bool) {
	var best rule
	for _, r := range rules {
		if within(folder, r.room) && len(r.room) > len(best.room) {
			best = r
		}
	}
	if below, found := strings.CutPrefix(folder, "onboarding/"); found && best.room == "onboarding" {
		name, _, _ := strings.Cut(below, "/")
		return rule{room: "onboarding/" + name, may: adapter}, true
	}
	return best, best.room != ""
}

// complaint describes the rule that an import from one folder of the project to another or to a
// library breaks. It returns "" if the import is allowed.
func complaint(from, imported string) string {
	for library, rooms := range soleImporters {
		may := slices.ContainsFunc(rooms, func(room string) bool { return within(from, room) })
		if within(imported, library) && !may {
			return "only " + strings.Join(rooms, " and ") + " may import " + library
		}
	}
	to, own := strings.CutPrefix(imported, module+"/")
	if !own {
		return ""
	}
	r, agreed := ruleOf(from)
	if !agreed {
		return from + " is no agreed folder"
	}
	target, agreed := ruleOf(to)
	if !agreed {
		return to + " is no agreed folder"
	}
	switch {
	case target.room == r.room:
		return ""
	case r.allBut != nil && !slices.Contains(r.allBut, target.room):
		return ""
	case slices.Contains(r.may, target.room):
		return ""
	}
	return strings.TrimSpace(r.class+" "+r.room) + " may not import " + target.room
}

// within reports whether a slash-separated path equals parent or is below it.
func within(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

// TestRules checks the rules themselves on allowed and forbidden imports.
func TestRules(t *testing.T) {
	for _, tt := range []struct {
		from, imported string
		allowed        bool
	}{
		{"profiles", "onramp/templates", true},
		{"profiles", "onramp/templates/apple", true},
		{"profiles", "onramp/signing", false},
		{"templates", "onramp/certs", false},
		{"signing", "onramp/certs", false},
		{"certs", "onramp/certs/durable", true},
		{"certs/durable", "onramp/certs", false},
		{"onboarding/datafolder", "onramp/certs/durable", true},
		{"onboarding", "onramp/certs/durable", false},
		{"onboarding", "onramp/profiles", true},
		{"onboarding", "onramp/onboarding/auth", true},
		{"onboarding", "onramp/onboarding/store", false},
		{"onboarding", "onramp/onboarding/access", false},
		{"onboarding/access", "onramp/onboarding", true},
		{"onboarding/access", "onramp/onboarding/radius", false},
		{"onboarding/visits", "onramp/onboarding/access", false},
		{"onboarding/trust", "onramp/onboarding/store", false},
		{"onboarding/radius", "onramp/onboarding/visits", true},
		{"onboarding/radius", "onramp/onboarding/registration", false},
		{"onboarding/radius", "onramp/onboarding/radius/disconnect", false},
		{"onboarding/radius/disconnect", "onramp/onboarding/radius", true},
		{"onboarding/radius/eap", "onramp/onboarding", false},
		{"onboarding/radius/freeradius", "onramp/onboarding/radius", true},
		{"onboarding/radius/freeradius", "onramp/onboarding/deployment", false},
		{"onboarding/client", "onramp/onboarding", false},
		{"onboarding/client", "github.com/oapi-codegen/runtime", true},
		{"onboarding/links", "onramp/onboarding/registration", false},
		{"onboarding/registration", "onramp/onboarding/links", true},
		{"onboarding/registration", "onramp/onboarding/contacts", false},
		{"onboarding/registration", "onramp/onboarding/server", false},
		{"onboarding/contacts", "onramp/onboarding/store", false},
		{"onboarding/tenant", "onramp/onboarding/tenantfile", false},
		{"onboarding/tenantfile", "onramp/onboarding/tenant", true},
		{"onboarding/deployment", "onramp/onboarding/store", false},
		{"onboarding/store", "onramp/onboarding/access", false},
		{"onboarding", "onramp/onboarding/mail", false},
		{"onboarding", "onramp/signing", false},
		{"onboarding/auth", "onramp/onboarding", false},
		{"onboarding/devicesim", "onramp/profiles", false},
		{"onboarding/devicesim/judge", "onramp/profiles", false},
		{"onboarding/devicesim/judge", "onramp/onboarding/devicesim/radio", false},
		{"onboarding/devicesim/judge", "onramp/onboarding/devicesim/journey", false},
		{"onboarding/devicesim/judge/apple", "onramp/onboarding/devicesim/judge/xmldoc", true},
		{"onboarding/devicesim/judge/apple", "onramp/templates", false},
		{"onboarding/devicesim/radio", "onramp/onboarding/devicesim/judge", true},
		{"onboarding/devicesim/radio", "onramp/onboarding/devicesim/journey", false},
		{"onboarding/devicesim/journey", "onramp/onboarding/devicesim/radio", true},
		{"onboarding/store", "onramp/onboarding", true},
		{"onboarding/store", "onramp/onboarding/storetest", false},
		{"onboarding/store", "onramp/certs", false},
		{"onboarding/storetest", "onramp/onboarding/store", false},
		{"onboarding/server", "onramp/onboarding", true},
		{"onboarding/server", "onramp/signing", false},
		{"onboarding/server", "onramp/onboarding/store", false},
		{"onboarding/server", "onramp/onboarding/server/pages", true},
		{"onboarding/server/pages", "onramp/onboarding/server/web", true},
		{"onboarding/server/pages", "onramp/onboarding/server/aaa", false},
		{"onboarding/server/aaa", "onramp/templates", false},
		{"onboarding/server/aaa", "onramp/onboarding/radius", true},
		{"onboarding/server/aaa", "onramp/onboarding/deployment", false},
		{"onboarding/server/console", "onramp/onboarding/server/console/oidc", true},
		{"onboarding/server/console/oidc", "onramp/onboarding/store", false},
		{"onboarding/server", "golang.org/x/oauth2", false},
		{"onboarding/server", "onramp/onboarding/server/apidocs", true},
		{"onboarding/server/apidocs", "onramp/templates", true},
		{"onboarding/server/apidocs", "onramp/onboarding", false},
		{"onboarding/server/apidocs", "onramp/onboarding/server/web", false},
		{"onboarding/server/web", "onramp/onboarding/server/pages", false},
		{"onboarding/server/web", "github.com/labstack/echo/v4", true},
		{"onboarding/acme", "onramp/certs", true},
		{"onboarding/acme", "onramp/onboarding/access", false},
		{"onboarding/server", "github.com/caddyserver/certmagic", false},
		{"onboarding/mail", "onramp/templates", true},
		{"onboarding/mail", "onramp/onboarding/server", false},
		{"onboarding/mail/smtp", "onramp/onboarding/mail", true},
		{"cmd/onramp", "onramp/onboarding/mail", true},
		{"cmd/onramp", "onramp/signing", true},
		{"cmd/onramp", "onramp/onboarding/storetest", false},
		{"cmd/onramp", "onramp/onboarding/devicesim/judge/platforms", false},
		{"cmd/onramp", "onramp/cmd/devicesim", false},
		{"cmd/devicesim", "onramp/onboarding/devicesim/journey", true},
		{"cmd/devicesim", "onramp/profiles", false},
		{"cmd/devicesim", "onramp/onboarding/devicesim/bench", true},
		{"onboarding/devicesim/bench", "onramp/onboarding/devicesim/journey", true},
		{"onboarding/devicesim/bench", "onramp/onboarding/store", false},
		{"onboarding/devicesim/bench", "github.com/labstack/echo/v4", false},
		{"onboarding/devicesim/bench/ceiling", "github.com/labstack/echo/v4", true},
		{"onboarding/devicesim/bench/ceiling", "onramp/onboarding/store", false},
		{"cmd/licences", "onramp/onboarding/sbom", true},
		{"cmd/licences", "onramp/onboarding", false},
		{"cmd/another", "onramp/profiles", false},
		{"internal/util", "onramp/profiles", false},
		{"onboarding", "onramp/pkg/errors", false},
		{"onboarding/server", "github.com/labstack/echo/v4/middleware", true},
		{"onboarding/server", "github.com/labstack/echo/v4", true},
		{"onboarding", "github.com/labstack/echo/v4", false},
		{"cmd/onramp", "github.com/labstack/echo/v4", false},
		{"onboarding", "github.com/google/uuid", true},
		{"templates", "strings", true},
	} {
		if why := complaint(tt.from, tt.imported); (why == "") != tt.allowed {
			t.Errorf("%s importing %s: allowed %t, want %t (%s)", tt.from, tt.imported, why == "", tt.allowed, why)
		}
	}
}

// TestImports checks the imports of every Go file of the project, regardless of build tags. It also
// checks that each package has a package comment.
func TestImports(t *testing.T) {
	documented := map[string]bool{}
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if b := entry.Name(); b == "testdata" || name != root && strings.HasPrefix(b, ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		folder := path.Dir(filepath.ToSlash(short))
		if _, agreed := ruleOf(folder); !agreed {
			t.Errorf("%s: folder %s has no rule", short, folder)
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := complaint(folder, imported); why != "" {
				t.Errorf("%s: %s", files.Position(spec.Pos()), why)
			}
		}
		documented[folder] = documented[folder] || teaches(file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(documented) < 2 {
		t.Fatalf("only %d packages were found under %s", len(documented), root)
	}
	for _, folder := range slices.Sorted(maps.Keys(documented)) {
		if !documented[folder] {
			t.Errorf("%s has no package comment", folder)
		}
	}
}

// teaches reports whether the file has a package comment that begins as go doc expects and has more
// than the name.
func teaches(file *ast.File) bool {
	text := file.Doc.Text()
	begins := strings.HasPrefix(text, "Package "+file.Name.Name+" ")
	if file.Name.Name == "main" {
		begins = text != ""
	}
	return begins && len(strings.Fields(text)) >= 8
}

// TestTopLevel checks the top-level entries of the repository against topLevel, except those that
// .gitignore matches.
func TestTopLevel(t *testing.T) {
	ignored := ignoredAtTop(t)
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if slices.Contains(topLevel, name) || slices.ContainsFunc(ignored, func(pattern string) bool {
			match, err := path.Match(pattern, name)
			return err == nil && match
		}) {
			continue
		}
		t.Errorf("%s is not one of the agreed top-level entries", name)
	}
}

// ignoredAtTop returns the patterns of .gitignore that can match a top-level name.
func ignoredAtTop(t *testing.T) []string {
	file, err := os.Open(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var patterns []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		pattern := strings.Trim(strings.TrimSpace(lines.Text()), "/")
		if pattern != "" && !strings.HasPrefix(pattern, "#") && !strings.Contains(pattern, "/") {
			patterns = append(patterns, pattern)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return patterns
}
