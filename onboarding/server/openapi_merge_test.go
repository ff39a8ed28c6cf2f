package server

import "testing"

func TestMergeYAML(t *testing.T) {
	merge := func(parts ...string) (string, error) {
		var all [][]byte
		for _, p := range parts {
			all = append(all, []byte(p))
		}
		root, err := mergeYAML(all)
		if err != nil {
			return "", err
		}
		out, err := writeYAML(root)
		return string(out), err
	}
	got, err := merge("# why\nb: {x: 1} # here\nc: [1]\n", "b: {y: \"200\"}\na: 2\n")
	if want := "b: {x: 1, y: \"200\"}\nc: [1]\na: 2\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	for name, parts := range map[string][]string{
		"the same member twice": {"a: {b: 1}", "a: {b: 2}"},
		"a list twice":          {"a: [1]", "a: [2]"},
		"a mapping and a text":  {"a: {b: 1}", "a: b"},
		"nothing":               {"a: 1", ""},
		"no YAML":               {"a: [", "b: 1"},
		"not a mapping":         {"- a"},
	} {
		if got, err := merge(parts...); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, bad := range []string{
		"paths: {/a: {get: {description: A.}}}", "paths: {/a: {get: {x-onramp-who: anybody}}}",
		"paths: {/a: {get: {description: A., x-onramp-who: everybody}}}", "tags: []",
	} {
		root, err := mergeYAML([][]byte{[]byte(bad)})
		if err != nil {
			t.Fatal(err)
		}
		if err := describeAccess(root); err == nil {
			t.Errorf("%s: taken", bad)
		}
		if err := nameServer(root, "https://wifi.example.com"); err == nil {
			t.Errorf("%s: no server, and none missed", bad)
		}
	}
}
