package bench

import (
	"errors"
	"fmt"
	"strings"
)

// A Figure is a measured value with its unit, such as 812.4 "profiles/s".
type Figure struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// A Row is one line of the table.
type Row struct {
	// Name selects the row with --only.
	Name string `json:"name"`
	// What and BesideWhat describe both sides.
	What       string `json:"what"`
	BesideWhat string `json:"besideWhat"`
	// Measured is Onramp's median, Beside that of the ceiling.
	Measured *Figure `json:"measured,omitempty"`
	Beside   *Figure `json:"beside,omitempty"`
	// Ratio is Measured divided by Beside.
	Ratio float64 `json:"ratio,omitempty"`
	// Target is the least ratio, or with AtMost the largest.
	Target float64 `json:"target"`
	AtMost bool    `json:"atMost"`
	Met    bool    `json:"met"`
	// Note holds further figures of the run.
	Note string `json:"note,omitempty"`
	// NotRun is the reason why there are no figures; empty: there are.
	NotRun string `json:"notRun,omitempty"`
	// Failed is the failure of a program that ended the row; empty: none did.
	Failed string `json:"failed,omitempty"`
}

// sides are the figures of a row that was run.
type sides struct {
	measured, beside Figure
	note             string
}

// A measurement is a row with the function that measures it.
type measurement struct {
	name, what, beside string
	target             float64
	atMost             bool
	run                func(*scene) (*sides, error)
}

// missingError is the cause of a row that is not run: a part of the machine is missing.
type missingError string

func (e missingError) Error() string { return string(e) }

// row returns the row of a measurement, or of its error.
func (m *measurement) row(s *sides, err error) *Row {
	r := &Row{Name: m.name, What: m.what, BesideWhat: m.beside, Target: m.target, AtMost: m.atMost}
	var missing missingError
	switch {
	case errors.As(err, &missing):
		r.NotRun = missing.Error()
		return r
	case err != nil:
		r.Failed = strings.Join(strings.Fields(err.Error()), " ")
		return r
	case s.measured.Value <= 0 || s.beside.Value <= 0:
		r.Failed = fmt.Sprintf("a side measured nothing: %v beside %v", s.measured, s.beside)
		return r
	}
	r.Measured, r.Beside, r.Note = &s.measured, &s.beside, s.note
	r.Ratio = s.measured.Value / s.beside.Value
	r.Met = r.Ratio >= m.target
	if m.atMost {
		r.Met = r.Ratio <= m.target
	}
	return r
}

// Names returns the names of all rows, in the order of the table.
func Names() []string {
	names := make([]string, 0, len(measurements))
	for _, m := range measurements {
		names = append(names, m.name)
	}
	return names
}

// selected returns the measurements with the names, or all without any.
func selected(names []string) ([]measurement, error) {
	if len(names) == 0 {
		return measurements, nil
	}
	var out []measurement
	for _, name := range names {
		found := false
		for _, m := range measurements {
			if m.name == name {
				out, found = append(out, m), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no row %q; the rows are %s", name, strings.Join(Names(), ", "))
		}
	}
	return out, nil
}
