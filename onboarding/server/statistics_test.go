package server

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// statisticsRows reads the statistics of the demo organization by key, with the total under "".
func (h *house) statisticsRows(query string) map[string]map[string]any {
	h.Helper()
	v := h.get("/v2/organizations/"+demoID+"/statistics"+query, h.manager).want(http.StatusOK).json
	rows := map[string]map[string]any{"": v["total"].(map[string]any)}
	for _, one := range v["rows"].([]any) {
		row := one.(map[string]any)
		key := row["key"].(string)
		delete(row, "key")
		rows[key] = row
	}
	return rows
}

// counted returns a row on the wire: the given counts, all others 0.
func counted(counts map[string]any, opened, forms, files, connected int) map[string]any {
	row := map[string]any{"funnel": map[string]any{"opened": float64(opened), "forms": float64(forms),
		"files": float64(files), "connected": float64(connected)}}
	for _, name := range []string{"signups", "downloads", "installations", "firstConnections", "connections", "people",
		"traffic", "dwell", "refusals"} {
		row[name] = 0.0
	}
	maps.Copy(row, counts)
	return row
}

// addUp checks that the rows of every grouping add up to the total, except for people.
func (h *house) addUp(query string) {
	h.Helper()
	var first map[string]any
	for _, by := range []string{"day", "hour", "location", "platform"} {
		rows := h.statisticsRows("?by=" + by + query)
		total, sum := rows[""], counted(nil, 0, 0, 0, 0)
		delete(rows, "")
		var add func(into, from map[string]any)
		add = func(into, from map[string]any) {
			for name, n := range from {
				if inner, ok := n.(map[string]any); ok {
					add(into[name].(map[string]any), inner)
				} else {
					into[name] = into[name].(float64) + n.(float64)
				}
			}
		}
		for _, row := range rows {
			add(sum, row)
		}
		sum["people"] = total["people"]
		if diff := cmp.Diff(total, sum); diff != "" {
			h.Errorf("by %s: the rows do not add up: (-total +sum)\n%s", by, diff)
		}
		if first == nil {
			first = total
		}
		if diff := cmp.Diff(first, total); diff != "" {
			h.Errorf("by %s: another total: (-day +this)\n%s", by, diff)
		}
	}
}

// settleStatistics runs the background task once, as a stopping server does.
func (h *house) settleStatistics() {
	h.Helper()
	ctx, stop := context.WithCancel(h.Context())
	stop()
	h.service.Statistics.Run(ctx)
}

// TestStatistics follows two visitors from the sign-up page to their connections, and reads the
// statistics by each value.
func TestStatistics(t *testing.T) {
	h := newRadiusHouse(t)
	v := &venue{house: h.house, store: h.db}
	h.clock.at.Store(time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC).UnixMicro()) // already the 2nd in Rome
	h.manager, h.app = h.token(demoID, auth.OrganizationManager), h.token(demoID, auth.PublicApp)
	action, form := v.form("/portal/" + demoID)
	v.browse(http.MethodHead, "/portal/"+demoID, nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/portal/"+demoID, nil, header("Sec-Purpose", "prefetch")).want(http.StatusOK)
	v.browse(http.MethodGet, "/portal/"+demoID, nil, agent("Slackbot-LinkExpanding 1.0")).want(http.StatusOK)
	v.browse(http.MethodGet, "/portal/"+demoID, nil, agent(pixelAgent)).want(http.StatusOK)
	install := v.signUp(action, form)
	token, id := tokenIn(install.url.Path), install.customer()
	for range 2 { // taken twice, one person
		v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	}
	v.post("/activate/"+token+"/installed", "",
		map[string]any{"platform": "ios", "type": "passpoint", "installed": "2022-07-08T08:08:44Z"}).
		want(http.StatusCreated)
	other := h.post("/v3/customers", h.app, with(person("anna"), map[string]any{
		"username": "anna", "password": "anna-password",
	})).want(http.StatusCreated).text("id")
	connect(h, id) // twice: now, and an hour later, which is 600 s and 3 octets each
	h.clock.advance(-30 * time.Hour)
	h.knock("anna", "02-00-00-00-AA-01", false)
	h.knock("anna", "02-00-00-00-AA-01", true)
	h.manager = h.token(demoID, auth.OrganizationManager)
	h.settleStatistics()

	const period = "&from=2026-03-01&to=2026-03-05"
	ios := map[string]any{"signups": 1.0, "downloads": 2.0, "installations": 1.0, "firstConnections": 1.0,
		"connections": 2.0, "people": 1.0, "traffic": 6.0, "dwell": 1200.0}
	unknown := map[string]any{"signups": 1.0, "firstConnections": 1.0, "refusals": 1.0}
	all := map[string]any{"signups": 2.0, "downloads": 2.0, "installations": 1.0, "firstConnections": 2.0,
		"connections": 2.0, "people": 1.0, "traffic": 6.0, "dwell": 1200.0, "refusals": 1.0}
	total := counted(all, 2, 1, 1, 1)
	for by, want := range map[string]map[string]map[string]any{
		"day":      {"2026-03-02": total},
		"location": {demoLocation: total},
		"platform": {"ios": counted(ios, 1, 1, 1, 1), "android": counted(nil, 1, 0, 0, 0),
			"unknown": counted(unknown, 0, 0, 0, 0)},
		"hour": {
			"2026-03-01T23:00:00Z": counted(map[string]any{"signups": 2.0, "downloads": 2.0, "installations": 1.0,
				"firstConnections": 1.0, "connections": 1.0, "people": 1.0, "traffic": 3.0, "dwell": 600.0},
				2, 1, 1, 1),
			"2026-03-02T00:00:00Z": counted(map[string]any{"firstConnections": 1.0, "connections": 1.0, "people": 1.0,
				"traffic": 3.0, "dwell": 600.0, "refusals": 1.0}, 0, 0, 0, 0),
		},
	} {
		want[""] = total
		if diff := cmp.Diff(want, h.statisticsRows("?by="+by+period)); diff != "" {
			t.Errorf("by %s: (-want +got)\n%s", by, diff)
		}
	}
	h.addUp(period)

	from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	steps, err := h.service.Statistics.Funnel(t.Context(), h.caller(h.manager), demoID, &from, &to)
	if err != nil {
		t.Fatal(err)
	}
	var funnel []string
	for _, s := range steps {
		funnel = append(funnel, fmt.Sprint(s.Platform, s.Opened, s.Forms, s.Files, s.Joined))
	}
	if diff := cmp.Diff([]string{"ios1 1 1 1", "android1 0 0 0", "windows0 0 0 0", "macos0 0 0 0", "other0 0 0 0"},
		funnel); diff != "" {
		t.Errorf("the funnel: (-want +got)\n%s", diff)
	}

	// Who is deleted leaves the counts of events, and one person for each day.
	for _, id := range []string{id, other} {
		h.call(http.MethodDelete, "/v1/customers/"+id, h.manager, nil).want(http.StatusOK)
	}
	h.settleStatistics()
	if diff := cmp.Diff(map[string]map[string]any{"": total, "2026-03-02": total},
		h.statisticsRows("?by=day"+period)); diff != "" {
		t.Errorf("after the deletion: (-want +got)\n%s", diff)
	}
	h.addUp(period)
}

// TestStatisticsQuery checks the answers to wrong periods and foreign callers.
func TestStatisticsQuery(t *testing.T) {
	h := newHouse(t)
	path := "/v2/organizations/" + demoID + "/statistics"
	v := h.get(path, h.manager).want(http.StatusOK).json
	end := h.clock.now().Truncate(onboarding.StatisticsSlot)
	if len(v["rows"].([]any)) != 0 || v["to"] != end.Add(onboarding.StatisticsSlot).Format(time.RFC3339) ||
		v["from"] != end.AddDate(0, 0, -30).Format(time.RFC3339) {
		t.Errorf("by default: %v", v)
	}
	for query, field := range map[string]string{
		"?by=week": "by", "?by=": "by", "?by=DAY": "by", "?from=yesterday": "from", "?to=2026-13-01": "to",
		"?from=2021-01-01&to=2020-01-01": "to", "?from=2020-01-01&to=2021-06-01": "from",
		"?from=2020-01-01&to=2020-12-31": "", "?to=2020-01-02": "",
	} {
		if a := h.get(path+query, h.manager); field == "" {
			a.want(http.StatusOK)
		} else {
			a.blames(http.StatusConflict, field)
		}
	}
	h.get(path, h.rival).want(http.StatusNotFound)
	h.get(path, h.app).want(http.StatusForbidden)
	h.get(path, "").want(http.StatusUnauthorized)
}

// TestLocationManagerStatistics: a locationManager sees the counts of the location, support all.
func TestLocationManagerStatistics(t *testing.T) {
	h := newOffice(t)
	for _, location := range []string{annexID, annexID, demoLocation} {
		h.enrol(map[string]any{"firstName": "Anna", "locationId": location})
	}
	path := "/v2/organizations/" + demoID + "/statistics?by=location"
	for _, c := range []struct {
		token string
		want  []string
		total float64
	}{
		{h.local(annexID), []string{annexID}, 2},
		{h.local(demoLocation), []string{demoLocation}, 1},
		{h.token(demoID, auth.Support), []string{demoLocation, annexID}, 3},
		{h.manager, []string{demoLocation, annexID}, 3},
	} {
		a := h.get(path, c.token).want(http.StatusOK)
		total := a.json["total"].(map[string]any)["signups"]
		got := ids(a, "rows", "key")
		slices.Sort(got)
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, got); diff != "" || total != c.total {
			t.Errorf("%v sign-ups, want %v: (-want +got)\n%s", total, c.total, diff)
		}
	}
}
