package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestFoundH2Ignored: an unknown parameter is ignored, as the API documents, and the log line of
// the request holds its name.
func TestFoundH2Ignored(t *testing.T) {
	h := newHouse(t)
	h.post("/v3/customers", h.app, person("anna"), withGuid(guid("anna"))).want(http.StatusCreated)
	search := "/v2/customers/organizations/" + demoID
	all := h.get(search, h.manager).want(http.StatusOK).json["totalCount"]
	many := ""
	for _, letter := range "abcdefghijkl" {
		many += "&p" + string(letter) + "=1"
	}
	for _, c := range []struct {
		path string
		want []string
	}{
		{search + "?search=private-words", []string{"search"}},
		{search + "?size=10&query=private-words&filter=private-words", []string{"filter", "query"}},
		{search + "?q=private-words", nil},
		{search + "?size=10&hasEmail=true&customOptIn.x=true&sortBy=email&locationCids=" + demoLocation, nil},
		{search + "?private-words%40example.com=1", []string{"..."}},
		{search + "?x=1" + many, []string{"pa", "pb", "pc", "pd", "pe", "pf", "pg", "ph", "..."}},
		{search + "/exist?username=nobody-here&search=private-words", nil}, // not found: parameters are not logged
		{"/v1/organizations/" + demoID + "/events?search=private-words", []string{"search"}},
		{"/v3/organizations/" + demoID + "/policies?lang=en&search=private-words", []string{"search"}},
	} {
		a := h.get(c.path, h.manager)
		if strings.Contains(c.path, "?search") && strings.HasPrefix(c.path, search+"?") && a.json["totalCount"] != all {
			t.Errorf("%s found %v of %v", c.path, a.json["totalCount"], all)
		}
		lines := strings.Split(strings.TrimSpace(h.log.String()), "\n")
		var line struct {
			Level             string
			IgnoredParameters []string
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(line.IgnoredParameters, c.want) || line.Level != "INFO" {
			t.Errorf("%s: %d %s", c.path, a.status, lines[len(lines)-1])
		}
	}
	if strings.Contains(h.log.String(), "private-words") {
		t.Errorf("the log holds a value:\n%s", h.log)
	}
}
