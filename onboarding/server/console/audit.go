package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// auditPage is the data of audit.html.
type auditPage struct {
	Rows  []auditRow
	Older string // address of the next page; empty on the last
	First string // address of the first page, on a later one
}

// auditRow is one act.
type auditRow struct {
	At, Action, Who, Actor, What, Fields string
	Count                                int64
	Refused                              bool
}

const (
	auditPageSize   = 100
	beforeParameter = "before"
)

// showAudit answers GET /console/{org}/audit.
func (s *Console) showAudit(c echo.Context, v *visit) error {
	before, _ := strconv.ParseInt(c.QueryParam(beforeParameter), 10, 64) // anything else is the first page
	rows, err := s.Audit.Recent(c.Request().Context(), v.organization.ID, before, auditPageSize)
	if err != nil {
		return err
	}
	keys, err := s.Access.Keys(c.Request().Context(), v.organization.ID)
	if err != nil {
		return err
	}
	labels := map[string]string{}
	for _, k := range keys {
		labels[k.ID] = labelOf(k)
	}
	page := &auditPage{}
	for i := range rows {
		page.Rows = append(page.Rows, v.auditRow(&rows[i], labels))
	}
	if before > 0 {
		page.First = v.at(auditPath)
	}
	if len(rows) == auditPageSize {
		page.Older = v.at(auditPath, beforeParameter, strconv.FormatInt(rows[len(rows)-1].Sequence, 10))
	}
	return s.render(c, http.StatusOK, v, "audit", "audit", page)
}

// actor returns the kind of an actor, and its name.
func (v *visit) actor(by onboarding.Actor) (kind, name string) {
	kind, name = v.texts.must("actor."+string(by.Kind)), by.ID
	if by.Kind == onboarding.ActorConsole && by.ID == v.session.ID {
		name = v.texts.must("audit.self")
	}
	return kind, name
}

func (v *visit) auditRow(r *onboarding.AuditRow, labels map[string]string) auditRow {
	who, actor := v.actor(r.Actor)
	row := auditRow{
		At: v.minute(r.At), Action: string(r.Action), Who: who, Actor: cmp.Or(labels[r.Actor.ID], actor),
		Fields: strings.Join(r.Fields, ", "), Count: r.Count, Refused: r.Refused != "",
	}
	switch r.Target {
	case onboarding.TargetKey:
		row.What = cmp.Or(labels[r.TargetID], r.TargetID)
	case onboarding.TargetContact:
		row.What = onboarding.CutText(r.TargetID, 12) // a keyed hash
	case onboarding.TargetOrganization, onboarding.TargetSession:
	default:
		row.What = r.TargetID
	}
	return row
}
