package web

import (
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	if got := Truncate(strings.Repeat("é", 10), 5); got != "éé" {
		t.Errorf("%q", got)
	}
	if got := Truncate("a\xffb", 10); got != "a\uFFFDb" {
		t.Errorf("%q", got)
	}
}
