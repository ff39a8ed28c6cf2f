package brand

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
)

// elements are the allowed elements below svg. There is none that runs, animates, embeds, links,
// repeats another element or applies a filter.
var elements = set("g defs path rect circle ellipse line polyline polygon text tspan linearGradient radialGradient " +
	"stop clipPath mask")

// leftOut are the elements without an effect on the drawing.
var leftOut = set("title desc metadata")

// remedies are the ways to do without an element.
var remedies = map[string]string{
	"style":         "export with presentation attributes instead of a style sheet",
	"use":           "convert copies and symbols to paths",
	"symbol":        "convert symbols to paths",
	"image":         "draw the picture as paths; SVG files with embedded pictures are not accepted",
	"filter":        "export without effects such as shadows",
	"pattern":       "convert the pattern to paths",
	"foreignObject": "convert text to paths",
	"a":             "remove the link",
	"svg":           "flatten the nested drawing",
}

func isText(element string) bool { return element == "text" || element == "tspan" }

// A pattern describes the accepted values of an attribute.
type pattern = *regexp.Regexp

const number = `[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?`

var (
	numbers   = regexp.MustCompile(`^[\d\s,.eE+-]*$`)
	length    = regexp.MustCompile(`^\s*` + number + `(px|pt|mm|cm|in|em|%)?\s*$`)
	lengths   = regexp.MustCompile(`^(\s*` + number + `(px|pt|em|%)?[\s,]*)+$`)
	pathData  = regexp.MustCompile(`^[MmZzLlHhVvCcSsQqTtAa\d\s,.eE+-]*$`)
	transform = regexp.MustCompile(
		`^\s*((matrix|translate|scale|rotate|skewX|skewY)\s*\([\d\s,.eE+-]+\)[\s,]*)*$`)
	color     = `[a-zA-Z]{3,24}|#[0-9a-fA-F]{3,8}|(rgb|rgba|hsl|hsla)\([\d\s,.%/deg-]{1,60}\)`
	internal  = `url\(\s*["']?#[A-Za-z0-9_.:-]{1,64}["']?\s*\)`
	paint     = regexp.MustCompile(`^\s*(` + color + `|` + internal + `(\s+(` + color + `))?)\s*$`)
	reference = regexp.MustCompile(`^\s*(none|` + internal + `)\s*$`)
	word      = regexp.MustCompile(`^\s*[a-zA-Z-]{1,32}\s*$`)
	words     = regexp.MustCompile(`^[a-zA-Z0-9\s,'"-]{1,200}$`)
	identity  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$`)
	fragment  = regexp.MustCompile(`^#[A-Za-z_][A-Za-z0-9_.:-]{0,63}$`)
	target    = regexp.MustCompile(`url\(\s*["']?#([A-Za-z0-9_.:-]+)`)
)

// properties are the presentation attributes, which a style attribute may hold as well.
var properties = map[string]pattern{
	"fill": paint, "stroke": paint, "color": paint, "stop-color": paint,
	"fill-opacity": length, "stroke-opacity": length, "stop-opacity": length, "opacity": length,
	"stroke-width": length, "stroke-miterlimit": length,
	"stroke-linecap": word, "stroke-linejoin": word, "fill-rule": word, "clip-rule": word, "display": word,
	"visibility": word, "overflow": word, "paint-order": words, "vector-effect": word,
	"shape-rendering": word, "text-rendering": word, "color-interpolation": word,
	"clip-path": reference, "mask": reference,
	"font-family": words, "font-size": length, "font-weight": words, "font-style": word, "text-anchor": word,
	"letter-spacing": words, "word-spacing": words, "dominant-baseline": word,
}

// attributes are the other allowed attributes.
var attributes = map[string]pattern{
	"id": identity, "d": pathData, "points": numbers, "transform": transform, "viewBox": numbers,
	"x": lengths, "y": lengths, "x1": length, "y1": length, "x2": length, "y2": length, "dx": lengths, "dy": lengths,
	"cx": length, "cy": length, "r": length, "rx": length, "ry": length, "fx": length, "fy": length, "fr": length,
	"width": length, "height": length, "pathLength": length, "offset": length, "rotate": numbers,
	"gradientUnits": word, "gradientTransform": transform, "spreadMethod": word, "clipPathUnits": word,
	"maskUnits": word, "maskContentUnits": word, "preserveAspectRatio": words,
}

// withoutEffect are attributes that are left out.
var withoutEffect = set("class version baseProfile role focusable tabindex lang enable-background contentScriptType " +
	"contentStyleType zoomAndPan text-decoration isolation mask-type")

type attribute struct{ name, value string }

// attributes returns the allowed attributes of an element, with a style attribute resolved.
func (r *logoReader) attributes(element string, given []xml.Attr) ([]attribute, error) {
	var kept []attribute
	seen := map[xml.Name]bool{}
	style := ""
	for _, a := range given {
		name := a.Name.Local
		if seen[a.Name] {
			return nil, r.refuse("", "gives the attribute %s twice", shown(name))
		}
		seen[a.Name] = true
		isLink := name == "href" && (a.Name.Space == "" || a.Name.Space == "http://www.w3.org/1999/xlink")
		switch {
		case strings.HasPrefix(strings.ToLower(name), "on"):
			return nil, r.refuse("remove it", "contains the event attribute %s on the element %s", shown(name), element)
		case isLink && strings.HasSuffix(element, "Gradient") && fragment.MatchString(a.Value):
			r.refer(a.Value[1:])
			kept = append(kept, attribute{"href", a.Value})
		case isLink:
			return nil, r.refuse("remove it", "contains the reference %s=%q on the element %s", name, shown(a.Value),
				element)
		case a.Name.Space == "xmlns", name == "xmlns" && a.Name.Space == "", editorSpaces[a.Name.Space],
			a.Name.Space == "http://www.w3.org/1999/xlink":
		case a.Name.Space != "" && a.Name.Space != svgSpace:
			return nil, r.refuse("export the logo as plain SVG", "contains the attribute %s of the namespace %q",
				shown(name), shown(a.Name.Space))
		case withoutEffect[name], strings.HasPrefix(name, "data-"), strings.HasPrefix(name, "aria-"):
		case name == "style":
			style = a.Value
		default:
			if err := r.attribute(element, name, a.Value, &kept); err != nil {
				return nil, err
			}
		}
	}
	return kept, r.style(element, style, &kept)
}

// attribute checks an attribute and sets it.
func (r *logoReader) attribute(element, name, value string, kept *[]attribute) error {
	allowed := attributes[name]
	if allowed == nil {
		allowed = properties[name]
	}
	switch {
	case allowed == nil:
		return r.refuse("remove it", "contains the attribute %s on the element %s", shown(name), element)
	case !allowed.MatchString(value):
		return r.refuse("", "contains %s=%q on the element %s", name, shown(value), element)
	case name == "id":
		r.ids[value] = true
	case (name == "clip-path" || name == "mask") && r.inside("clipPath", "mask", element):
		return r.refuse("flatten the drawing", "contains %s within a clipPath or mask", name)
	case allowed == paint || allowed == reference:
		if found := target.FindStringSubmatch(value); found != nil {
			r.refer(found[1])
		}
	}
	for i := range *kept {
		if (*kept)[i].name == name { // the style attribute takes precedence
			(*kept)[i].value = value
			return nil
		}
	}
	*kept = append(*kept, attribute{name, value})
	return nil
}

// inside reports whether an element is one of two names or has such an ancestor.
func (r *logoReader) inside(one, other, element string) bool {
	for _, name := range append(r.open[:len(r.open):len(r.open)], element) {
		if name == one || name == other {
			return true
		}
	}
	return false
}

// refer records that the drawing uses one of its elements.
func (r *logoReader) refer(id string) {
	r.used[id], _ = r.decoder.InputPos()
}

// harmless matches the values of properties that are left out: no function, no escape.
var harmless = regexp.MustCompile(`^[a-zA-Z0-9\s.,%#'"+-]*$`)

// style turns the declarations of a style attribute into presentation attributes. Other properties
// are left out.
func (r *logoReader) style(element, style string, kept *[]attribute) error {
	for declaration := range strings.SplitSeq(style, ";") {
		name, value, found := strings.Cut(declaration, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case strings.TrimSpace(declaration) == "":
		case !found || !word.MatchString(name):
			return r.refuse("", "contains the style %q on the element %s", shown(declaration), element)
		case properties[name] != nil:
			if err := r.attribute(element, name, value, kept); err != nil {
				return err
			}
		case !harmless.MatchString(value):
			return r.refuse("remove it", "contains the style %s: %s on the element %s", name, shown(value), element)
		}
	}
	return nil
}

// sized returns the attributes of the svg element: with a view box, which a missing one takes from
// width and height, and without a size, which the page gives.
func (r *logoReader) sized(given []attribute) ([]attribute, error) {
	sized := []attribute{{"xmlns", svgSpace}}
	size := map[string]string{}
	for _, a := range given {
		switch a.name {
		case "width", "height", "x", "y":
			size[a.name] = strings.TrimSuffix(strings.TrimSpace(a.value), "px")
		case "viewBox":
			size["box"] = a.value
		default:
			sized = append(sized, a)
		}
	}
	box := strings.Fields(strings.ReplaceAll(size["box"], ",", " "))
	if len(box) == 0 {
		box = []string{"0", "0", size["width"], size["height"]}
	}
	var sides [4]float64
	if len(box) == 4 {
		for i := range box {
			side, err := strconv.ParseFloat(box[i], 64)
			if err != nil {
				return nil, r.refuse("give the svg element a viewBox",
					"has no viewBox, and no width and height in pixels")
			}
			sides[i] = side
		}
	}
	ratio := sides[2] / sides[3]
	switch {
	case len(box) != 4 || !(sides[2] > 0 && sides[3] > 0):
		return nil, r.refuse("", "has the viewBox %q, not four numbers with a width and a height", shown(size["box"]))
	case ratio > 12 || ratio < 1/3.0:
		return nil, r.refuse("crop the drawing", "is %s wide and %s high; a logo is at most 12 times as wide as high, "+
			"and 3 times as high as wide", box[2], box[3])
	}
	return append(sized, attribute{"viewBox", strings.Join(box, " ")}), nil
}

func set(names string) map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		all[name] = true
	}
	return all
}
