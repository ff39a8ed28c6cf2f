package freeradius

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/radius/eap"
)

// wakeEvery is the time between two wakes. A device that stopped answering is reported at the first
// one after 20 s, so within a minute.
const wakeEvery = 30 * time.Second

// Waker wakes the FreeRADIUS of the last configuration, so that an idle one reports devices that
// stopped answering.
type Waker struct {
	AAA      *radius.AAA
	Settings interface {
		Setting(ctx context.Context, name string) (string, error)
	}
	Log   *slog.Logger
	Every time.Duration // 0: 30 s
}

// Run wakes FreeRADIUS until ctx ends. A FreeRADIUS that does not answer, or that is not on this
// machine, reports such devices with the next authentication.
func (w *Waker) Run(ctx context.Context) {
	ticker := time.NewTicker(cmp.Or(w.Every, wakeEvery))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := w.wake(ctx); err != nil && ctx.Err() == nil {
			w.Log.Debug("FreeRADIUS not woken", "error", err)
		}
	}
}

func (w *Waker) wake(ctx context.Context) error {
	address, err := w.Settings.Setting(ctx, onboarding.SettingRADIUSAddress)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	secret, err := w.AAA.LocalSecret(ctx, address)
	if err != nil {
		return err
	}
	return eap.Wake(ctx, eap.Server{Address: address, Secret: secret}, eap.Waits{All: 3 * time.Second})
}
