package connectivity

import (
	"encoding/json"
	"time"
)

// report is a verdict as JSON. The API and `onramp why --json` answer it. Times are RFC 3339 in UTC
// with whole seconds.
type report struct {
	Status      string            `json:"status"`
	Generated   string            `json:"generated"`
	CustomerID  *string           `json:"customerId"`
	State       State             `json:"state"`
	Since       *string           `json:"since"`
	LastSeen    *string           `json:"lastSeen"`
	Location    *reportedPlace    `json:"location"`
	Hotspot     *reportedPlace    `json:"hotspot"`
	Cause       *Cause            `json:"cause"`
	Detail      *Detail           `json:"detail"`
	Confidence  Confidence        `json:"confidence"`
	Evidence    []reportedItem    `json:"evidence"`
	VisitorStep string            `json:"visitorStep"`
	VisitorKey  VisitorStep       `json:"visitorStepKey"`
	Operator    string            `json:"operatorStep"`
	Stations    []reportedStation `json:"stations"`
}

type reportedPlace struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type reportedItem struct {
	At     string `json:"at"`
	Source Source `json:"source"`
	Text   string `json:"text"`
}

type reportedStation struct {
	MAC        string     `json:"mac"`
	State      State      `json:"state"`
	Since      *string    `json:"since"`
	Cause      *Cause     `json:"cause"`
	Detail     *Detail    `json:"detail"`
	Confidence Confidence `json:"confidence"`
	Claimed    bool       `json:"claimed"`
}

// MarshalJSON implements json.Marshaler.
func (v *Verdict) MarshalJSON() ([]byte, error) {
	r := report{
		Status: "OK", Generated: seconds(v.Generated), CustomerID: orNull(v.CustomerID), State: v.State,
		Since: secondsOrNull(v.Since), LastSeen: secondsOrNull(v.LastSeen), Cause: orNull(v.Cause),
		Detail: orNull(v.Detail), Confidence: v.Confidence, Evidence: []reportedItem{},
		VisitorStep: v.Visitor.Text(), VisitorKey: v.Visitor, Operator: v.Operator, Stations: []reportedStation{},
	}
	if l := v.Location; l != nil {
		r.Location = &reportedPlace{l.ID, l.Name}
	}
	if h := v.Hotspot; h != nil {
		r.Hotspot = &reportedPlace{h.ID, h.Name}
	}
	for _, e := range v.Evidence {
		r.Evidence = append(r.Evidence, reportedItem{seconds(e.At), e.Source, e.Text})
	}
	for _, s := range v.Stations {
		r.Stations = append(r.Stations, reportedStation{
			s.MAC, s.State, secondsOrNull(s.Since), orNull(s.Cause), orNull(s.Detail), s.Confidence, s.Claimed,
		})
	}
	return json.Marshal(r)
}

func seconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func secondsOrNull(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return new(seconds(*t))
}

// orNull returns nil for an empty text, which JSON shows as null.
func orNull[T ~string](text T) *T {
	if text == "" {
		return nil
	}
	return &text
}
