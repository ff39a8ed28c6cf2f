package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/server/web"
	"onramp/onboarding/statistics"
)

// contactConnectivity answers whether a contact is connected and, if not, why.
func (s *Server) contactConnectivity(c echo.Context) error {
	v, err := s.connectivity.Of(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, v)
}

// ownConnectivity answers whether a proven customer is connected, and the next step.
func (s *Server) ownConnectivity(c echo.Context) error {
	v, err := s.connectivity.Of(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		State       connectivity.State `json:"state"`
		Since       *web.Timestamp     `json:"since"`
		VisitorStep string             `json:"visitorStep"`
	}{s.stamp(), v.State, web.SecondsOrNull(v.Since), v.Visitor.Text()})
}

// refusalRow is a count of refused authentications on the wire.
type refusalRow struct {
	Hour        web.Timestamp      `json:"hour"`
	Cause       connectivity.Cause `json:"cause"`
	LocationID  *string            `json:"locationId"`
	HotspotID   *string            `json:"hotspotId"`
	AccessPoint *string            `json:"accessPoint"`
	Count       int64              `json:"count"`
	Last        web.Timestamp      `json:"last"`
	CustomerIDs []string           `json:"customerIds"`
}

func wireRefusal(r connectivity.Refusal) refusalRow {
	return refusalRow{
		Hour: web.Seconds(r.Hour), Cause: r.Cause, LocationID: web.OrNull(r.LocationID),
		HotspotID: web.OrNull(r.HotspotID), AccessPoint: web.OrNull(r.AccessPoint), Count: r.Count,
		Last: web.Seconds(r.Last), CustomerIDs: append([]string{}, r.CustomerIDs...),
	}
}

// refusals counts the refused authentications of an organization by hour, cause and access point.
func (s *Server) refusals(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	from, to := q.Date("from", false), q.Date("to", true)
	if err := q.Err(); err != nil {
		return err
	}
	ctx, by := c.Request().Context(), web.CallerOf(c)
	found, keptSince, err := s.connectivity.Refusals(ctx, by, web.Param(c, "org"), from, to)
	if err != nil {
		return err
	}
	list := each(found, wireRefusal)
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp  `json:"generated"`
		Count     int            `json:"count"`
		Refusals  []refusalRow   `json:"refusals"`
		KeptSince *web.Timestamp `json:"keptSince"`
	}{s.generatedSecond(), len(list), list, web.SecondsOrNull(keptSince)})
}

// statisticsCounts are the counts of a row on the wire.
type statisticsCounts struct {
	Signups          int64 `json:"signups"`
	Downloads        int64 `json:"downloads"`
	Installations    int64 `json:"installations"`
	FirstConnections int64 `json:"firstConnections"`
	Connections      int64 `json:"connections"`
	People           int64 `json:"people"`
	Traffic          int64 `json:"traffic"`
	Dwell            int64 `json:"dwell"`
	Refusals         int64 `json:"refusals"`
	// Funnel counts visitors of the sign-up page by the step that they reached.
	Funnel funnelCounts `json:"funnel"`
}

type funnelCounts struct {
	Opened    int64 `json:"opened"`
	Forms     int64 `json:"forms"`
	Files     int64 `json:"files"`
	Connected int64 `json:"connected"`
}

type statisticsRow struct {
	Key string `json:"key"`
	statisticsCounts
}

func wireCounts(r *statistics.Row) statisticsCounts {
	return statisticsCounts{
		Signups: r.Signups, Downloads: r.Downloads, Installations: r.Installations,
		FirstConnections: r.FirstConnections, Connections: r.Connections, People: r.People, Traffic: r.Traffic,
		Dwell: r.Dwell, Refusals: r.Refusals,
		Funnel: funnelCounts{Opened: r.Opened, Forms: r.Forms, Files: r.Files, Connected: r.Joined},
	}
}

// statisticsReport counts the events of an organization by day, hour, location or platform.
func (s *Server) statisticsReport(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	from, to, grouping := q.Date("from", false), q.Date("to", true), string(onboarding.ByDay)
	if by := q.Raw("by"); by != nil {
		grouping = *by
	}
	if err := q.Err(); err != nil {
		return err
	}
	report, err := s.statistics.Report(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"), from, to, grouping)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp    `json:"generated"`
		From      web.Timestamp    `json:"from"`
		To        web.Timestamp    `json:"to"`
		Rows      []statisticsRow  `json:"rows"`
		Total     statisticsCounts `json:"total"`
	}{
		s.generatedSecond(), web.Seconds(report.From), web.Seconds(report.To),
		each(report.Rows, func(r statistics.Row) statisticsRow { return statisticsRow{r.Key, wireCounts(&r)} }),
		wireCounts(&report.Total),
	})
}
