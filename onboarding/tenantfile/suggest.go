package tenantfile

import (
	"strings"
)

// nearest returns the known word closest to key, or "" if none is close. It ignores case and
// accepts a third of the letters as wrong.
func nearest(key string, known []string) string {
	if len(key) > 64 {
		return ""
	}
	best, distance := "", len(key)/3+1
	if len(key) < 3 {
		distance = 1
	}
	for _, k := range known {
		if d := edits(strings.ToLower(key), strings.ToLower(k)); d < distance || d == distance && best == "" &&
			d <= len(k)/3 {
			best, distance = k, d
		}
	}
	return best
}

// edits counts the insertions, deletions, replacements and swaps of neighbours that turn a into b
// (optimal string alignment).
func edits(a, b string) int {
	older, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, last = last, row
	}
	return last[len(b)]
}
