package apidocs

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"onramp/templates"
)

func newSite(t *testing.T) *Site {
	t.Helper()
	s, err := New(Content{
		OpenAPI: []byte("openapi: 3.1.1\n"), TenantSchema: []byte("{}"), TenantKeys: []byte("# Keys\n\nAll keys.\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(s *Site, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// TestPages checks every page: its policy and headings, and that its links and assets exist and are
// on this server.
func TestPages(t *testing.T) {
	s := newSite(t)
	pages := map[string]int{"/docs/unknown": http.StatusNotFound}
	for path := range s.files {
		if strings.HasPrefix(path, "/docs") {
			pages[path] = http.StatusOK
		}
	}
	for _, want := range []string{"", "/api", "/getting-started", "/freeradius", "/errors", "/tenant-file",
		"/tenant-keys"} {
		if pages["/docs"+want] == 0 {
			t.Errorf("%s is missing", want)
		}
	}
	for path, status := range pages {
		w := get(s, path)
		if w.Code != status || w.Header().Get("Content-Type") != "text/html; charset=UTF-8" {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") ||
			w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, w.Header())
		}
		if (path == "/docs/api") != strings.Contains(policy, "script-src") {
			t.Errorf("%s: the policy is %s", path, policy)
		}
		checkPage(t, s, path, w.Body)
	}
}

// checkPage checks the HTML of a page.
func checkPage(t *testing.T, s *Site, path string, body *bytes.Buffer) {
	t.Helper()
	root, err := html.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	ids, fragments, elements := map[string]int{}, []string{}, map[string]int{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		elements[n.Data]++
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s: <%s %s>, which the policy forbids", path, n.Data, a.Key)
			case a.Key != "href" && a.Key != "src" || a.Val == "data:,":
			case strings.HasPrefix(a.Val, "#"):
				fragments = append(fragments, a.Val[1:])
			default:
				target, _, _ := strings.Cut(a.Val, "#")
				if w := get(s, target); !strings.HasPrefix(target, "/") || w.Code != http.StatusOK {
					t.Errorf("%s links to %s: %d", path, a.Val, w.Code)
				}
			}
		}
		if n.Data == "script" && n.FirstChild != nil {
			t.Errorf("%s has an inline script", path)
		}
	}
	if elements["h1"] != 1 || elements["main"] != 1 || elements["title"] != 1 || elements["style"] > 0 {
		t.Errorf("%s: elements %v", path, elements)
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: %d elements have the ID %s", path, n, id)
		}
	}
	for _, id := range fragments {
		if ids[id] == 0 {
			t.Errorf("%s: #%s leads nowhere", path, id)
		}
	}
}

// TestAssets checks types and caching, also of another version's asset.
func TestAssets(t *testing.T) {
	s := newSite(t)
	hash := regexp.MustCompile(`-[0-9a-f]{16}\.`)
	for served := range s.assets.files {
		w := get(s, assetsPath+served)
		want := "text/javascript; charset=utf-8"
		if strings.HasSuffix(served, ".css") {
			want = "text/css; charset=utf-8"
		}
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != want ||
			w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || !hash.MatchString(served) {
			t.Errorf("%s: %d %v", served, w.Code, w.Header())
		}
		other := get(s, assetsPath+hash.ReplaceAllString(served, "-0123456789abcdef."))
		if other.Code != http.StatusOK || other.Header().Get("Cache-Control") != "no-store" ||
			other.Body.String() != w.Body.String() {
			t.Errorf("%s of another version: %d %v", served, other.Code, other.Header())
		}
	}
	for _, path := range []string{"", "/", "nothing", "docs", ".css", "-.css", "../docs.html",
		"docs-0123456789abcdef.js"} {
		if w := get(s, assetsPath+path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestSwaggerUI compares the files of the npm package with their checksums.
func TestSwaggerUI(t *testing.T) {
	const folder = "docs/swagger-ui/"
	sums, err := templates.Docs.Open(folder + "SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	defer sums.Close()
	lines := bufio.NewScanner(sums)
	if !lines.Scan() || !regexp.MustCompile(`^# swagger-ui-dist \d+\.\d+\.\d+, `).MatchString(lines.Text()) {
		t.Errorf("the first line does not name package and version: %s", lines.Text())
	}
	listed := map[string]bool{"SHA256SUMS": true}
	for lines.Scan() {
		want, name, ok := strings.Cut(lines.Text(), "  ")
		content, err := fs.ReadFile(templates.Docs, folder+name)
		if !ok || err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s was changed", name)
		}
		listed[name] = true
	}
	entries, err := fs.ReadDir(templates.Docs, folder[:len(folder)-1])
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !listed[e.Name()] {
			t.Errorf("%s has no checksum", e.Name())
		}
	}
	if !listed["LICENSE"] {
		t.Error("the package's license is missing")
	}
}

func TestReadGuide(t *testing.T) {
	const text = "# One `two`\n\nThree\n*four*.\n\n<script>x</script>\n\n"
	g, err := readGuide("a", []byte(text+"| a |\n|---|\n| <b> |\n\n```sh\na <b\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	if g.Title != "One two" || g.Summary != "Three four." {
		t.Errorf("title %q, summary %q", g.Title, g.Summary)
	}
	for _, part := range []string{
		`<h1 id="one-two">One <code>two</code></h1>`, `<div class="table" tabindex="0"><table>`,
		`<pre tabindex="0"><code>a &lt;b`,
	} {
		if !strings.Contains(string(g.body), part) {
			t.Errorf("no %s in %s", part, g.body)
		}
	}
	if strings.Contains(string(g.body), "<script>") || strings.Contains(string(g.body), "<b>") {
		t.Errorf("raw HTML in %s", g.body)
	}
	for _, bad := range []string{"", "Text.\n", "## A\n\nText.\n", "# A\n", "# A\n\n- b\n"} {
		if _, err := readGuide("a", []byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
