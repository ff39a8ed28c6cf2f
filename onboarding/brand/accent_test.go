package brand

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestAccents checks every accent of a grid: its variants keep the contrast against each background
// on which the pages show them.
func TestAccents(t *testing.T) {
	for _, r := range []int{0, 32, 64, 96, 128, 160, 192, 224, 255} {
		for _, g := range []int{0, 32, 64, 96, 128, 160, 192, 224, 255} {
			for _, b := range []int{0, 32, 64, 96, 128, 160, 192, 224, 255} {
				accent := fmt.Sprintf("#%02x%02x%02x", r, g, b)
				all := AccentsOf(accent)
				for _, v := range []struct {
					scheme string
					Accent
					Surface
				}{{"light", all.Light, Light}, {"dark", all.Dark, Dark}} {
					for on, background := range map[string]string{"paper": v.Paper, "card": v.Card, "soft": v.Soft} {
						if c := Contrast(v.Color, background); c < MinContrast {
							t.Errorf("%s %s: %s on %s %s has %.2f:1", accent, v.scheme, v.Color, on, background, c)
						}
					}
					if c := Contrast(v.Ink, v.Color); c < MinContrast {
						t.Errorf("%s %s: ink %s on %s has %.2f:1", accent, v.scheme, v.Ink, v.Color, c)
					}
				}
			}
		}
	}
}

func TestAccentKept(t *testing.T) {
	for _, accent := range []string{"#7a1f2b", "#0a56c2", "#000000", "#14693a"} {
		if got := AccentsOf(accent).Light.Color; got != accent {
			t.Errorf("%s has enough contrast in the light, but became %s", accent, got)
		}
	}
	if got := AccentsOf("#ffd400"); Contrast(got.Light.Color, "#ffffff") > 6 || got.Dark.Color != "#ffd400" {
		t.Errorf("yellow became %+v: more changed than needed", got)
	}
	for text, want := range map[string]float64{"#777777": 4.48, "#000000": 21, "#ffffff": 1} {
		if got := Contrast(text, "#ffffff"); got < want-0.01 || got > want+0.01 {
			t.Errorf("contrast of %s on white is %.2f, not %.2f", text, got, want)
		}
	}
}

// TestSurfaces checks that the backgrounds are those of the pages.
func TestSurfaces(t *testing.T) {
	css, err := os.ReadFile("../../templates/pages/onramp.css")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"paper": {Light.Paper, Dark.Paper}, "card": {Light.Card, Dark.Card},
	} {
		var got []string
		for _, m := range regexp.MustCompile(`--`+name+`: (#\w{6});`).FindAllStringSubmatch(string(css), -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("--%s is %v in the style sheet, %v here", name, got, want)
		}
	}
}
