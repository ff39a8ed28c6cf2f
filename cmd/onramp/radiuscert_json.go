package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"slices"
	"time"

	"onramp/onboarding/forecast"
	"onramp/onboarding/trust"
)

// certificateJSON prints a forecast as one JSON object, whose list of refused profiles comes first.
type certificateJSON struct {
	w         *bufio.Writer
	chain     []*x509.Certificate
	candidate *forecast.Candidate
	listed    bool
}

// refusedProfile is an element of the member refused.
type refusedProfile struct {
	CustomerID string       `json:"customerId"`
	Platform   string       `json:"platform"`
	Reason     trust.Reason `json:"reason"`
}

func (r *certificateJSON) profile(p forecast.Profile) error {
	if p.Result != trust.Refuse {
		return nil
	}
	text, err := json.Marshal(refusedProfile{p.CustomerID, p.Platform, p.Reason})
	if err != nil {
		return err
	}
	r.open()
	if r.listed {
		_ = r.w.WriteByte(',') // the error is that of Flush
	}
	r.listed = true
	_, err = r.w.Write(text)
	return err
}

func (r *certificateJSON) open() {
	if !r.listed {
		_, _ = r.w.WriteString(`{"refused":[`)
	}
}

// certificateProgress holds the additional members of plan.
type certificateProgress struct {
	*forecast.Summary
	Candidate candidateJSON `json:"candidate"`
	Days      []dayJSON     `json:"days"`
}

type candidateJSON struct {
	Names    []string  `json:"names"`
	Issuer   string    `json:"issuer"`
	NotAfter time.Time `json:"notAfter"`
	Recorded time.Time `json:"recorded"`
	// Profiles and Accept are the counts of all organizations when it was recorded.
	Profiles int `json:"profiles"`
	Accept   int `json:"accept"`
}

// dayJSON is a day (UTC) with the number of profiles downloaded until its end that accept.
type dayJSON struct {
	Day    string `json:"day"`
	Accept int    `json:"accept"`
}

func (r *certificateJSON) end(s *forecast.Summary) error {
	r.open()
	var members any = s
	if r.candidate != nil {
		leaf := r.chain[0]
		progress := certificateProgress{Summary: s, Days: []dayJSON{}, Candidate: candidateJSON{
			Names: slices.Concat([]string{}, leaf.DNSNames), Issuer: leaf.Issuer.String(),
			NotAfter: leaf.NotAfter, Recorded: r.candidate.Recorded,
			Profiles: r.candidate.Profiles, Accept: r.candidate.Accept,
		}}
		for _, d := range s.Shares() {
			progress.Days = append(progress.Days, dayJSON{d.Day.Format(time.DateOnly), d.Accept})
		}
		members = progress
	}
	text, err := json.Marshal(members)
	if err != nil {
		return err
	}
	_, _ = r.w.WriteString("],")
	_, _ = r.w.Write(text[1:]) // without its brace
	return r.w.WriteByte('\n')
}
