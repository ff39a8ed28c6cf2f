package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
)

// refusalsPage is the data of refusals.html.
type refusalsPage struct {
	Periods []option
	Rows    []refusalRow
	Total   int64
	More    int // rows that are not shown
}

// refusalRow is one cause at one access point within the period.
type refusalRow struct {
	Text, Step      string // the cause, and what to do about it
	Place, Location string
	Count           int64
	Last            string
	Hours           chart
	People          []navLink // examples
	Unknown         bool      // the access point is not declared
}

const (
	shownRefusals = 100 // rows
	shownExamples = 3   // people of a row
	maxNames      = 60  // of all rows
	dayParameter  = "days"
)

// refusalDays are the periods that the page offers, in days, the default first.
var refusalDays = []int{1, 7, 30}

// showRefusals answers GET /console/{org}/refusals.
func (s *Console) showRefusals(c echo.Context, v *visit) error {
	page, days := &refusalsPage{}, refusalDays[0]
	if n, err := strconv.Atoi(c.QueryParam(dayParameter)); err == nil && slices.Contains(refusalDays, n) {
		days = n
	}
	from := v.now.AddDate(0, 0, -days)
	list, _, err := s.Connectivity.Refusals(c.Request().Context(), v.by, v.organization.ID, &from, &v.now)
	if err != nil {
		return err
	}
	for _, n := range refusalDays {
		number := strconv.Itoa(n)
		page.Periods = append(page.Periods, option{number, v.texts.must("refusals.days" + number), n == days})
	}
	groups := groupRefusals(list)
	names := 0
	for i, g := range groups {
		page.Total += g.count
		if i >= shownRefusals {
			page.More++
			continue
		}
		row, examples := v.refusal(&g, from, days), g.people[:min(len(g.people), shownExamples, maxNames-names)]
		names += len(examples)
		if row.People, err = s.linksTo(c, v, examples); err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return s.render(c, http.StatusOK, v, "refusals", "refusals", page)
}

// linksTo returns links to people by their IDs, without those deleted since.
func (s *Console) linksTo(c echo.Context, v *visit, ids []string) ([]navLink, error) {
	var links []navLink
	for _, id := range ids {
		contact, err := s.Contacts.Contact(c.Request().Context(), v.by, id)
		if onboarding.KindOf(err) == onboarding.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		links = append(links, navLink{Text: nameOf(contact.Customer), URL: v.person(id)})
	}
	return links, nil
}

// refusalGroup are the refusals of one cause at one access point.
type refusalGroup struct {
	cause                              connectivity.Cause
	hotspotID, locationID, accessPoint string
	count                              int64
	last                               time.Time
	hours                              map[time.Time]int64
	people                             []string
}

// groupRefusals adds up the hours of each cause and access point, the largest number first.
func groupRefusals(list []connectivity.Refusal) []refusalGroup {
	type key struct {
		cause                  connectivity.Cause
		hotspotID, accessPoint string
	}
	index := map[key]int{}
	var groups []refusalGroup
	for _, r := range list {
		k := key{r.Cause, r.HotspotID, r.AccessPoint}
		at, known := index[k]
		if !known {
			at = len(groups)
			index[k] = at
			groups = append(groups, refusalGroup{
				cause: r.Cause, hotspotID: r.HotspotID, locationID: r.LocationID, accessPoint: r.AccessPoint,
				hours: map[time.Time]int64{},
			})
		}
		g := &groups[at]
		g.count += r.Count
		g.hours[r.Hour] += r.Count
		if r.Last.After(g.last) {
			g.last = r.Last
		}
		for _, id := range r.CustomerIDs {
			if !slices.Contains(g.people, id) {
				g.people = append(g.people, id)
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b refusalGroup) int {
		return cmp.Or(cmp.Compare(b.count, a.count), b.last.Compare(a.last), cmp.Compare(a.accessPoint, b.accessPoint))
	})
	return groups
}

func (v *visit) refusal(g *refusalGroup, from time.Time, days int) refusalRow {
	row := refusalRow{
		Text: v.texts.must("cause." + string(g.cause)), Step: v.texts.must("step." + string(g.cause)), Count: g.count,
		Last: v.minute(g.last), Place: g.accessPoint, Unknown: g.hotspotID == "",
	}
	if l, h := v.organization.Hotspot(g.hotspotID); h != nil {
		row.Place, row.Location = cmp.Or(h.Name, h.ID), l.Name
	} else if l := v.organization.Location(g.locationID); l != nil {
		row.Location = l.Name
	}
	// One bar is an hour of a day, or a day of a longer period.
	bar, bars := time.Hour, 24
	if days > 1 {
		bar, bars = 24*time.Hour, days
	}
	values := make([]int64, bars)
	for hour, n := range g.hours {
		// The first hour may begin before the period.
		at := int(max(hour.Sub(from), 0) / bar)
		values[min(at, bars-1)] += n
	}
	row.Hours = newChart(values, v.texts.must("refusals.chart", "n", v.count(g.count)))
	return row
}
