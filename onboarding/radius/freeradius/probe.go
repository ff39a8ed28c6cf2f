package freeradius

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/radius"
	"onramp/onboarding/radius/eap"
)

// SettingStatus is the setting with the port of the statistics of the last configuration.
const SettingStatus = "radius-status"

// settingDropped holds the dropped requests that the last probe counted.
const settingDropped = "radius-dropped"

// Probe asks the FreeRADIUS of the last configuration whether it answers, and which requests it
// drops. It implements connectivity.Probe. FreeRADIUS counts since its start, so that Probe keeps
// the last counts to know when they grew.
type Probe struct {
	AAA      *radius.AAA
	Settings interface {
		Setting(ctx context.Context, name string) (string, error)
		PutSetting(ctx context.Context, name, value string) error
	}
	Clock onboarding.Clock
	// AAAURL names the setting with the URL of the AAA listener.
	AAAURL string

	mu sync.Mutex
}

var _ connectivity.Probe = (*Probe)(nil)

// droppedKept is the time for which dropped requests explain anything.
const droppedKept = 24 * time.Hour

// counted is the state of one sender.
type counted struct {
	Count int64     `json:"count"`
	Valid int64     `json:"valid"` // requests with the right secret when Count last grew
	Last  time.Time `json:"last"`  // when Count last grew
}

// unknownSender is the key of senders that are no clients; a client's is its address.
const unknownSender = "unknown"

// Health implements connectivity.Probe.
func (p *Probe) Health(ctx context.Context) (*connectivity.Health, error) {
	address, err := p.Settings.Setting(ctx, onboarding.SettingRADIUSAddress)
	if err != nil {
		return nil, err
	}
	secret, err := p.AAA.LocalSecret(ctx, address)
	if err != nil {
		return nil, err
	}
	status := eap.Status(ctx, eap.Server{Address: address, Secret: secret}, 1,
		eap.Waits{Answer: 800 * time.Millisecond, Again: 300 * time.Millisecond})
	h := &connectivity.Health{At: p.Clock.Now(), Answers: status.Reachable(), Address: address}
	h.Unavailable = !p.listens(ctx)
	if !h.Answers {
		return h, nil
	}
	text, err := p.Settings.Setting(ctx, SettingStatus)
	if errors.Is(err, onboarding.ErrNotFound) || err == nil && text == "0" {
		return h, nil
	}
	if err != nil {
		return nil, err
	}
	common, err := p.AAA.LocalCommonSecret(ctx)
	if err != nil {
		return nil, err
	}
	h.Dropped, err = p.dropped(ctx, address, text, []byte(common))
	return h, err
}

// listens reports whether the AAA listener accepts a connection, or its address is unknown.
func (p *Probe) listens(ctx context.Context) bool {
	text, err := p.Settings.Setting(ctx, p.AAAURL)
	if err != nil {
		return true
	}
	u, err := url.Parse(text)
	if err != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// dropped reads the statistics and compares them with those of the last probe.
func (p *Probe) dropped(ctx context.Context, address, port string, secret []byte) ([]connectivity.Dropped, error) {
	auth, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	status, err := netip.ParseAddrPort(loopback + ":" + port)
	if err != nil {
		return nil, err
	}
	statistics, err := ReadStatistics(ctx, status, secret, int(auth.Port()))
	if err != nil {
		return nil, err
	}
	clients, err := p.AAA.Clients(ctx)
	if err != nil {
		return nil, err
	}
	hotspots := map[netip.Addr]string{}
	for _, c := range clients {
		if a, err := netip.ParseAddr(c.Address); err == nil {
			hotspots[a] = c.HotspotID
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	before := map[string]counted{}
	text, err := p.Settings.Setting(ctx, settingDropped)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return nil, err
	}
	_ = json.Unmarshal([]byte(text), &before) // of another version: begins anew
	now, after := p.Clock.Now(), map[string]counted{}
	// note keeps the counts of a sender, and reports whether they still explain anything.
	note := func(key string, count, valid int64) (counted, bool) {
		c := before[key].grow(count, valid, now)
		if c.Count > 0 {
			after[key] = c
		}
		return c, c.Count > 0 && valid <= c.Valid && now.Sub(c.Last) <= droppedKept
	}
	var dropped []connectivity.Dropped
	unknown, strangers := note(unknownSender, statistics.Unknown, 0)
	if strangers {
		dropped = append(dropped, connectivity.Dropped{
			Reason: connectivity.DroppedClient, Count: unknown.Count, Last: unknown.Last,
		})
	}
	for _, client := range statistics.Clients {
		hotspot := hotspots[client.Address]
		if hotspot == "" {
			continue
		}
		d := connectivity.Dropped{HotspotID: hotspot, Address: client.Address.String()}
		if c, wrong := note(d.Address, client.Invalid, client.Requests-client.Invalid); wrong {
			d.Reason, d.Count, d.Last = connectivity.DroppedSecret, c.Count, c.Last
			dropped = append(dropped, d)
		} else if strangers && client.Requests == 0 { // it may be the unknown sender
			d.Reason, d.Count, d.Last = connectivity.DroppedClient, unknown.Count, unknown.Last
			dropped = append(dropped, d)
		}
	}
	return dropped, p.keep(ctx, text, after)
}

// grow returns the state after a count. FreeRADIUS begins at 0 when it starts.
func (c counted) grow(count, valid int64, now time.Time) counted {
	switch {
	case count > c.Count, count < c.Count && count > 0:
		return counted{Count: count, Valid: valid, Last: now}
	case count < c.Count:
		return counted{}
	case valid < c.Valid:
		c.Valid = valid
	}
	return c
}

// keep stores the counts if they changed.
func (p *Probe) keep(ctx context.Context, before string, after map[string]counted) error {
	text, err := json.Marshal(after)
	if err != nil || string(text) == before || len(after) == 0 && before == "" {
		return err
	}
	return p.Settings.PutSetting(ctx, settingDropped, string(text))
}
