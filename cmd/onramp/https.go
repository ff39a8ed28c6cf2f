package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"onramp/certs"
	"onramp/onboarding/acme"
	"onramp/onboarding/doctor"
	"onramp/onboarding/metrics"
)

// https is the source of the certificates of --listen.
type https interface {
	TLS() *tls.Config
	Run(ctx context.Context)
	// Certificates returns the chain of each domain in use; nil: there is none yet.
	Certificates() []acme.Certificate
	// Expires returns the end of the first certificate that expires.
	Expires() time.Time
}

// metricOf returns the label of the certificates in the metric of their end.
func metricOf(h https) string {
	if _, ok := h.(*acme.Manager); ok {
		return metrics.CertificateACME
	}
	return metrics.CertificateHTTPS
}

// acmeFlags are the flags about certificates by ACME.
type acmeFlags struct {
	domains                     []string
	directory, email, rootsFile string
}

func (f *acmeFlags) add(set *pflag.FlagSet) {
	set.StringSliceVar(&f.domains, "acme-domain", nil,
		"host names for which to get HTTPS certificates by ACME, which accepts the authority's terms (default none)")
	set.StringVar(&f.directory, "acme-directory", acme.LetsEncrypt, "directory URL of the ACME authority")
	set.StringVar(&f.email, "acme-email", "", "address of the account, to which the authority may write")
	set.StringVar(&f.rootsFile, "acme-ca-file", "",
		"roots (PEM) of the directory's own certificate (default the system's)")
}

// check validates the flags and puts the domains into the form of certificates.
func (f *acmeFlags) check() error {
	if len(f.domains) == 0 {
		if f.directory != acme.LetsEncrypt || f.email != "" || f.rootsFile != "" {
			return usageError{errors.New("--acme-directory, --acme-email and --acme-ca-file need --acme-domain")}
		}
		return nil
	}
	var err error
	if f.domains, err = acme.ParseDomains(f.domains); err != nil {
		return usageError{fmt.Errorf("--acme-domain: %w", err)}
	}
	if u, err := url.Parse(f.directory); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return usageError{errors.New("--acme-directory must be a URL with https")}
	}
	if f.email != "" {
		if a, err := mail.ParseAddress(f.email); err != nil || a.Address != f.email {
			return usageError{errors.New("--acme-email must be an address such as admin@example.com")}
		}
	}
	return nil
}

// roots returns the roots of the directory's certificate; nil: the system's.
func (f *acmeFlags) roots() (*x509.CertPool, error) {
	if f.rootsFile == "" {
		return nil, nil
	}
	all, err := certs.LoadCertificates(f.rootsFile)
	if err != nil {
		return nil, fmt.Errorf("--acme-ca-file: %w", err)
	}
	pool := x509.NewCertPool()
	for _, c := range all {
		pool.AddCert(c)
	}
	return pool, nil
}

// checkACME checks --acme-domain against the flags of serve that it excludes or needs.
func (f *serveFlags) checkACME() error {
	if err := f.acme.check(); err != nil {
		return err
	}
	if len(f.acme.domains) == 0 {
		if f.acmeHTTP != "" {
			return usageError{errors.New("--acme-http-listen needs --acme-domain")}
		}
		return nil
	}
	if f.tlsCert != "" {
		return usageError{errors.New("--acme-domain and --tls-cert exclude each other")}
	}
	if f.acmeHTTP != "" {
		if err := checkAddress("--acme-http-listen", f.acmeHTTP); err != nil {
			return err
		}
	}
	if f.publicURL == "" {
		f.publicURL = "https://" + f.acme.domains[0]
	}
	u, err := url.Parse(f.publicURL)
	if err != nil || u.Scheme != "https" || !slices.Contains(f.acme.domains, strings.ToLower(u.Hostname())) {
		return usageError{errors.New("--public-url must be https with a host of --acme-domain")}
	}
	return nil
}

// checkAddress returns an error unless the value of a flag has a host and a port.
func checkAddress(flag, address string) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return usageError{fmt.Errorf("%s: %q is not a host:port address such as 127.0.0.1:8080", flag, address)}
	}
	return nil
}

// startACME takes the certificates into use that the database holds for --acme-domain.
func (f *serveFlags) startACME(ctx context.Context, d *storage, l *listeners, log *slog.Logger) error {
	if len(f.acme.domains) == 0 {
		return nil
	}
	roots, err := f.acme.roots()
	if err != nil {
		return err
	}
	config := acme.Config{
		Domains: f.acme.domains, Directory: f.acme.directory, Email: f.acme.email, Roots: roots,
		Store: d.store, Sealer: d.sealer, Clock: clock, Log: log, HTTPS: l.main.Addr(),
	}
	if l.challenges != nil {
		config.HTTP = l.challenges.Addr()
	}
	l.acme = acme.New(config)
	l.https = l.acme
	return l.acme.Load(ctx)
}

// fileHTTPS is the certificate of --tls-cert.
type fileHTTPS struct{ *certs.Watcher }

// openFiles returns the certificate of --tls-cert, which is read again when its files change.
func (f *serveFlags) openFiles(log *slog.Logger) (*fileHTTPS, error) {
	check := func(p *certs.Pair) error { return p.CheckChain(time.Now(), certs.ForServer) }
	w, err := certs.NewWatcher(f.tlsCert, f.tlsKey, check, log)
	if err != nil {
		return nil, err
	}
	return &fileHTTPS{w}, nil
}

// TLS returns the configuration of the listeners.
func (h *fileHTTPS) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			p := h.Current()
			certificate := &tls.Certificate{PrivateKey: p.Key, Leaf: p.Chain[0]}
			for _, c := range p.Chain {
				certificate.Certificate = append(certificate.Certificate, c.Raw)
			}
			return certificate, nil
		},
		NextProtos: []string{"h2", "http/1.1"},
	}
}

// Certificates returns the chain in use.
func (h *fileHTTPS) Certificates() []acme.Certificate {
	return []acme.Certificate{{Chain: h.Current().Chain}}
}

// Expires returns the end of the first certificate of the files that expires.
func (h *fileHTTPS) Expires() time.Time { return h.Current().Expires() }

// checks returns the doctor's checks of the certificates that serve got by ACME.
func (f *acmeFlags) checks(d *storage, now time.Time) []doctor.Check {
	if len(f.domains) == 0 {
		return nil
	}
	return []doctor.Check{func(ctx context.Context) (lines []doctor.Line) {
		all, err := acme.Stored(ctx, d.store, d.sealer, f.directory, f.domains)
		if err != nil {
			return []doctor.Line{{Status: doctor.Fail, Check: "https", Text: err.Error()}}
		}
		for _, c := range all {
			lines = append(lines, acmeLine(&c, now))
		}
		return lines
	}}
}

// acmeLine returns the doctor's line for a domain. A certificate is renewed when a third of its
// lifetime is left; with less than a quarter left, the renewal fails.
func acmeLine(c *acme.Certificate, now time.Time) doctor.Line {
	line := doctor.Line{Check: "https"}
	failure := ""
	if c.Failure != "" {
		failure = "; the last order failed at " + c.Failure
	}
	if c.Chain == nil {
		line.Status = doctor.Fail
		line.Text = c.Domain + " has no certificate: is serve running with --acme-domain?" + failure
		return line
	}
	left, life := c.Expires().Sub(now), c.Chain[0].NotAfter.Sub(c.Chain[0].NotBefore)
	switch {
	case left <= 0:
		line.Status, line.Text = doctor.Fail, "the certificate of "+c.Domain+" has expired"+failure
	case left < life/4:
		line.Status = doctor.Warn
		line.Text = fmt.Sprintf("the certificate of %s expires in %d days and should have been renewed%s", c.Domain,
			int(left.Hours()/24), failure)
	default:
		line.Status = doctor.OK
		line.Text = fmt.Sprintf("%s, %d days left, renewed by ACME", c.Domain, int(left.Hours()/24))
	}
	return line
}
