package main

import (
	"context"
	"os"
	"sync/atomic"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/doctor"
	"onramp/onboarding/server/console"
)

// watch returns the checks that a running server repeats for the console: those of doctor that cost
// little and ask no other server but the RADIUS server.
func (f *serveFlags) watch(d *storage, s *deployment.Deployment, signer *signer) *doctor.Watch {
	of := checked{
		flags: &f.flags, messages: &f.messages, signOn: &f.signOn, acme: &f.acme,
		tlsCert: f.tlsCert, tlsKey: f.tlsKey,
	}
	return doctor.NewWatch(clock, func(ctx context.Context, now time.Time) []doctor.Check {
		checks := f.signerChecks(signer.development, nil, now, false)
		checks = append(checks, of.checks(d, s, now, signer.watcher.Current().Chain[0].NotBefore)...)
		return append(checks, doctor.Codes(s.Tenant, f.messages.missing, f.messages.missingForNotices),
			f.radiusCheck(ctx, s, now))
	})
}

// radiusCheck returns the check of the RADIUS server of the last `onramp freeradius`. One that
// listens on the loopback address of another machine is not checked.
func (f *serveFlags) radiusCheck(ctx context.Context, s *deployment.Deployment, now time.Time) doctor.Check {
	const name = "radius"
	folder := f.radiusFolder
	if folder == "" {
		var err error
		if folder, err = s.Access.OptionalSetting(ctx, onboarding.SettingRADIUSFolder); err != nil {
			return doctor.Failed(name, err)
		}
	}
	server, err := (&radiusFlags{}).server(ctx, s)
	if err != nil {
		return doctor.Failed(name, err)
	}
	if local, err := loopback(server.Address); err == nil && local && folder != "" {
		if _, err := os.Stat(folder); err != nil {
			return func(context.Context) []doctor.Line {
				return []doctor.Line{{
					Status: doctor.OK, Check: name, Text: "is on another machine, where onramp doctor checks it",
				}}
			}
		}
	}
	return doctor.RADIUSWithoutHandshakes(*server, s.Tenant, now)
}

// healthStates are the console's names of the states.
var healthStates = map[doctor.Status]console.HealthState{
	doctor.OK: console.HealthGood, doctor.Warn: console.HealthWarning, doctor.Fail: console.HealthFailure,
}

// healthOf returns the reader of the last result of the checks for the console, which is nil before
// the first one.
func healthOf(w *doctor.Watch) func() *console.Health {
	type converted struct {
		of     *doctor.Result
		health *console.Health
	}
	var last atomic.Pointer[converted]
	return func() *console.Health {
		result := w.Last()
		if result == nil {
			return nil
		}
		if c := last.Load(); c != nil && c.of == result {
			return c.health
		}
		h := &console.Health{At: result.At}
		for _, line := range result.Lines {
			h.Lines = append(h.Lines, console.HealthLine{
				State: healthStates[line.Status], Check: line.Check, Text: line.Text, Key: line.Key, Args: line.Args,
				OrganizationID: line.Organization, Public: line.Public,
			})
		}
		last.Store(&converted{result, h})
		return h
	}
}
