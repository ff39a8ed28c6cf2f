package forecast

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"onramp/certs"
	"onramp/onboarding"
)

// settingCandidate is the setting that holds the Candidate as JSON.
const settingCandidate = "radius-certificate-candidate"

// Candidate is a certificate that the deployment's RADIUS server shall get, with the share of
// profiles that accepted it when it was recorded.
type Candidate struct {
	// Chain is the PEM of the certificates that the server will send, its own first.
	Chain    string    `json:"chain"`
	Recorded time.Time `json:"recorded"`
	// Profiles and Accept are counts of all organizations at Recorded.
	Profiles int `json:"profiles"`
	Accept   int `json:"accept"`
}

// Candidate returns the recorded candidate, or a NotFound error.
func (f *Forecasts) Candidate(ctx context.Context) (*Candidate, error) {
	text, err := f.store.Setting(ctx, settingCandidate)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("candidate certificate")
	}
	if err != nil {
		return nil, err
	}
	var c Candidate
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("the recorded candidate certificate: %w", err)
	}
	return &c, nil
}

// RecordCandidate records the chain as the candidate, unless it is the candidate already, and
// returns the candidate.
func (f *Forecasts) RecordCandidate(ctx context.Context, q Query) (*Candidate, error) {
	chain := string(certs.EncodeCertificates(q.Chain...))
	known, err := f.Candidate(ctx)
	if err == nil && known.Chain == chain || err != nil && onboarding.KindOf(err) != onboarding.NotFound {
		return known, err
	}
	q.OrganizationID = ""
	summary, err := f.check(ctx, q, func(Profile) error { return nil })
	if err != nil {
		return nil, err
	}
	c := &Candidate{Chain: chain, Recorded: f.clock.Now(), Profiles: summary.Profiles, Accept: summary.Accept}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return c, f.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.PutSetting(ctx, settingCandidate, string(text)); err != nil {
			return err
		}
		return f.audit.Record(ctx, tx, onboarding.Act{
			Action: onboarding.AuditSettingsChanged, Fields: []string{settingCandidate},
		})
	})
}
