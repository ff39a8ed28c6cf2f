package console

import (
	"cmp"
	"crypto/x509"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/forecast"
	"onramp/onboarding/trust"
)

// Certificate is a certificate that the server uses now.
type Certificate struct {
	Name  string              // CertificateSigner or CertificateHTTPS
	Chain []*x509.Certificate // its own certificate first
}

// The names of certificates.
const (
	CertificateSigner = "signer" // of profiles
	CertificateHTTPS  = "https"
	certificateRADIUS = "radius"
	certificateAnchor = "anchor"
)

// certificatesPage is the data of certificates.html.
type certificatesPage struct {
	Certificates []certificateRow
	RADIUS       bool // the certificate of the RADIUS server is known
	Platforms    []platformRow
	Candidate    *candidate
}

// certificateRow is one certificate.
type certificateRow struct {
	Use, Subject, Issuer, Until, Left, Tone string
}

// platformRow is the prediction for the profiles of a platform.
type platformRow struct{ Platform, Label, Tone, Explanation string }

// candidate is a certificate that the RADIUS server shall get.
type candidate struct{ Recorded, Subject, Accept, Profiles string }

// expiryNotice is the time before the end of a certificate from which the page warns.
const expiryNotice = 30 * 24 * time.Hour

// showCertificates answers GET /console/{org}/certificates.
func (s *Console) showCertificates(c echo.Context, v *visit) error {
	ctx, page := c.Request().Context(), &certificatesPage{}
	now, err := s.Forecasts.Now(ctx, v.organization)
	if err != nil {
		return err
	}
	if now != nil {
		page.RADIUS = true
		page.add(v, certificateRADIUS, now.Chain)
		page.Platforms = v.platforms(now)
	}
	if anchors, err := certs.ParseCertificates([]byte(v.organization.WiFi.TrustAnchor)); err == nil { // else none
		page.add(v, certificateAnchor, anchors)
	}
	for _, used := range s.Certificates() {
		page.add(v, used.Name, used.Chain)
	}
	planned, err := s.Forecasts.Candidate(ctx)
	if err != nil && onboarding.KindOf(err) != onboarding.NotFound {
		return err
	}
	if err == nil {
		page.Candidate = v.candidate(planned)
	}
	return s.render(c, http.StatusOK, v, "certificates", "certificates", page)
}

// add adds the first certificate of a chain. The chain ends with the first of its certificates.
func (p *certificatesPage) add(v *visit, use string, chain []*x509.Certificate) {
	if len(chain) == 0 {
		return
	}
	until := chain[0].NotAfter
	for _, c := range chain {
		if c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	left, tone := until.Sub(v.now), "good"
	switch {
	case left <= 0:
		tone = "bad"
	case left < expiryNotice:
		tone = "warn"
	}
	p.Certificates = append(p.Certificates, certificateRow{
		Use: v.texts.must("certificates." + use), Subject: subjectOf(chain[0]), Issuer: chain[0].Issuer.CommonName,
		Until: v.day(until), Tone: tone,
		Left: v.texts.must("certificates.left", "days", v.count(int64(left.Hours()/24))),
	})
}

// subjectOf returns the names of a certificate.
func subjectOf(c *x509.Certificate) string {
	return cmp.Or(strings.Join(c.DNSNames, ", "), c.Subject.CommonName)
}

// predictions are labels and colours of the predictions.
var predictions = map[trust.Result]string{trust.Accept: "good", trust.Refuse: "bad", trust.Unknown: "warn"}

// platforms returns the predictions for the profiles that the organization hands out now.
func (v *visit) platforms(now *forecast.Now) []platformRow {
	var rows []platformRow
	for _, p := range slices.Sorted(maps.Keys(now.Platforms)) {
		verdict := now.Platforms[p]
		rows = append(rows, platformRow{
			Platform: string(p), Label: v.texts.must("certificates." + string(verdict.Result)),
			Tone: predictions[verdict.Result], Explanation: verdict.Explain(),
		})
	}
	return rows
}

func (v *visit) candidate(planned *forecast.Candidate) *candidate {
	shown := &candidate{
		Recorded: v.day(planned.Recorded), Accept: v.count(int64(planned.Accept)),
		Profiles: v.count(int64(planned.Profiles)),
	}
	if chain, err := certs.ParseCertificates([]byte(planned.Chain)); err == nil && len(chain) > 0 { // else unnamed
		shown.Subject = subjectOf(chain[0])
	}
	return shown
}
