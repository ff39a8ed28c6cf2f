package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/backup"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius/freeradius"
	"onramp/onboarding/store"
)

// clock is the clock of the deployment; nil means the system clock. Only tests set it.
var clock func() time.Time

// storage is the data folder, the open database and the sealer of one command.
type storage struct {
	folder *datafolder.Folder
	store  onboarding.Store
	sealer *onboarding.Sealer
	keys   *datafolder.MasterKeyFile
}

// openStorage opens the data folder and the database. On SQLite it also migrates the schema.
func openStorage(ctx context.Context, f *flags, options store.Options) (*storage, error) {
	folder, err := datafolder.Open(f.data)
	if err != nil {
		return nil, err
	}
	database := f.databaseIn(folder)
	if err := f.refuseLostFile(folder, database); err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, database, options)
	if err != nil {
		return nil, err
	}
	d := &storage{folder: folder, store: s}
	err = refuseOldSchema(ctx, database)
	if err == nil {
		err = d.refuseLostData(ctx, f)
	}
	if err == nil {
		err = d.openSealer(ctx, f)
	}
	if err == nil {
		err = backup.PlaceFiles(d.folder, d.sealer)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return d, nil
}

// refuseOldSchema returns an error for a PostgreSQL database that was not migrated to this version,
// as after the restore of an older copy.
func refuseOldSchema(ctx context.Context, database string) error {
	if !store.IsPostgres(database) {
		return nil
	}
	status, err := store.Status(ctx, database, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err == nil && status.Version < status.Needs {
		return fmt.Errorf("database schema is version %d, this binary needs %d: run onramp migrate", status.Version,
			status.Needs)
	}
	return nil // if the database did not answer, the next step reports it
}

// databaseIn returns the value of --database, by default the SQLite file in the folder.
func (f *flags) databaseIn(folder *datafolder.Folder) string {
	if f.database != "" {
		return f.database
	}
	return folder.Database()
}

// openSealer reads the master keys. It creates one only if the database holds no sealed values.
func (d *storage) openSealer(ctx context.Context, f *flags) error {
	d.keys = d.folder.MasterKeyFile(f.masterKeyFile)
	err := d.keys.Create(func() (bool, error) {
		holds := false
		err := d.store.Write(ctx, func(tx onboarding.Tx) (err error) {
			holds, err = tx.HoldsSealed(ctx)
			return err
		})
		return !holds, err
	})
	if err != nil {
		return err
	}
	d.sealer, err = onboarding.OpenSealer(d.keys.Read)
	return err
}

func (d *storage) close() error { return d.store.Close() }

// withService runs work with a deployment that neither signs profiles nor creates links.
func withService(ctx context.Context, f *flags, work func(*storage, *deployment.Deployment) error) (err error) {
	log := slog.New(slog.DiscardHandler)
	d, err := openStorage(ctx, f, store.Options{Log: log})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := d.close(); err == nil {
			err = closeErr
		}
	}()
	service, err := openDeployment(ctx, deployment.Config{Store: d.store, Sealer: d.sealer, PublicURL: f.publicURL,
		Now: clock, Log: log, UnknownStations: f.keepUnattributed, Tombstones: f.tombstonesIn(d.folder)})
	if err != nil {
		return err
	}
	// Without a running server, nothing else chains the rows of the command.
	defer func() { err = errors.Join(err, service.AuditLog.Chain(context.WithoutCancel(ctx))) }()
	if err := backup.RecordRestore(ctx, d.folder, d.store, service.Audit); err != nil {
		return err
	}
	return work(d, service)
}

// reachable turns a listen address into one that clients can connect to: it replaces an unspecified
// host, also of IPv6, by 127.0.0.1. Such a listener accepts IPv4 too, and many applications do not
// recognize links with a bracketed IPv6 address.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// loopback reports whether the host of the address is localhost or a loopback IP address.
func loopback(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("address %q: %w", address, err)
	}
	return onboarding.IsLoopback(host), nil
}

// openDeployment opens the use cases with a probe of the FreeRADIUS that the last
// `onramp freeradius` configured.
func openDeployment(ctx context.Context, c deployment.Config) (*deployment.Deployment, error) {
	probe := &freeradius.Probe{Clock: onboarding.Clock(c.Now), AAAURL: settingAAAURL}
	c.Probe = probe
	d, err := deployment.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	probe.AAA, probe.Settings = d.RADIUS, d.Access
	return d, nil
}
