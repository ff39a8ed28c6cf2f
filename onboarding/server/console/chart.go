package console

import (
	"bytes"
	"fmt"
	"html/template"
	"strconv"
)

// chart is a row of bars as inline SVG, with a text for those who do not see it.
type chart struct{ SVG template.HTML }

// The geometry of a chart in pixels.
const (
	barWidth    = 5
	barGap      = 1
	chartHeight = 28
)

// newChart draws the values. Each value above 0 has a bar of at least one pixel.
func newChart(values []int64, alternative string) chart {
	var most int64 = 1
	for _, n := range values {
		most = max(most, n)
	}
	width := len(values) * (barWidth + barGap)
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg class="chart" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`,
		width, chartHeight, width, chartHeight, template.HTMLEscapeString(alternative))
	for i, n := range values {
		height := int((n*chartHeight + most - 1) / most) // rounded up
		if n > 0 {
			fmt.Fprintf(&out, `<rect x="%d" y="%d" width="%d" height="%d"/>`, i*(barWidth+barGap), chartHeight-height,
				barWidth, height)
		}
	}
	fmt.Fprintf(&out, `<path d="M0 %dh%d"/></svg>`, chartHeight, width)
	return chart{template.HTML(out.String())}
}

// count returns a number with the separator of thousands of the language.
func (v *visit) count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	separator := v.texts.must("layout.thousands")
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + separator + digits[at:]
	}
	return digits
}
