package journey

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"onramp/onboarding/devicesim/judge"
)

// maxShare is the largest share of a platform in a mix.
const maxShare = 1000

// ParseMix returns the platforms of a mix such as "ios=60,android=40" in the order in which
// [Crowd] uses them: each as often as its share, spread evenly. The error is judge.ErrPlatform if
// journeys do not support a platform.
func ParseMix(text string) ([]string, error) {
	var names []string
	shares := map[string]int{}
	sum, divisor := 0, 0
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(part, "=")
		if _, ok := profileTypes[name]; !ok {
			return nil, fmt.Errorf("%w %q: journeys support %s and %s only", judge.ErrPlatform, name, judge.IOS,
				judge.Android)
		}
		share, err := strconv.Atoi(number)
		if err != nil || share < 0 || share > maxShare {
			return nil, fmt.Errorf("%q: the share of a platform is a whole number up to %d", part, maxShare)
		}
		if _, twice := shares[name]; twice {
			return nil, fmt.Errorf("%q: the platform is given twice", part)
		}
		names, shares[name] = append(names, name), share
		sum, divisor = sum+share, greatestCommonDivisor(share, divisor)
	}
	if sum == 0 {
		return nil, fmt.Errorf("%q: every share is 0", text)
	}
	// Each turn goes to the platform that is furthest behind its share.
	turns := make([]string, 0, sum/divisor)
	behind := map[string]int{}
	for range sum / divisor {
		next := names[0]
		for _, name := range names {
			if behind[name] += shares[name]; behind[name] > behind[next] {
				next = name
			}
		}
		behind[next] -= sum
		turns = append(turns, next)
	}
	return turns, nil
}

func greatestCommonDivisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// mixText returns shares in percent as text.
func mixText(mix map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(mix)) {
		parts = append(parts, fmt.Sprintf("%s %.3g %%", name, mix[name]))
	}
	return strings.Join(parts, ", ")
}
