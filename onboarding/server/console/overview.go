package console

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/statistics"
)

// overviewPage is the data of overview.html.
type overviewPage struct {
	Tiles    []tile
	Setup    []setupStep // empty once all are done
	Funnel   []funnelStep
	Systems  []funnelRow
	Days     chart
	From, To string // of the days
	Causes   []refusalRow
	Refusals string // address of all
	Health   healthPage
}

// tile is a number of today.
type tile struct{ Number, Text string }

// funnelStep is a step of the visitors from the page to the connection.
type funnelStep struct {
	Text, Number string
	Bar          template.HTML
}

// funnelRow holds the steps of one system.
type funnelRow struct {
	System  string
	Numbers []string
}

// setupStep is a step of setting up a venue.
type setupStep struct {
	Text, URL string // URL may be empty
	Done      bool
}

// healthLine is a finding about the settings or of a check.
type healthLine struct {
	Tone, Label, Field, Text string
	Name, Lang               string // of a check, and of its text; may be empty
	Step, Guide, Page        string // what to do, and the addresses that help; may be empty
}

const (
	funnelDays  = 7
	chartDays   = 30
	shownCauses = 3
)

// showOverview answers GET /console/{org}.
func (s *Console) showOverview(c echo.Context, v *visit) error {
	ctx, page := c.Request().Context(), &overviewPage{Refusals: v.at(refusalsPath)}
	local := v.now.In(v.zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, v.zone)
	if err := s.addTiles(ctx, v, page, today); err != nil {
		return err
	}
	reached, err := s.addFunnel(ctx, v, page)
	if err != nil {
		return err
	}
	if err := s.addDays(ctx, v, page, today); err != nil {
		return err
	}
	if err := s.addCauses(ctx, v, page); err != nil {
		return err
	}
	if err := s.addHealth(ctx, v, page); err != nil {
		return err
	}
	if page.Setup, err = s.setup(ctx, v, reached); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v, "overview", "overview", page)
}

// addTiles adds the numbers of today.
func (s *Console) addTiles(ctx context.Context, v *visit, page *overviewPage, today time.Time) error {
	connected, err := s.Statistics.Connected(ctx, v.by, v.organization.ID)
	if err != nil {
		return err
	}
	total, err := s.Statistics.Total(ctx, v.by, v.organization.ID, &today, &v.now)
	if err != nil {
		return err
	}
	page.Tiles = []tile{
		{v.count(int64(connected)), v.texts.must("overview.connected")},
		{v.count(total.Signups), v.texts.must("overview.signups")},
		{v.count(total.FirstConnections), v.texts.must("overview.first")},
		{v.count(total.People), v.texts.must("overview.people")},
		{v.count(total.Refusals), v.texts.must("overview.refusals")},
		{size(total.Traffic), v.texts.must("overview.traffic")},
	}
	return nil
}

// addFunnel adds the steps from the page to the connection, and returns their sum over all systems.
func (s *Console) addFunnel(ctx context.Context, v *visit, page *overviewPage) (onboarding.Counts, error) {
	from := v.now.AddDate(0, 0, -funnelDays)
	steps, err := s.Statistics.Funnel(ctx, v.by, v.organization.ID, &from, &v.now)
	if err != nil {
		return onboarding.Counts{}, err
	}
	var all onboarding.Counts
	for i := range steps {
		all.Add(&steps[i].Counts)
		if numbers := funnelOf(&steps[i].Counts); numbers != [4]int64{} {
			page.Systems = append(page.Systems, v.funnelRow(&steps[i], numbers))
		}
	}
	numbers := funnelOf(&all)
	most := max(numbers[0], numbers[1], numbers[2], numbers[3], 1)
	for i, text := range []string{"opened", "signedUp", "took", "joined"} {
		page.Funnel = append(page.Funnel, funnelStep{
			Text: v.texts.must("overview." + text), Number: v.count(numbers[i]), Bar: bar(numbers[i], most),
		})
	}
	return all, nil
}

// funnelOf returns the four steps of visitors.
func funnelOf(c *onboarding.Counts) [4]int64 { return [4]int64{c.Opened, c.Forms, c.Files, c.Joined} }

func (v *visit) funnelRow(step *statistics.Step, numbers [4]int64) funnelRow {
	row := funnelRow{System: v.texts.must("system." + step.Platform)}
	for _, n := range numbers {
		row.Numbers = append(row.Numbers, v.count(n))
	}
	return row
}

// bar draws a bar whose length is the part of n in most. The number stands beside it.
func bar(n, most int64) template.HTML {
	const width = 300
	return template.HTML(fmt.Sprintf(`<svg class="bar" viewBox="0 0 %d 16" preserveAspectRatio="none" `+
		`aria-hidden="true"><rect width="%d" height="16" rx="4"/></svg>`, width, n*width/most))
}

// addDays adds the sign-ups of each of the last days.
func (s *Console) addDays(ctx context.Context, v *visit, page *overviewPage, today time.Time) error {
	from := today.AddDate(0, 0, 1-chartDays)
	report, err := s.Statistics.Sums(ctx, v.by, v.organization.ID, &from, &v.now, string(onboarding.ByDay))
	if err != nil {
		return err
	}
	byDay := map[string]int64{}
	for i := range report.Rows {
		byDay[report.Rows[i].Key] = report.Rows[i].Signups
	}
	values := make([]int64, chartDays)
	for i := range values {
		values[i] = byDay[from.AddDate(0, 0, i).Format(time.DateOnly)]
	}
	page.Days = newChart(values, v.texts.must("overview.chart", "n", v.count(report.Total.Signups)))
	page.From, page.To = v.day(from), v.day(today)
	return nil
}

// addCauses adds the most frequent causes of refusals within a day.
func (s *Console) addCauses(ctx context.Context, v *visit, page *overviewPage) error {
	from := v.now.AddDate(0, 0, -1)
	list, err := s.Connectivity.RefusalCounts(ctx, v.by, v.organization.ID, &from, &v.now)
	if err != nil {
		return err
	}
	groups := groupRefusals(list)
	for i := range groups[:min(len(groups), shownCauses)] {
		page.Causes = append(page.Causes, v.refusal(&groups[i], from, 1))
	}
	return nil
}

// addHealth adds the findings about the settings, which apply would report today, and the last
// result of the checks of the deployment.
func (s *Console) addHealth(ctx context.Context, v *visit, page *overviewPage) error {
	checked, err := s.Tenants.Check(ctx, []*onboarding.Organization{v.organization})
	if err != nil {
		return err
	}
	for _, f := range checked[0].Findings {
		page.Health.add(v.finding(f))
	}
	only, err := s.Access.OnlyOrganization(ctx)
	if err != nil {
		return err
	}
	s.addChecks(v, &page.Health, only)
	return nil
}

func (v *visit) healthLine(f onboarding.Finding) healthLine {
	text := f.Message
	if f.Remedy != "" {
		text += " (" + f.Remedy + ")"
	}
	return healthLine{
		Tone: tonesOf[f.Severity], Label: v.texts.must("severity." + string(f.Severity)), Field: f.Field,
		Text: strings.TrimSpace(text),
	}
}

// setup returns the steps of setting up a venue, or none if all are done.
func (s *Console) setup(ctx context.Context, v *visit, reached onboarding.Counts) ([]setupStep, error) {
	o := v.organization
	joined, err := s.Connectivity.HasAccepted(ctx, v.by, o.ID)
	if err != nil {
		return nil, err
	}
	steps := []setupStep{
		{v.texts.must("setup.network"), "", o.WiFi.Passpoint != nil || o.WiFi.WPA2 != nil},
		{v.texts.must("setup.policies"), "", len(o.Policies) > 0},
		{v.texts.must("setup.brand"), v.at(lookPath), o.Portal.Brand.Logo != "" || o.Portal.Brand.Accent != ""},
		{v.texts.must("setup.accessPoint"), v.at(accessPointsPath), joined},
		{v.texts.must("setup.portal"), "/docs/captive-portal", reached.Opened > 0},
		{v.texts.must("setup.joined"), v.at(refusalsPath), reached.Joined > 0 || joined},
	}
	if !slices.ContainsFunc(steps, func(step setupStep) bool { return !step.Done }) {
		return nil, nil
	}
	return steps, nil
}
