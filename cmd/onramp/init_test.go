package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// answers are flags for every question of init.
func answers(more ...string) []string {
	return append([]string{"--name", "Caffè Roma", "--domain", "wifi.caffe.example", "--languages", "it,en",
		"--timezone", "Europe/Rome", "--radius-ca", "development"}, more...)
}

// TestInit checks that apply takes the file of init as it is, by any name, and that the file is
// never overwritten.
func TestInit(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	data := filepath.Join(folder, "data")
	for i, more := range [][]string{
		nil,
		{"--name", "true", "--domain", "a.example", "--radius-ca", "public", "--terms-url", "https://example.com/t",
			"--privacy-url", "https://example.com/p"},
		{"--name", `Bar "Fox" #1: <& 'x' \`, "--domain", "fox.example", "--languages", "en", "--ssid", "Fox: #1"},
		{"--name", strings.Repeat("ñ", 127), "--domain", "long.example", "--ssid", "0x10", "--location", "- 1"},
		{"--name", "カフェ 東京", "--domain", "tokyo.example", "--languages", "ja,en,zu", "--timezone", "Asia/Tokyo"},
	} {
		name := filepath.Join(folder, "venue"+string(rune('a'+i))+".yaml")
		code, stdout, stderr := onramp(t, "", append([]string{"init", name, "--data", data}, answers(more...)...)...)
		if code != 0 || !strings.Contains(stdout, name+" is written. Next: onramp apply "+name) {
			t.Fatalf("%v: %d %s%s", more, code, stdout, stderr)
		}
		written, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		const first = "# yaml-language-server: $schema=http://127.0.0.1:8080/schema/tenant.json\n"
		if !strings.HasPrefix(string(written), first) {
			t.Errorf("the first line: %.80s", written)
		}
		if code, stdout, stderr := onramp(t, "", "apply", name, "--data", data); code != 0 ||
			!strings.Contains(stdout, ": created\n") {
			t.Errorf("%v: %d %s%s\n%s", more, code, stdout, stderr, written)
		}
		code, _, stderr = onramp(t, "", append([]string{"init", name, "--data", data}, answers(more...)...)...)
		if code != 1 || !strings.Contains(stderr, name+" exists, and init overwrites no file") {
			t.Errorf("again: %d %s", code, stderr)
		}
		if again, err := os.ReadFile(name); err != nil || string(again) != string(written) {
			t.Errorf("%s was overwritten (%v)", name, err)
		}
	}
	// An absolute and a relative name of the root lead to the same file, from any folder.
	if err := os.Mkdir("below", 0o700); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join("data", "pki", "radius", "root.pem")
	code, _, stderr := onramp(t, "", append([]string{"init", "below/venue.yaml", "--data", data},
		answers("--domain", "below.example", "--name", "Below", "--radius-ca", root, "--server-name",
			"radius.below.example")...)...)
	if code != 0 {
		t.Fatal(stderr)
	}
	code, stdout, stderr := onramp(t, "", "apply", "below/venue.yaml", "--data", data)
	if code != 0 || !strings.Contains(stdout, "Below: created") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
}

// TestInitRefused checks that a wrong or missing answer names its flag, and that no file is left.
func TestInitRefused(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	root := filepath.Join(folder, "root.pem")
	if err := os.WriteFile(root, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "standard input is not a terminal: give --name, --domain, --languages, --timezone, --radius-ca\n"},
		{[]string{"--name", "A", "--domain", "a.example", "--languages", "en", "--timezone", "UTC"}, 2,
			"standard input is not a terminal: give --radius-ca\n"},
		{[]string{"--yes"}, 2, "--yes has no default for --name, --domain"},
		{answers("--name", " "), 2, "--name: is missing"},
		{answers("--name", "a\nb"), 2, "--name: "},
		{answers("--name", strings.Repeat("x", 300)), 2, "--name: has 300 bytes, more than 255"},
		{answers("--name", strings.Repeat("x", 40)), 2, "--name: has 40 bytes"}, // the SSID
		{answers("--domain", "com"), 2, "--domain: "},
		{answers("--domain", "https://wifi.example.com"), 2, "--domain: "},
		{answers("--domain", "città.example"), 2, "write its A-label: radius.xn--citt-3na.example"},
		{answers("--languages", "italian"), 2, "--languages: must be an ISO 639-1 code"},
		{answers("--languages", "en,en"), 2, `--languages: "en" is a duplicate`},
		{answers("--timezone", "Rome"), 2, `--timezone: is not a time zone: "Rome"`},
		{answers("--radius-ca", "missing.pem"), 2, "--radius-ca: open missing.pem: no such file"},
		{answers("--radius-ca", root), 2, "--radius-ca: "},
		{answers("--terms-url", "example.com"), 2, "policies[0].url: must begin with https://"},
		{answers("--public-url", "example.com"), 2, "--public-url must be"},
	} {
		code, stdout, stderr := onramp(t, "", append([]string{"init", "v.yaml"}, tt.args...)...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || stdout != "" {
			t.Errorf("%q: %d %s%s", tt.args, code, stdout, stderr)
		}
		if _, err := os.Lstat("v.yaml"); err == nil {
			t.Fatalf("%q left a file", tt.args)
		}
	}
	if code, _, stderr := onramp(t, "", append([]string{"init", "none/v.yaml"}, answers()...)...); code != 1 {
		t.Errorf("a folder that does not exist: %d %s", code, stderr)
	}
}

// TestDryRun checks that a dry run prints the changes without secrets, and writes nothing: neither
// a data folder nor an organization.
func TestDryRun(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	data := filepath.Join(folder, "data")
	code, _, stderr := onramp(t, "", append([]string{"init", "--data", filepath.Join(folder, "other")},
		answers("--radius-ca", "public")...)...)
	if code != 0 {
		t.Fatal(stderr)
	}
	code, stdout, stderr := onramp(t, "", "apply", "--dry-run", "venue.yaml", "--data", data)
	if code != 0 || !strings.Contains(stdout, "Caffè Roma: would be created\n") ||
		!strings.Contains(stdout, "\n  + portal.slug: caffe-roma\n") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if _, err := os.Lstat(data); err == nil {
		t.Error("the dry run made the data folder")
	}
	if code, stdout, stderr := onramp(t, "", "apply", "venue.yaml", "--data", data); code != 0 ||
		!strings.Contains(stdout, "After the first serve, onramp link prints the address") {
		t.Fatalf("%d %s%s", code, stdout, stderr)
	}
	_, before, _ := onramp(t, "", "export", "--data", data)
	if err := os.WriteFile("ap.secret", []byte("sesame, open the door"), 0o600); err != nil {
		t.Fatal(err)
	}
	edit(t, "venue.yaml", `        timezone: Europe/Rome
`, `        timezone: Europe/Paris
        hotspots:
          - {id: 8a80808170f5232b0175465369aa0001, name: Door, address: 192.0.2.1, secretFile: ap.secret}
`, "slug: caffe-roma", "graceDays: 3\n      reconsent: stop")
	code, stdout, stderr = onramp(t, "", "apply", "--dry-run", "venue.yaml", "--data", data)
	for _, want := range []string{
		"Caffè Roma: would be changed\n", "  - portal.slug: caffe-roma\n", "  + portal.graceDays: 3\n",
		"  ~ locations[Caffè Roma].timezone: Europe/Rome -> Europe/Paris\n",
		"  + locations[Caffè Roma].hotspots[Door].secret: a secret\n",
	} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("no %q: %d %s%s", want, code, stdout, stderr)
		}
	}
	if strings.Contains(stdout+stderr, "sesame") {
		t.Error("the secret is shown")
	}
	edit(t, "venue.yaml", "reconsent: stop", "reconsent: stopp")
	code, stdout, stderr = onramp(t, "", "apply", "--dry-run", "venue.yaml", "missing.yaml", "--data", data)
	if code != 1 || stdout != "" || !strings.Contains(stderr, `must be grace or stop, not "stopp"`) ||
		!strings.Contains(stderr, "missing.yaml:1: organizations: the file cannot be read") ||
		!strings.Contains(stderr, "refused because of 2 errors; nothing was changed") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if _, after, _ := onramp(t, "", "export", "--data", data); after != before {
		t.Errorf("the dry run changed the organization:\n%s", after)
	}
	edit(t, "venue.yaml", "reconsent: stopp", "reconsent: stop")
	if code, _, stderr := onramp(t, "", "apply", "venue.yaml", "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	if err := os.WriteFile("ap.secret", []byte("another secret phrase"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ = onramp(t, "", "apply", "--dry-run", "venue.yaml", "--data", data)
	if code != 0 || !strings.HasSuffix(stdout,
		"would be changed\n  ~ locations[Caffè Roma].hotspots[Door].secret: a secret -> another secret\n") {
		t.Errorf("%d %s", code, stdout)
	}
	code, stdout, _ = onramp(t, "", "apply", "venue.yaml", "--data", data, "--public-url", "https://a.example")
	if code != 0 || !strings.Contains(stdout, "\nSign-up page of Caffè Roma: https://a.example/portal/") ||
		strings.Contains(stdout, "█") {
		t.Errorf("elsewhere than in a terminal: %d %s", code, stdout)
	}
}

// edit replaces texts of a file, given as pairs.
func edit(t *testing.T, name string, pairs ...string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("%s has no %q:\n%s", name, pairs[i], text)
		}
	}
	if err := os.WriteFile(name, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestExamples checks that every command has an example in its help, that each line of it is a
// command line of that command, and that its flags and arguments are right.
func TestExamples(t *testing.T) {
	commands := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, below := range c.Commands() {
			walk(below)
		}
		if c.Name() == "help" {
			return
		}
		commands++
		own := false
		text := strings.ReplaceAll(c.Example, "\\\n", " ")
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			args := shellWords(line)
			if len(args) == 0 {
				t.Errorf("%s: the example %q has no onramp", c.CommandPath(), line)
				continue
			}
			root := newRoot() // the flags keep their values
			found, rest, err := root.Find(args[1:])
			if err == nil {
				err = found.ParseFlags(rest)
			}
			if err == nil {
				err = found.ValidateArgs(found.Flags().Args())
			}
			if err == nil {
				err = found.ValidateRequiredFlags()
			}
			if err == nil {
				err = found.ValidateFlagGroups()
			}
			if err != nil {
				t.Errorf("%s: the example %q: %v", c.CommandPath(), line, err)
				continue
			}
			own = own || strings.HasPrefix(found.CommandPath(), c.CommandPath())
		}
		if !own {
			t.Errorf("%s has no example of its own", c.CommandPath())
		}
	}
	walk(newRoot())
	if commands < 40 {
		t.Errorf("only %d commands were found", commands)
	}
}

// word matches a word of a shell line: a redirection, a comment, a pipe, or text with quotes.
var word = regexp.MustCompile(`#.*$|\||[<>]\s*\S+|('[^']*'|"[^"]*"|[^\s'"|<>#])+`)

// shellWords returns the words of the first onramp command in a shell line, without redirections.
func shellWords(line string) (words []string) {
	for _, w := range append(word.FindAllString(line, -1), "|") {
		switch w[0] {
		case '|':
			if len(words) > 0 && words[0] == "onramp" {
				return words
			}
			words = nil
		case '#', '<', '>':
		default:
			words = append(words, strings.NewReplacer("'", "", `"`, "").Replace(w))
		}
	}
	return nil
}

// TestCompletion checks the scripts of every shell, and the completion of the IDs of organizations,
// which makes no data folder.
func TestCompletion(t *testing.T) {
	for shell, want := range map[string]string{
		"bash": "__start_onramp", "zsh": "#compdef onramp", "fish": "complete -c onramp",
		"powershell": "Register-ArgumentCompleter",
	} {
		if code, stdout, stderr := onramp(t, "", "completion", shell); code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%s: %d %.200s%s", shell, code, stdout, stderr)
		}
	}
	data := filepath.Join(t.TempDir(), "data")
	code, stdout, stderr := onramp(t, "", "__complete", "link", "--data", data, "--organization", "")
	if _, err := os.Lstat(data); code != 0 || !strings.HasPrefix(stdout, ":4") || err == nil {
		t.Errorf("without a database: %d %s%s", code, stdout, stderr)
	}
	if code, _, stderr := onramp(t, "", "apply", exampleTenant, "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	const id = "3a8ccd060216452e09b2b32e750cb5eb"
	for _, args := range [][]string{
		{"link"}, {"poster"}, {"console"}, {"export"}, {"key", "create"}, {"key", "list"}, {"audit", "verify"},
		{"audit", "export"}, {"messages"}, {"radius-cert", "check"}, {"retention"}, {"seed"}, {"why", "ada"},
	} {
		line := append(append([]string{"__complete"}, args...), "--data", data, "--organization", "3a")
		code, stdout, _ := onramp(t, "", line...)
		if code != 0 || !strings.HasPrefix(stdout, id+"\tCloud4Wi Demo\n:4") {
			t.Errorf("%v: %d %s", args, code, stdout)
		}
	}
	code, stdout, _ = onramp(t, "", "__complete", "link", "--data", data, "--organization", "f")
	if code != 0 || strings.Contains(stdout, id) {
		t.Errorf("another beginning: %d %s", code, stdout)
	}
	t.Setenv("ONRAMP_DATA", data)
	if code, stdout, _ := onramp(t, "", "__complete", "link", "--organization", ""); code != 0 ||
		!strings.HasPrefix(stdout, id) {
		t.Errorf("with ONRAMP_DATA: %d %s", code, stdout)
	}
}
