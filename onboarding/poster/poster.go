// Package poster writes a printable A4 page that invites visitors to the sign-up page of an
// organization: the QR code and the address, and the steps in up to three languages.
package poster

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	qr "github.com/piglig/go-qr"

	"onramp/onboarding"
	"onramp/onboarding/brand"
	"onramp/templates"
)

// MaxLanguages is the number of languages that a poster has room for.
const MaxLanguages = 3

// Sheet describes a poster.
type Sheet struct {
	Organization *onboarding.Organization
	// Location is the place whose name is shown below the organization's; may be nil.
	Location *onboarding.Location
	// Link is the address in the QR code, and Typed the address for visitors without a camera,
	// which may be shorter.
	Link, Typed string
	// Languages are one to MaxLanguages codes of templates.PosterLanguages; the first one is the
	// large one.
	Languages []string
}

// page is the data of poster.html.
type page struct {
	Main     words
	Others   []words
	Place    string
	LongName bool
	Logo     template.URL // may be empty
	Accent   template.CSS
	Help     []string
	Link     string
	Typed    string
	// TypedSize is the font size in millimetres at which the typed address has the width of the
	// page, within limits.
	TypedSize string
	// View is the view box of the QR code, Frame its light area, Modules its dark one.
	View, Frame, Modules string
}

// defaultAccent is the accent of the pages without one of their own.
const defaultAccent = "#0a56c2"

// longName is the number of characters from which a name is set in smaller type.
const longName = 48

var sheet = template.Must(template.New("poster.html").
	Funcs(template.FuncMap{"inc": func(i int) int { return i + 1 }}).
	ParseFS(templates.Poster, "poster/poster.html"))

// Write writes the poster as one HTML file that refers to no other.
func Write(w io.Writer, s Sheet) error {
	if n := len(s.Languages); n == 0 || n > MaxLanguages {
		return fmt.Errorf("a poster has 1 to %d languages, not %d", MaxLanguages, n)
	}
	o := s.Organization
	p := &page{Link: s.Link, Typed: s.Typed, TypedSize: typedSize(s.Typed), Accent: accent(o), Help: help(o)}
	for i, language := range s.Languages {
		of, err := wordsOf(language, o)
		if err != nil {
			return err
		}
		if i == 0 {
			p.Main = of
		} else {
			p.Others = append(p.Others, of)
		}
	}
	if s.Location != nil && s.Location.Name != p.Main.Venue {
		p.Place = s.Location.Name
	}
	p.LongName = utf8.RuneCountInString(p.Main.Venue) > longName
	if logo := o.Portal.Brand.Logo; logo != "" {
		p.Logo = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(logo)))
	}
	if err := p.draw(s.Link); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := sheet.Execute(&out, p); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// accent returns the organization's accent in the form that is readable on white paper.
func accent(o *onboarding.Organization) template.CSS {
	given := o.Portal.Brand.Accent
	if !brand.ValidAccent(given) {
		given = defaultAccent
	}
	return template.CSS(brand.AccentsOf(given).Light.Color)
}

// help returns the organization's contacts for help.
func help(o *onboarding.Organization) []string {
	h := o.Help()
	if h == nil {
		return nil
	}
	var ways []string
	for _, way := range []string{h.Phone, h.Email} {
		if way != "" {
			ways = append(ways, way)
		}
	}
	if u, err := url.Parse(h.URL); err == nil && u.Host != "" {
		ways = append(ways, u.Host+strings.TrimSuffix(u.EscapedPath(), "/"))
	}
	return ways
}

// The page's width between its margins, the width of a monospaced character in its font size, and
// the limits of the font size, in millimetres.
const (
	innerWidth     = 174.0
	characterWidth = 0.6
	smallestTyped  = 4.6
	largestTyped   = 12.5
)

func typedSize(address string) string {
	size := innerWidth / (characterWidth * float64(max(1, utf8.RuneCountInString(address))))
	return fmt.Sprintf("%.2f", min(max(size, smallestTyped), largestTyped))
}

// QuietZone is the width of the light margin around a QR code, in modules (ISO/IEC 18004).
const QuietZone = 4

// draw sets the QR code of a link. A run of dark modules in a row is one rectangle.
func (p *page) draw(link string) error {
	code, err := qr.EncodeText(link, qr.Medium)
	if err != nil {
		return err
	}
	size := code.Size()
	var modules strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			run := x
			for run < size && code.Module(run, y) {
				run++
			}
			if run > x {
				fmt.Fprintf(&modules, "M%d %dh%dv1h-%dz", x, y, run-x, run-x)
				x = run
			}
		}
	}
	whole := size + 2*QuietZone
	p.View = fmt.Sprintf("%d %d %d %d", -QuietZone, -QuietZone, whole, whole)
	p.Frame = fmt.Sprintf("M%d %dh%dv%dh-%dz", -QuietZone, -QuietZone, whole, whole, whole)
	p.Modules = modules.String()
	return nil
}

// networkName returns the name of the network as visitors see it.
func networkName(o *onboarding.Organization) string {
	switch w := o.WiFi; {
	case w.Passpoint != nil && w.Passpoint.FriendlyName != "":
		return w.Passpoint.FriendlyName
	case w.WPA2 != nil:
		return w.WPA2.SSID
	}
	return o.Name
}

// venueName returns the name of the organization in a language.
func venueName(o *onboarding.Organization, language string) string {
	return cmp.Or(o.Names[language], o.Name)
}
