package profiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestXMLTemplatesEscapeEverything executes a template with every kind of action and checks that
// the engine escapes all values.
func TestXMLTemplatesEscapeEverything(t *testing.T) {
	source :=
		`{{define "part"}}<p>{{.}}</p>{{end}}<a b="{{.T}}">{{.T}}{{if .T}}{{.T}}{{else}}{{.T}}{{end}}{{range ` +
			`.L}}{{.}}{{else}}{{.}}{{end}}` +
			`{{with .T}}{{.}}{{end}}{{with .E}}{{else}}{{.T}}{{end}}{{template "part" .T}}{{$x := ` +
			`.T}}{{$x}}{{printf "%s" .T}}{{.T | print}}</a>`
	tmpl := escapedTemplate("test", source)
	out, err := render(tmpl, map[string]any{"T": `&<>"'`, "L": []string{"<1>", "<2>"}, "E": ""})
	if err != nil {
		t.Fatal(err)
	}
	const e = "&amp;&lt;&gt;&#34;&#39;"
	want := `<a b="` + e + `">` + e + e + "&lt;1&gt;&lt;2&gt;" + e + e + "<p>" + e + "</p>" + e + e + e + "</a>"
	equal(t, "rendered", string(out), want)
}

func TestXMLTemplatesRefuseWhatXMLCannotCarry(t *testing.T) {
	tmpl := escapedTemplate("test", `<a>{{.}}</a>`)
	for _, text := range []string{"\x00", "\x1b", "\uFFFF", "\xff"} {
		if out, err := render(tmpl, text); err == nil {
			t.Errorf("%q rendered as %q", text, out)
		}
	}
}

// TestEmbeddedTemplatesEscape checks that all templates print values through the engine's escaping.
func TestEmbeddedTemplatesEscape(t *testing.T) {
	for _, name := range []string{"android.xml", "windows.xml", "eap-config.xml"} {
		for _, part := range xmlTemplate(name).Templates() {
			text := part.Root.String()
			for i, action := range strings.Split(text, "{{")[1:] {
				action, _, _ = strings.Cut(action, "}}")
				word, _, _ := strings.Cut(action, " ")
				switch word {
				case "if", "else", "end", "range", "with", "template", "define":
					continue
				}
				if !strings.HasSuffix(action, "| "+escaper) {
					t.Errorf("%s, action %d: {{%s}}", name, i, action)
				}
			}
		}
	}
}

// TestFormMarkers checks that texts that look like form markers stay unchanged.
func TestFormMarkers(t *testing.T) {
	for _, text := range []string{"\uE0000:name\uE001", "\uE000\uE0000:\uE0001:", "\uE000", "\uE001", "0:name"} {
		tmpl := escapedTemplate("test", `<a><t>{{.Text}}</t><n>{{.Text}}{{.Name}}{{.Text}}</n></a>`)
		f, err := newForm(func(blank func(string) string) ([]byte, error) {
			return render(tmpl, map[string]string{"Text": text, "Name": blank("name")})
		})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, text, string(f.fill(map[string]string{"name": "<" + text + ">"})), "<a><t>"+text+"</t><n>"+text+"&lt;"+
			text+"&gt;"+text+"</n></a>")
	}
}

func TestFormWithoutAValuePanics(t *testing.T) {
	f, err := newForm(func(blank func(string) string) ([]byte, error) { return []byte(blank("name")), nil })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a blank was left empty in silence")
		}
	}()
	f.fill(map[string]string{"other": ""})
}

// TestOneFileAPlatform checks the package documentation's list of one file per platform.
func TestOneFileAPlatform(t *testing.T) {
	for platform, file := range map[Platform]string{
		IOS:             "ios.go",
		MacOS:           "macos.go",
		Android:         "android.go",
		Windows:         "windows.go",
		ChromeOS:        "chromeos.go",
		Linux:           "linux.go",
		NetworkManager:  "networkmanager.go",
		IWD:             "iwd.go",
		EAPConfig:       "eapconfig.go",
		SettingsIOS:     "iossettings.go",
		SettingsAndroid: "androidsettings.go",
	} {
		if _, err := os.Stat(filepath.Join(file)); err != nil {
			t.Errorf("%s: %v", platform, err)
		}
		if p, ok := ParsePlatform(string(platform)); !ok || p != platform {
			t.Errorf("ParsePlatform(%q) = %q, %v", platform, p, ok)
		}
	}
	if len(Platforms()) != 11 {
		t.Errorf("platforms: %v", Platforms())
	}
	for _, name := range []string{"", "IOS", "ios ", "tvos"} {
		if p, ok := ParsePlatform(name); ok {
			t.Errorf("ParsePlatform(%q) = %q", name, p)
		}
	}
}
