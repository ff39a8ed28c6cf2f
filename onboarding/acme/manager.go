package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"

	"onramp/certs"
	"onramp/onboarding"
)

// LetsEncrypt is the directory of Let's Encrypt.
const LetsEncrypt = certmagic.LetsEncryptProductionCA

// Config is the configuration of a Manager.
type Config struct {
	Domains   []string       // as ParseDomains returns them; the first is for clients without SNI
	Directory string         // URL of the authority's directory
	Email     string         // of the account; may be empty
	Roots     *x509.CertPool // of the directory's own certificate; nil: the system's

	Store  Store
	Sealer *onboarding.Sealer
	Clock  onboarding.Clock
	Log    *slog.Logger

	// HTTPS is the address of the listener that GetCertificate serves, HTTP that of the listener
	// that HTTP serves; nil: HTTP-01 is not used.
	HTTPS, HTTP net.Addr

	// Check is the time between checks whether a certificate is due for renewal; 0: 10 minutes.
	Check time.Duration
}

// Manager holds a certificate for each domain.
type Manager struct {
	config  Config
	storage *storage
	log     *zap.Logger
	cache   *certmagic.Cache
	magic   *certmagic.Config
	issuer  *certmagic.ACMEIssuer
}

// New returns a manager. It orders nothing before Run.
func New(c Config) *Manager {
	m := &Manager{
		config:  c,
		storage: &storage{c.Store, c.Sealer, c.Clock, newLeases(c.Store, c.Clock)},
		log:     zap.New(&bridge{log: c.Log}),
	}
	m.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return m.magic, nil },
		RenewCheckInterval: c.Check,
		Logger:             m.log,
	})
	m.magic = certmagic.New(m.cache, certmagic.Config{
		Storage: m.storage, Logger: m.log, OnEvent: m.event, DefaultServerName: c.Domains[0],
		// Let's Encrypt ended OCSP in 2025; clients accept a certificate without a staple.
		OCSP: certmagic.OCSPConfig{DisableStapling: true},
	})
	issuer := certmagic.ACMEIssuer{
		CA: c.Directory, Email: c.Email, Agreed: true, TrustedRoots: c.Roots, Logger: m.log,
		DisableHTTPChallenge: c.HTTP == nil, NewAccountFunc: c.contact,
	}
	// The solvers would listen themselves if the addresses were free.
	issuer.ListenHost, issuer.AltTLSALPNPort = hostPort(c.HTTPS)
	if c.HTTP != nil {
		_, issuer.AltHTTPPort = hostPort(c.HTTP)
	}
	m.issuer = certmagic.NewACMEIssuer(m.magic, issuer)
	m.magic.Issuers = []certmagic.Issuer{m.issuer}
	return m
}

// contact sets the contact of a new account. certmagic would take the folder of an account without
// an address, "default", for the address of the next one.
func (c *Config) contact(_ context.Context, _ *certmagic.ACMEIssuer, a acme.Account) (acme.Account, error) {
	a.Contact = nil
	if c.Email != "" {
		a.Contact = []string{"mailto:" + c.Email}
	}
	return a, nil
}

func hostPort(a net.Addr) (host string, port int) {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.IP.String(), tcp.Port
	}
	return "", 0
}

// Load takes the certificates that the database holds into use. It orders nothing.
func (m *Manager) Load(ctx context.Context) error {
	for _, domain := range m.config.Domains {
		_, err := m.magic.CacheManagedCertificate(ctx, domain)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("certificate of %s: %w", domain, err)
		}
		if err != nil {
			m.config.Log.Warn("no certificate yet: clients cannot connect until the authority has issued one",
				"domain", domain, "directory", m.config.Directory)
		}
	}
	return nil
}

// cleaning is the time between deletions of certificates that have expired long ago, such as those
// of domains that are no longer configured.
const cleaning = 24 * time.Hour

// Run orders missing certificates and renews the others until ctx is done. Failures are logged and
// repeated.
func (m *Manager) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, domain := range m.config.Domains {
		if len(m.cache.AllMatchingCertificates(domain)) == 0 {
			all.Go(func() { m.obtain(ctx, domain) })
		}
	}
	// Those of Load that are due; the cache goes on to look for them every config.Check.
	if err := m.cache.RenewManagedCertificates(ctx); err != nil {
		m.config.Log.Error("certificates are not renewed", "error", err)
	}
	clean := time.NewTicker(cleaning)
	defer clean.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-clean.C:
			err := certmagic.CleanStorage(ctx, m.storage, certmagic.CleanStorageOptions{
				Logger: m.log, ExpiredCerts: true, ExpiredCertGracePeriod: 30 * 24 * time.Hour, Interval: cleaning / 2,
			})
			if err != nil {
				m.config.Log.Warn("expired certificates are not deleted", "error", err)
			}
		}
	}
	m.cache.Stop()
	all.Wait()
	certmagic.CleanUpOwnLocks(context.WithoutCancel(ctx), m.log)
}

// obtain orders the first certificate of a domain, or takes the one that another replica got, until
// it succeeds or ctx is done. certmagic repeats an order for 30 days, but not after an error of the
// database.
func (m *Manager) obtain(ctx context.Context, domain string) {
	for wait := time.Minute; ; wait = min(2*wait, 6*time.Hour) {
		err := m.magic.ObtainCertAsync(ctx, domain) // returns at the end of its attempts
		if err == nil {
			_, err = m.magic.CacheManagedCertificate(ctx, domain)
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		m.config.Log.Error("no certificate was obtained", "domain", domain, "error", err, "retryIn", wait.String())
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// TLS returns the configuration of the HTTPS listener.
func (m *Manager) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: m.GetCertificate,
		NextProtos: []string{"h2", "http/1.1", acmez.ACMETLS1Protocol},
	}
}

// GetCertificate returns the certificate of the domain that a client asks for, of the first domain
// if the client names none, or the answer to a challenge. For a domain that is not configured, or
// has no certificate yet, it returns nil, so that the client gets the alert unrecognized_name.
func (m *Manager) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	if name != "" && !slices.Contains(m.config.Domains, name) {
		return nil, nil
	}
	if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acmez.ACMETLS1Protocol {
		return m.magic.GetCertificate(hello)
	}
	if name == "" {
		name = m.config.Domains[0]
	}
	if len(m.cache.AllMatchingCertificates(name)) == 0 {
		return nil, nil
	}
	return m.magic.GetCertificate(hello)
}

// HTTP returns the handler of plain HTTP: it answers HTTP-01, and redirects other requests for a
// configured domain to its HTTPS URL.
func (m *Manager) HTTP() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.ToLower(r.Host)
		if host, _, err := net.SplitHostPort(name); err == nil {
			name = host
		}
		switch {
		case !slices.Contains(m.config.Domains, name):
			http.Error(w, "This server does not answer for that name.", http.StatusMisdirectedRequest)
		case m.issuer.HandleHTTPChallenge(w, r):
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Use HTTPS.", http.StatusMethodNotAllowed)
		default:
			target := *r.URL
			target.Scheme, target.User, target.Host = "https", nil, name
			http.Redirect(w, r, target.String(), http.StatusPermanentRedirect)
		}
	})
}

// Certificate is the certificate of a domain.
type Certificate struct {
	Domain  string
	Chain   []*x509.Certificate // nil: none was issued yet
	Failure string              // of the last order, with its time; "" after a success
}

// Expires returns the end of the chain's first certificate that expires; zero without a chain.
func (c *Certificate) Expires() time.Time {
	var first time.Time
	for i, one := range c.Chain {
		if i == 0 || one.NotAfter.Before(first) {
			first = one.NotAfter
		}
	}
	return first
}

// Certificates returns the certificate in use of each domain. Failure is empty.
func (m *Manager) Certificates() []Certificate {
	var all []Certificate
	for _, domain := range m.config.Domains {
		c := Certificate{Domain: domain}
		for _, cached := range m.cache.AllMatchingCertificates(domain) {
			for _, der := range cached.Certificate.Certificate {
				if one, err := x509.ParseCertificate(der); err == nil {
					c.Chain = append(c.Chain, one)
				}
			}
			break
		}
		all = append(all, c)
	}
	return all
}

// Expires returns the end of the certificate in use that expires first. A domain without a
// certificate counts as one whose certificate has just expired.
func (m *Manager) Expires() time.Time {
	var first time.Time
	for i, c := range m.Certificates() {
		end := c.Expires()
		if c.Chain == nil {
			end = m.config.Clock.Now().Add(-time.Second)
		}
		if i == 0 || end.Before(first) {
			first = end
		}
	}
	return first
}

// event records the results of orders, for `onramp doctor`.
func (m *Manager) event(ctx context.Context, name string, data map[string]any) error {
	domain, _ := data["identifier"].(string)
	text := ""
	switch name {
	case "cert_failed":
		if err, ok := data["error"].(error); ok && !errors.Is(err, context.Canceled) {
			text = m.config.Clock.Now().Format(time.RFC3339) + " " + err.Error()
		}
	case "cert_obtained":
		m.config.Log.Info("certificate obtained", "domain", domain, "renewal", data["renewal"])
	default:
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := m.config.Store.Write(ctx, func(tx onboarding.Tx) error {
		return tx.PutSetting(ctx, failureSetting(domain), text[:min(len(text), maxFailure)])
	})
	if err != nil {
		m.config.Log.Warn("the result of an order is not recorded", "domain", domain, "error", err)
	}
	return nil
}

// maxFailure is the most bytes of a recorded failure.
const maxFailure = 2048

func failureSetting(domain string) string { return "acme-failure " + domain }

// Stored returns the certificate that the database holds for each domain, and the failure of its
// last order.
func Stored(
	ctx context.Context, store Store, sealer *onboarding.Sealer, directory string, domains []string,
) ([]Certificate, error) {
	files := &storage{store: store, sealer: sealer}
	issuer := (&certmagic.ACMEIssuer{CA: directory}).IssuerKey()
	var all []Certificate
	for _, domain := range domains {
		c := Certificate{Domain: domain}
		text, err := files.Load(ctx, certmagic.StorageKeys.SiteCert(issuer, domain))
		if err == nil {
			c.Chain, err = certs.ParseCertificates(text)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("certificate of %s: %w", domain, err)
		}
		c.Failure, err = store.Setting(ctx, failureSetting(domain))
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}
