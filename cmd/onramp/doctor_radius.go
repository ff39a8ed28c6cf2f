package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/doctor"
	"onramp/onboarding/radius/freeradius"
)

// radiusFlags are the doctor's flags about the RADIUS server.
type radiusFlags struct {
	address, secretFile string
	credential          bool
}

func (r *radiusFlags) add(set *pflag.FlagSet) {
	set.StringVar(&r.address, "radius", "", "HOST:PORT of the RADIUS server's authentication port (default that of "+
		"the last onramp freeradius, or else 127.0.0.1:1812)")
	set.StringVar(&r.secretFile, "radius-secret-file", "", "file with the secret that the RADIUS server shares with "+
		"this machine (default the secret of the last onramp freeradius)")
	set.BoolVar(&r.credential, "credential", false, "authenticate a throw-away customer of each organization, who is "+
		"removed afterwards")
}

// checks returns the checks of the RADIUS server and of serve's AAA listener.
func (r *radiusFlags) checks(ctx context.Context, s *deployment.Deployment, now time.Time) ([]doctor.Check, error) {
	url, err := s.Access.OptionalSetting(ctx, settingAAAURL)
	if err != nil {
		return nil, err
	}
	server, err := r.server(ctx, s)
	if err != nil {
		return nil, err
	}
	phones := doctor.Phones{Organizations: s.Tenant, Identifier: s.RADIUS.ProbeIdentifier, Now: now}
	if r.credential {
		phones.Customers = s.Registration
	}
	return []doctor.Check{
		doctor.AAA(url), doctor.RADIUS(*server, phones),
		doctor.DroppedRequests(func(ctx context.Context) (*doctor.Requests, error) { return droppedRequests(ctx, s) }),
	}, nil
}

// droppedRequests reads the statistics of the FreeRADIUS of the last configuration on this machine;
// nil if it has no status port.
func droppedRequests(ctx context.Context, s *deployment.Deployment) (*doctor.Requests, error) {
	port, err := s.Access.OptionalSetting(ctx, freeradius.SettingStatus)
	if err != nil || port == "" || port == "0" {
		return nil, err
	}
	address, err := s.Access.OptionalSetting(ctx, onboarding.SettingRADIUSAddress)
	if err != nil {
		return nil, err
	}
	auth, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	status, err := netip.ParseAddrPort("127.0.0.1:" + port)
	if err != nil {
		return nil, err
	}
	secret, err := s.RADIUS.LocalCommonSecret(ctx)
	if err != nil {
		return nil, err
	}
	statistics, err := freeradius.ReadStatistics(ctx, status, []byte(secret), int(auth.Port()))
	if err != nil {
		return nil, err
	}
	names, err := clientNames(ctx, s)
	if err != nil {
		return nil, err
	}
	dropped := &doctor.Requests{Unknown: statistics.Unknown}
	for _, c := range statistics.Clients {
		dropped.Clients = append(dropped.Clients, doctor.ClientRequests{
			Client:  strings.TrimSpace(names[c.Address.String()] + " " + c.Address.String()),
			Invalid: c.Invalid, Malformed: c.Malformed,
		})
	}
	return dropped, nil
}

// clientNames returns the names of the hotspots with an address of their own, by address.
func clientNames(ctx context.Context, s *deployment.Deployment) (map[string]string, error) {
	organizations, err := s.Tenant.Export(ctx, "")
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, o := range organizations {
		for _, l := range o.Locations {
			for _, h := range l.Hotspots {
				names[h.Address] = h.Name
			}
		}
	}
	return names, nil
}

// server returns the RADIUS server. The recorded secret is used for the recorded address and for
// this machine only: for any other server the secret must be given.
func (r *radiusFlags) server(ctx context.Context, s *deployment.Deployment) (*doctor.RADIUSServer, error) {
	recorded, err := s.Access.OptionalSetting(ctx, onboarding.SettingRADIUSAddress)
	if err != nil {
		return nil, err
	}
	chain, err := radiusChain(ctx, s)
	if err != nil {
		return nil, err
	}
	if recorded == "" {
		recorded = "127.0.0.1:1812" // an earlier version recorded no address
	}
	server := &doctor.RADIUSServer{Address: r.address, Recorded: chain}
	if server.Address == "" {
		server.Address = recorded
	}
	local, err := loopback(server.Address)
	if err != nil {
		return nil, usageError{fmt.Errorf("--radius: %w", err)}
	}
	if r.secretFile != "" {
		server.Given = true
		server.Secret, err = readSecret(r.secretFile)
		return server, err
	}
	if server.Address != recorded && !local {
		return nil, usageError{fmt.Errorf("--radius-secret-file is required: the recorded secret is that of %s",
			recorded)}
	}
	server.Secret, err = recordedSecret(ctx, s, server.Address)
	return server, err
}

// radiusChain returns the certificate chain (PEM) that the last `onramp freeradius` configured in
// FreeRADIUS, or nil if that command never ran.
func radiusChain(ctx context.Context, s *deployment.Deployment) ([]byte, error) {
	text, err := s.Access.OptionalSetting(ctx, onboarding.SettingRADIUSCertificate)
	if text == "" {
		return nil, err
	}
	return []byte(text), err
}

// readSecret reads a secret from a file, without white space around it.
func readSecret(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--radius-secret-file: %w", err)
	}
	secret := certs.Line(text)
	if len(secret) == 0 {
		return nil, fmt.Errorf("--radius-secret-file: %s is empty", file)
	}
	return secret, nil
}

// recordedSecret returns the secret in FreeRADIUS's client entry of this machine, nil if no
// configuration was written yet.
func recordedSecret(ctx context.Context, s *deployment.Deployment, address string) ([]byte, error) {
	configured, err := s.RADIUS.FreeRADIUSConfigured(ctx)
	if err != nil || !configured {
		return nil, err
	}
	return s.RADIUS.LocalSecret(ctx, address)
}
