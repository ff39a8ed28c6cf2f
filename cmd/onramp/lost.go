package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
	"onramp/templates"
)

// errLost is the refusal to begin anew beside what tells of a deployment that had data.
func errLost(folder *datafolder.Folder, database string) error {
	if store.IsPostgres(database) {
		database = "named by --database"
	}
	return fmt.Errorf("%s shows that this deployment had organizations, but the database %s holds none: it was lost "+
		"or is another one. Restore it, or begin anew with --fresh", folder.Path("initialised"), database)
}

// refuseLostFile refuses to make a SQLite file in the place of one that was lost.
func (f *flags) refuseLostFile(folder *datafolder.Folder, database string) error {
	if f.fresh || store.IsPostgres(database) {
		return nil
	}
	_, initialised, err := folder.Initialised()
	if err != nil || !initialised {
		return err
	}
	if _, err := os.Stat(database); errors.Is(err, fs.ErrNotExist) {
		return errLost(folder, database)
	}
	return nil
}

// refuseLostData refuses a database without organizations where there were some, and otherwise
// remembers that there are.
func (d *storage) refuseLostData(ctx context.Context, f *flags) error {
	organizations, err := d.store.Organizations(ctx)
	if err != nil {
		return nil //nolint:nilerr // a schema that is not current: Ping reports it in better words
	}
	if len(organizations) > 0 {
		return d.folder.MarkInitialised()
	}
	_, initialised, err := d.folder.Initialised()
	if err != nil || !initialised || f.fresh {
		return err
	}
	return errLost(d.folder, f.databaseIn(d.folder))
}

// markInitialised remembers that organizations were committed, if there are any.
func (d *storage) markInitialised(ctx context.Context, facts ...string) error {
	organizations, err := d.store.Organizations(ctx)
	if err != nil || len(organizations) == 0 {
		return err
	}
	return d.folder.MarkInitialised(facts...)
}

// developmentPKI returns the development certificates, made on the first call. Where phones already
// trust roots of theirs that are gone it refuses, unless --fresh was given: new roots would cut
// every phone off without a word.
func (d *storage) developmentPKI(ctx context.Context, f *flags) (*certs.Development, error) {
	if !f.fresh {
		if err := d.refuseLostPKI(ctx); err != nil {
			return nil, fmt.Errorf("development certificates: %w", err)
		}
	}
	pki, err := certs.EnsureDevelopment(d.folder.PKI(), time.Now(), templates.DemoServerName)
	if err != nil {
		return nil, fmt.Errorf("development certificates: %w", err)
	}
	return pki, nil
}

func (d *storage) refuseLostPKI(ctx context.Context) error {
	missing := func(half string) bool {
		_, err := os.Lstat(filepath.Join(d.folder.PKI(), half))
		return errors.Is(err, fs.ErrNotExist)
	}
	if missing("radius") {
		organizations, err := d.store.Organizations(ctx)
		if err != nil {
			return err
		}
		for _, o := range organizations {
			if name := developmentAnchor(o); name != "" {
				return fmt.Errorf("%s is missing, and phones of organization %s trust its root %q: restore "+
					"the folder, or have new certificates made with --fresh, which every phone must be given anew",
					filepath.Join(d.folder.PKI(), "radius"), o.ID, name)
			}
		}
	}
	facts, _, err := d.folder.Initialised()
	if err == nil && missing("profile") && slices.Contains(facts, datafolder.FactDevelopmentCertificates) {
		err = fmt.Errorf("%s is missing, and profiles were signed with its certificates: restore the folder, "+
			"or have new ones made with --fresh", filepath.Join(d.folder.PKI(), "profile"))
	}
	return err
}

// developmentAnchor returns the name of the development root that an organization's profiles trust,
// or nothing.
func developmentAnchor(o *onboarding.Organization) string {
	if o.WiFi.TrustAnchor == "" {
		return ""
	}
	root, err := certs.ParseAnchor([]byte(o.WiFi.TrustAnchor), time.Now())
	if err != nil || !strings.HasPrefix(root.Subject.CommonName, certs.DevelopmentRADIUSRoot) {
		return ""
	}
	return root.Subject.CommonName
}

// renewAnchors gives the organizations that trust a development root the present one, after --fresh
// had it made anew.
func renewAnchors(ctx context.Context, s *deployment.Deployment, pki *certs.Development, log *slog.Logger) error {
	text, err := os.ReadFile(pki.RADIUSRoot)
	if err != nil {
		return err
	}
	organizations, err := s.Tenant.Export(ctx, "")
	if err != nil {
		return err
	}
	for _, o := range organizations {
		if developmentAnchor(o) == "" || o.WiFi.TrustAnchor == string(text) {
			continue
		}
		renewed := *o
		renewed.WiFi.TrustAnchor = string(text)
		if _, err := s.Tenant.Apply(ctx, []*onboarding.Organization{&renewed}); err != nil {
			return fmt.Errorf("organization %s: new trust anchor: %w", o.ID, err)
		}
		log.Warn("the organization's profiles trust a new development root: phones with an earlier profile no "+
			"longer connect",
			"organization", o.ID)
	}
	return nil
}

// warnExposed logs the files with secrets that other users may read.
func warnExposed(log *slog.Logger, paths ...string) {
	for path, mode := range datafolder.Exposed(paths...) {
		log.Warn("a file with secrets is readable by other users: chmod 600", "file", path, "mode", mode.String())
	}
}
