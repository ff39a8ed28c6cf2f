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
	"onramp/onboarding/backup"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
	"onramp/templates"
)

// errLost returns the error for an empty database in a deployment that had data.
func errLost(folder *datafolder.Folder, database string) error {
	if store.IsPostgres(database) {
		database = "named by --database"
	}
	return fmt.Errorf("%s shows that this deployment had organizations, but the database %s has none: it was lost "+
		"or is a different one. Restore it, or start anew with --fresh", folder.Path("initialised"), database)
}

// refuseLostFile returns an error if the SQLite file is missing although the data folder shows that
// it had data, or that a restore has not finished.
func (f *flags) refuseLostFile(folder *datafolder.Folder, database string) error {
	if store.IsPostgres(database) {
		return nil
	}
	if err := backup.Unfinished(folder); err != nil || f.fresh {
		return err
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

// refuseLostData returns an error if the database has no organizations although the data folder
// shows that it had some. If it has some, it records that in the data folder.
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

// markInitialised records in the data folder that the database has organizations, if it has any.
func (d *storage) markInitialised(ctx context.Context, facts ...string) error {
	organizations, err := d.store.Organizations(ctx)
	if err != nil || len(organizations) == 0 {
		return err
	}
	return d.folder.MarkInitialised(facts...)
}

// developmentPKI returns the development certificates and creates them on the first call. Without
// --fresh it returns an error if they are missing and phones already trust their roots: with new
// roots those phones could no longer connect.
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
					"the folder, or create new certificates with --fresh; every phone then needs a new profile",
					filepath.Join(d.folder.PKI(), "radius"), o.ID, name)
			}
		}
	}
	facts, _, err := d.folder.Initialised()
	if err == nil && missing("profile") && slices.Contains(facts, datafolder.FactDevelopmentCertificates) {
		err = fmt.Errorf("%s is missing, and profiles were signed with its certificates: restore the folder, "+
			"or create new ones with --fresh", filepath.Join(d.folder.PKI(), "profile"))
	}
	return err
}

// developmentAnchor returns the common name of the development root that an organization's profiles
// trust, or "" if they trust another root.
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

// renewAnchors replaces an earlier development root as trust anchor of organizations by the current
// one, which --fresh may have created.
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
		log.Warn("development root replaced: phones with an earlier profile can no longer connect",
			"organization", o.ID)
	}
	return nil
}

// warnExposed logs a warning for each file with secrets that other users can read.
func warnExposed(log *slog.Logger, paths ...string) {
	for path, mode := range datafolder.Exposed(paths...) {
		log.Warn("a file with secrets is readable by other users: chmod 600", "file", path, "mode", mode.String())
	}
}
