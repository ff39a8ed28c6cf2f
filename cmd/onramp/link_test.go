package main

import (
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"

	"onramp/onboarding/testkit/process"
)

// TestPrintLink decodes the QR code from the printed characters.
func TestPrintLink(t *testing.T) {
	for _, link := range []string{
		"http://127.0.0.1:8080/p/demo",
		"https://onramp.example/p/" + strings.Repeat("0123456789abcdef", 4) + "?language=it",
	} {
		var out strings.Builder
		printLink(&out, "Sign up", link)
		first, drawing, _ := strings.Cut(out.String(), "\n")
		if first != "Sign up: "+link {
			t.Errorf("first line %q", first)
		}
		if text, err := qr.Decode(photo(t, drawing)); err != nil || text != link {
			t.Errorf("%q, want %q: %v\n%s", text, link, err, drawing)
		}
	}
}

// photo renders the characters as an image with eight pixels per module.
func photo(t *testing.T, drawing string) image.Image {
	t.Helper()
	const scale = 8
	lines := strings.Split(strings.TrimRight(drawing, "\n"), "\n")
	width := len([]rune(lines[0]))
	img := image.NewGray(image.Rect(0, 0, width*scale, 2*len(lines)*scale))
	for row, line := range lines {
		modules := []rune(line)
		if len(modules) != width {
			t.Fatalf("line %d has %d characters, want %d", row, len(modules), width)
		}
		for column, character := range modules {
			for half, white := range []string{"█▀", "█▄"} {
				if !strings.ContainsRune(white, character) {
					continue
				}
				for i := range scale * scale {
					img.SetGray(column*scale+i%scale, (2*row+half)*scale+i/scale, color.Gray{Y: 255})
				}
			}
		}
	}
	return img
}

// TestLink prints the addresses of sign-up pages after a serve, which answers at them, and refuses
// unknown organizations, locations and public URLs.
func TestLink(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	code, _, stderr := onramp(t, "", "link", "--data", data)
	if code != 1 || !strings.Contains(stderr, "give --public-url") {
		t.Errorf("without a serve: %d %s", code, stderr)
	}
	s := startServe(t, data)
	demo := s.demo()
	link := func(want int, args ...string) (out, stderr string) {
		t.Helper()
		code, out, stderr := onramp(t, "", append([]string{"link", "--data", data}, args...)...)
		if code != want {
			t.Errorf("link %v: %d, want %d: %s%s", args, code, want, out, stderr)
		}
		return out, stderr
	}
	out, _ := link(0)
	first, drawing, _ := strings.Cut(out, "\n")
	if want := "Sign-up page of Onramp Demo: " + demo.PortalURL; first != want {
		t.Errorf("the first line is %q, want %q", first, want)
	}
	if text, err := qr.Decode(photo(t, drawing)); err != nil || text != demo.PortalURL {
		t.Errorf("the QR code holds %q: %v", text, err)
	}
	out, _ = link(0, "--organization", demo.OrganizationID, "--location", demo.LocationID, "--public-url",
		"https://wifi.example.com/")
	want := "https://wifi.example.com/portal/" + demo.OrganizationID + "?location=" + demo.LocationID
	if !strings.Contains(out, ": "+want+"\n") {
		t.Errorf("with a location: %s", out)
	}
	picture, _ := link(0, "--svg")
	if err := xml.Unmarshal([]byte(picture), new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("the SVG: %v", err)
	}
	if text, err := qr.Decode(drawn(t, picture)); err != nil || text != demo.PortalURL {
		t.Errorf("the SVG holds %q: %v", text, err)
	}
	for _, tt := range []struct {
		says string
		code int
		args []string
	}{
		{`--organization: there is no organization "x"`, 1, []string{"--organization", "x"}},
		{`--location: Onramp Demo has no location "x"`, 1, []string{"--location", "x"}},
		{"--public-url must be", 2, []string{"--public-url", "wifi.example.com"}},
	} {
		if _, stderr := link(tt.code, tt.args...); !strings.Contains(stderr, tt.says) {
			t.Errorf("link %v says %s", tt.args, stderr)
		}
	}

	var tenant string
	code, tenant, stderr = onramp(t, "", "export", "--data", data)
	if code != 0 {
		t.Fatal(stderr)
	}
	tenant = strings.Replace(tenant, "    portal:\n", "    portal:\n      slug: demo-venue\n", 1)
	if code, _, stderr := onramp(t, tenant, "apply", "-", "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	out, _ = link(0)
	base := strings.TrimSuffix(demo.PortalURL, "/portal/"+demo.OrganizationID)
	if !strings.Contains(out, ": "+base+"/demo-venue\n") {
		t.Errorf("with a slug: %s", out)
	}
	s.must(http.StatusOK, "GET", "/demo-venue", "", "")
}

// drawn returns the picture of an SVG whose QR code is one path of rectangles.
func drawn(t *testing.T, svg string) image.Image {
	t.Helper()
	path := t.TempDir() + "/code.svg"
	if err := os.WriteFile(path, []byte(svg), 0o600); err != nil {
		t.Fatal(err)
	}
	shot := path + ".png"
	browser := process.Require(t, "chromium")
	out, err := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--disable-background-networking", "--user-data-dir="+t.TempDir(), "--window-size=600,600",
		"--screenshot="+shot, "file://"+path).CombinedOutput()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	file, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}
