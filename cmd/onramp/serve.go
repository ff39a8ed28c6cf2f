package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"onramp/cmd/onramp/host"
	"onramp/cmd/onramp/terminal"
	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/contacts"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/doctor"
	"onramp/onboarding/metrics"
	"onramp/onboarding/rekey"
	"onramp/onboarding/server"
	"onramp/onboarding/server/console"
	"onramp/onboarding/store"
)

// serveFlags are the flags of serve alone.
type serveFlags struct {
	flags
	messages         messageFlags
	tlsCert, tlsKey  string
	acme             acmeFlags
	acmeHTTP         string
	trustedProxies   []string
	limits           []string
	allowDevelopment bool
	name             string
	stopTimeout      time.Duration
	logFormat        string
	maxConnections   int
	maxRequests      int
	radiusFolder     string
	console          bool
	signOn           signOnFlags
	webhooks         webhookFlags
}

// defaultListen is the default of --listen.
const defaultListen = "127.0.0.1:8080"

func serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Example: "  onramp serve\n" +
			"  onramp serve --listen :443 --public-url https://wifi.example.com --tls-cert tls.pem " +
			"--tls-key tls.key --signing-cert signer.pem --signing-key signer.key",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), &f, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	set := cmd.Flags()
	f.dataFlags(set)
	f.signingFlags(set)
	f.aaaSecretFlag(set)
	f.publicURLFlag(set)
	f.adminListenFlag(set)
	set.StringVar(&f.listen, "listen", defaultListen, "address for phones, apps and operators' tools")
	set.StringVar(&f.aaaListen, "aaa-listen", "127.0.0.1:8081",
		"address for FreeRADIUS; must be loopback without --tls-cert")
	set.StringVar(&f.tlsCert, "tls-cert", "",
		"HTTPS certificate (PEM), leaf then intermediates (default plain HTTP)")
	set.StringVar(&f.tlsKey, "tls-key", "", "private key (PEM) of --tls-cert")
	f.acme.add(set)
	set.StringVar(&f.acmeHTTP, "acme-http-listen", "",
		"address for ACME's HTTP-01 and redirects to HTTPS, such as :80 (default none: TLS-ALPN-01 on --listen alone)")
	set.StringSliceVar(&f.trustedProxies, "trusted-proxies", nil,
		"CIDRs of proxies whose X-Forwarded-For is trusted")
	set.DurationVar(&f.keepUnattributed, "keep-unattributed", onboarding.DefaultRetention.UnknownStations.Time,
		"retention of connections without a known customer where a tenant file sets none, at least 1h")
	set.StringSliceVar(&f.limits, "limits", nil,
		"rate limits NAME=BURST+COUNT/UNIT,... (names in the README), or off (benchmarks only)")
	set.StringVar(&f.name, "deployment-name", contacts.DefaultName,
		"externalSource of contacts whose organization sets none")
	set.BoolVar(&f.allowDevelopment, "allow-development-certificates", false,
		"allow --listen beyond loopback with development certificates")
	f.messages.add(set)
	f.freshFlag(set)
	f.tombstonesFlag(set)
	set.StringVar(&f.logFormat, "log-format", "", "text or json (default text in a terminal, json elsewhere)")
	set.IntVar(&f.maxConnections, "max-connections", host.MaxConnections,
		"limit on open connections to --listen; lowered to fit the limit on open files")
	set.IntVar(&f.maxRequests, "max-requests", server.MaxRequests,
		"limit on requests of --listen in progress, beyond which requests are answered 503")
	set.StringVar(&f.radiusFolder, "freeradius-dir", "",
		"folder of onramp freeradius on this machine, for the metrics of its backlog (default the last one written)")
	set.BoolVar(&f.console, "console", true, "serve the operator's pages under /console")
	f.signOn.add(set)
	f.webhooks.add(set)
	set.DurationVar(&f.stopTimeout, "stop-timeout", 20*time.Second,
		"how long to wait for requests in progress when stopping")
	return cmd
}

// serve runs the server until ctx is done, then waits for requests in progress.
func serve(ctx context.Context, f *serveFlags, stdout, stderr io.Writer) (err error) {
	log, err := terminal.NewLog(f.logFormat, stderr)
	if err != nil {
		return usageError{err}
	}
	proxies, err := f.check()
	if err != nil {
		return err
	}
	config, err := f.config(log)
	if err != nil {
		return err
	}
	host.BoundMemory(log)
	registry := prometheus.NewRegistry()
	events, err := metrics.New(registry)
	if err != nil {
		return err
	}
	d, err := openStorage(ctx, &f.flags, store.Options{Log: log, Observe: events.Database})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	release, err := f.lock(ctx, d)
	if err != nil {
		return err
	}
	defer release()
	signer, err := openSigner(ctx, &f.flags, d, log)
	if err != nil {
		return err
	}
	if err := f.refuseDevelopmentBeyondLoopback(signer); err != nil {
		return err
	}
	aaaFile := d.folder.AAASecretFile(f.aaaSecretFile)
	if err := createAAASecret(aaaFile); err != nil {
		return err
	}
	warnExposed(log, append(d.folder.Secrets(), f.masterKeyFile, f.aaaSecretFile, f.signingKey, f.tlsKey,
		f.messages.passwordFile, f.messages.gateway, f.signOn.secretFile)...)

	listeners, err := f.open(ctx, d, log)
	if err != nil {
		return err
	}
	defer listeners.close()
	publicURL := f.publicURL
	if publicURL == "" {
		publicURL = listeners.scheme() + "://" + reachable(listeners.main.Addr().String())
	}
	f.warnOfExposure(publicURL, log)
	config.Store, config.Sealer, config.Signer = d.store, d.sealer, events.Signer(signer.live)
	config.PublicURL, config.Tombstones, config.Observer = publicURL, f.tombstonesIn(d.folder), events
	service, err := openDeployment(ctx, config)
	if err != nil {
		return err
	}
	if err := f.startRestored(ctx, d, service); err != nil {
		return err
	}
	if err := errors.Join(signer.record(ctx, service, log), service.PrepareSecrets(ctx),
		registry.Register(f.states(d, service, signer, listeners.https, log))); err != nil {
		return err
	}
	watch := f.watch(d, service, signer)
	web, err := server.New(ctx, server.Config{
		UseCases: server.UseCasesOf(service), Log: log, PublicURL: publicURL, TrustedProxies: proxies,
		AAAFile: aaaFile.Read, Metrics: registry, Version: version(), Console: f.console,
		Certificates: func() []console.Certificate { return certificatesInUse(signer, listeners.https) },
		SignOn:       f.signOn.client, Health: healthOf(watch), MaxRequests: f.maxRequests,
	})
	if err != nil {
		return err
	}
	aaaURL := listeners.aaaScheme() + "://" + reachable(listeners.aaa.Addr().String())
	if err := errors.Join(service.Access.ChangeSetting(ctx, settingAAAURL, aaaURL),
		service.Access.ChangeSetting(ctx, settingPublicURL, publicURL)); err != nil {
		return err
	}
	if err := service.Replica.Start(ctx); err != nil {
		return err
	}
	// Before the first response, so that demo.json exists once the server is ready.
	aaaSecret, err := service.Access.AAASecret(ctx, aaaFile.Read)
	if err != nil {
		return err
	}
	if err := f.announce(ctx, stdout, d, service, signer, publicURL, aaaSecret, log); err != nil {
		return err
	}
	if err := f.messages.warnOfMissing(ctx, d.store, log); err != nil {
		return err
	}
	return f.run(ctx, service, signer, watch, listeners, web, publicURL, log)
}

// certificatesInUse returns the certificates in use, for the console.
func certificatesInUse(signer *signer, https https) []console.Certificate {
	used := []console.Certificate{{Name: console.CertificateSigner, Chain: signer.watcher.Current().Chain}}
	if https == nil {
		return used
	}
	for _, c := range https.Certificates() {
		if c.Chain != nil {
			used = append(used, console.Certificate{Name: console.CertificateHTTPS, Chain: c.Chain})
		}
	}
	return used
}

// config returns the configuration of the deployment from the flags, and opens the client of the
// OpenID provider.
func (f *serveFlags) config(log *slog.Logger) (deployment.Config, error) {
	config := deployment.Config{
		Name: f.name, Now: clock, Log: log, UnknownStations: f.keepUnattributed, Replica: replicaName(),
	}
	if err := f.messages.deliver(&config); err != nil {
		return config, err
	}
	err := f.webhooks.deliver(&config)
	if err != nil {
		return config, err
	}
	if f.signOn.client, err = f.signOn.open(log); err != nil {
		return config, err
	}
	limits, err := access.ParseLimits(f.limits)
	if err != nil {
		return config, usageError{fmt.Errorf("--limits: %w", err)}
	}
	config.Limits = limits
	if limits.Off() {
		log.Warn("--limits off: nothing limits registrations, lookups and password guesses; use it for benchmarks only")
	}
	return config, nil
}

// lock makes this the only serve on a SQLite database until release is called. PostgreSQL takes
// several.
func (f *serveFlags) lock(ctx context.Context, d *storage) (release func(), err error) {
	if store.IsPostgres(f.database) {
		return func() {}, nil
	}
	if release, err = store.LockServe(f.databaseIn(d.folder)); err != nil {
		return nil, err
	}
	if err := rekey.ClearReplicas(ctx, d.store); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// createAAASecret makes the file of the AAA secret if there is none, and checks its content.
func createAAASecret(file *datafolder.AAASecretFile) error {
	if err := file.Create(); err != nil {
		return err
	}
	_, err := file.Read()
	return err
}

// run serves requests and runs the background tasks until ctx is done or a listener fails, then
// waits for requests in progress.
func (f *serveFlags) run(
	ctx context.Context, service *deployment.Deployment, signer *signer, watch *doctor.Watch,
	listeners *listeners, web *server.Server, publicURL string, log *slog.Logger,
) (err error) {
	system := onboarding.WithActor(context.WithoutCancel(ctx), onboarding.Actor{Kind: onboarding.ActorSystem})
	work, stopWork := context.WithCancel(system)
	defer stopWork()
	background := startBackground(work, service, signer, listeners.https, log)
	if f.console {
		background.Go(func() { watch.Run(work) })
	}
	failed := listeners.serve(web, host.ShareDescriptors(host.OpenFiles(), f.maxConnections), log)
	log.Info("serving", "listen", listeners.main.Addr().String(), "aaa", listeners.aaa.Addr().String(),
		"admin", listeners.admin.Addr().String(), "publicUrl", publicURL, "version", version())
	notifySystemd("READY=1", log)
	select {
	case <-ctx.Done():
		notifySystemd("STOPPING=1", log)
		log.Info("stopping, waiting for requests in progress")
	case err = <-failed:
	}
	stop, cancel := context.WithTimeout(context.Background(), f.stopTimeout)
	defer cancel()
	err = errors.Join(err, listeners.shutdown(stop))
	stopWork()
	background.Wait()
	return err
}

// check validates the flags before anything is opened, and returns the trusted proxies.
func (f *serveFlags) check() ([]netip.Prefix, error) {
	if f.keepUnattributed < time.Hour {
		return nil, usageError{fmt.Errorf("--keep-unattributed must be at least 1h, not %v", f.keepUnattributed)}
	}
	if (f.tlsCert == "") != (f.tlsKey == "") {
		return nil, usageError{errors.New("--tls-cert and --tls-key must be given together")}
	}
	if f.signOn.issuer != "" && !f.console {
		return nil, usageError{errors.New("--oidc-issuer needs the console: leave out --console=false")}
	}
	if f.maxRequests < 1 {
		return nil, usageError{fmt.Errorf("--max-requests must be at least 1, not %d", f.maxRequests)}
	}
	if f.maxConnections < 1 {
		return nil, usageError{errors.New("--max-connections must be at least 1")}
	}
	if (f.signingCert == "") != (f.signingKey == "") {
		return nil, usageError{errors.New("--signing-cert and --signing-key must be given together")}
	}
	if err := f.checkPublicURL(); err != nil {
		return nil, err
	}
	if err := f.checkACME(); err != nil {
		return nil, err
	}
	for _, a := range []struct{ flag, address string }{{"--listen", f.listen}, {"--aaa-listen", f.aaaListen},
		{"--admin-listen", f.adminListen}} {
		if err := checkAddress(a.flag, a.address); err != nil {
			return nil, err
		}
	}
	if local, _ := loopback(f.aaaListen); !local && f.tlsCert == "" {
		return nil, usageError{errors.New("--aaa-listen must be a loopback address without --tls-cert, " +
			"because it carries passwords")}
	}
	var proxies []netip.Prefix
	for _, text := range f.trustedProxies {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, usageError{fmt.Errorf("--trusted-proxies: %q is not a CIDR such as 10.0.0.0/8", text)}
		}
		proxies = append(proxies, p)
	}
	return proxies, nil
}

// refuseDevelopmentBeyondLoopback returns an error if a public server would use development
// certificates, which no phone trusts.
func (f *serveFlags) refuseDevelopmentBeyondLoopback(s *signer) error {
	local, err := loopback(f.listen)
	if err != nil || local || s.development == nil || f.allowDevelopment {
		return err
	}
	return fmt.Errorf("--listen %s reaches beyond this machine, but profiles are signed with development "+
		"certificates: set --signing-cert and --signing-key, or --allow-development-certificates", f.listen)
}

// announce creates the demo organization if the deployment uses development certificates, and
// prints the link to its sign-up page.
func (f *serveFlags) announce(
	ctx context.Context, stdout io.Writer, d *storage, service *deployment.Deployment, s *signer,
	publicURL, aaaSecret string, log *slog.Logger,
) error {
	if s.development == nil {
		return d.markInitialised(ctx)
	}
	if f.fresh {
		if err := renewAnchors(ctx, service, s.development, log); err != nil {
			return err
		}
	}
	log.Warn("profiles are signed with development certificates: phones show them as not verified "+
		"until profileRoot is installed", "profileRoot", s.development.ProfileRoot)
	demo, err := ensureDemo(ctx, service, d.folder, s.development, publicURL, aaaSecret)
	if err == nil {
		err = d.markInitialised(ctx, datafolder.FactDevelopmentCertificates)
	}
	if err != nil || demo == nil {
		return err
	}
	printLink(stdout, "Sign-up page of the demo organization", demo.PortalURL)
	fmt.Fprintf(stdout, "Client keys and root certificates of the demo organization: %s\n", d.folder.Path("demo.json"))
	return nil
}

// replicaName returns the name by which an operator recognizes this server among its replicas.
func replicaName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s (process %d)", host, os.Getpid())
}

// settingAAAURL is the setting that holds the AAA URL of the last server on this database.
const settingAAAURL = "aaa-url"
