package brand

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// MinContrast is the contrast that every text of a page keeps (WCAG 2.2, 1.4.3).
const MinContrast = 4.5

// Surface is a background of the pages in one colour scheme. A test compares the values with the
// pages' style sheet.
type Surface struct{ Paper, Card string }

// The backgrounds of the pages.
var (
	Light = Surface{Paper: "#f3f5f8", Card: "#ffffff"}
	Dark  = Surface{Paper: "#0e1116", Card: "#181d24"}
)

// Accent is an accent in one colour scheme: Color for links and buttons, Ink for text on Color, and
// Soft for backgrounds on which Color is text.
type Accent struct{ Color, Ink, Soft string }

// Accents are the variants of an accent.
type Accents struct{ Light, Dark Accent }

var accentForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// ValidAccent reports whether a text is an accent: # and six lower-case hex digits.
func ValidAccent(text string) bool { return accentForm.MatchString(text) }

// AccentsOf returns the variants of a valid accent. Each keeps MinContrast: the colour against
// paper, card and the soft background, and the ink against the colour. An accent that does so is
// used as it is in the light; for the dark, it is made at least as light as the pages' own.
func AccentsOf(accent string) Accents {
	given := parse(accent).perceived()
	return Accents{Light: variant(given, Light, -1, 0.12), Dark: variant(given.atLeast(darkLightness), Dark, 1, 0.2)}
}

// darkLightness is the least lightness of an accent on dark pages.
const darkLightness = 0.72

// variant returns the first of ever darker (step -1) or lighter (step 1) colours that keeps the
// contrast. share is the share of the colour in the soft background.
func variant(c perceived, s Surface, step, share float64) Accent {
	card, paper := parse(s.Card), parse(s.Paper)
	for ; ; c.l += step * 0.004 {
		color := c.color()
		soft := mix(color, card, share)
		enough := true
		for _, background := range []rgb{card, paper, soft} {
			enough = enough && Contrast(color.hex(), background.hex()) >= MinContrast
		}
		if !enough && c.l > 0 && c.l < 1 {
			continue
		}
		return Accent{Color: color.hex(), Ink: inkOn(color, c), Soft: soft.hex()}
	}
}

// inkOn returns white or a dark tone of the colour, whichever can be read on it.
func inkOn(background rgb, c perceived) string {
	if white := "#ffffff"; Contrast(white, background.hex()) >= MinContrast {
		return white
	}
	tinted := perceived{l: 0.22, a: c.a * 0.5, b: c.b * 0.5}.color().hex()
	if Contrast(tinted, background.hex()) >= MinContrast {
		return tinted
	}
	return "#000000"
}

// Contrast returns the contrast of two colours of the form #rrggbb (WCAG 2.2).
func Contrast(one, other string) float64 {
	lighter, darker := parse(one).luminance(), parse(other).luminance()
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

// rgb is a colour in sRGB, each member from 0 to 1.
type rgb [3]float64

func parse(hex string) rgb {
	var c rgb
	for i := range c {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			panic(err) // ValidAccent and constants
		}
		c[i] = float64(n) / 255
	}
	return c
}

func (c rgb) hex() string {
	byteOf := func(v float64) int { return int(math.Round(255 * math.Min(math.Max(v, 0), 1))) }
	return fmt.Sprintf("#%02x%02x%02x", byteOf(c[0]), byteOf(c[1]), byteOf(c[2]))
}

func mix(one, other rgb, share float64) rgb {
	for i := range one {
		one[i] = one[i]*share + other[i]*(1-share)
	}
	return one
}

func (c rgb) linear() rgb {
	for i, v := range c {
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return c
}

// luminance is the relative luminance (WCAG 2.2).
func (c rgb) luminance() float64 {
	l := c.linear()
	return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
}

// perceived is a colour in Oklab, in which a change of lightness keeps the hue.
type perceived struct{ l, a, b float64 }

func (c rgb) perceived() perceived {
	v := c.linear()
	l := math.Cbrt(0.4122214708*v[0] + 0.5363325363*v[1] + 0.0514459929*v[2])
	m := math.Cbrt(0.2119034982*v[0] + 0.6806995451*v[1] + 0.1073969566*v[2])
	s := math.Cbrt(0.0883024619*v[0] + 0.2817188376*v[1] + 0.6299787005*v[2])
	return perceived{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func (p perceived) atLeast(lightness float64) perceived {
	p.l = math.Max(p.l, lightness)
	return p
}

// color returns the colour in sRGB, of the same hue and lightness but paler where sRGB has none so
// vivid.
func (p perceived) color() rgb {
	for ; ; p.a, p.b = p.a*0.97, p.b*0.97 {
		c := p.unbounded()
		inside := true
		for _, v := range c {
			inside = inside && v >= -0.0005 && v <= 1.0005
		}
		if inside || math.Hypot(p.a, p.b) < 0.0005 {
			for i, v := range c {
				c[i] = math.Min(math.Max(v, 0), 1)
			}
			return c
		}
	}
}

func (p perceived) unbounded() rgb {
	cube := func(v float64) float64 { return v * v * v }
	l := cube(p.l + 0.3963377774*p.a + 0.2158037573*p.b)
	m := cube(p.l - 0.1055613458*p.a - 0.0638541728*p.b)
	s := cube(p.l - 0.0894841775*p.a - 1.2914855480*p.b)
	c := rgb{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	}
	for i, v := range c {
		if v <= 0.0031308 {
			c[i] = 12.92 * v
		} else {
			c[i] = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
	}
	return c
}

// StyleSheet returns the style sheet that gives the pages an accent. Elements of the class phone
// have the accent of light pages always.
func (a Accents) StyleSheet() string {
	rule := func(of string, v Accent) string {
		return fmt.Sprintf("%s{--accent:%s;--accent-ink:%s;--accent-soft:%s}", of, v.Color, v.Ink, v.Soft)
	}
	return rule(":root,.phone", a.Light) + "\n@media (prefers-color-scheme:dark){" + rule(":root", a.Dark) + "}\n"
}
