package freeradius

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	wire "layeh.com/radius"

	"onramp/onboarding/radius/eap"
)

// Statistics are counts of authentication requests since FreeRADIUS started. FreeRADIUS drops
// requests with another secret, and those of senders that are no clients, without an answer: only
// these counts show them.
type Statistics struct {
	// Unknown is the least number of requests of senders that are no clients.
	Unknown int64
	Clients []ClientStatistics
}

// ClientStatistics are the counts of one client.
type ClientStatistics struct {
	Address  netip.Addr
	Requests int64
	Invalid  int64 // requests that another secret signed
	// Malformed counts requests without Message-Authenticator, and those that are no RADIUS.
	Malformed int64
}

// maxStatisticsClients is the maximum number of clients that are read.
const maxStatisticsClients = 2000

// statisticsWait limits the wait for each answer, and statisticsAgain is the time after which an
// unanswered request is sent again.
const (
	statisticsWait  = 2 * time.Second
	statisticsAgain = 400 * time.Millisecond
)

// vendorFreeRADIUS is the number of FreeRADIUS's vendor-specific attributes.
const vendorFreeRADIUS = 11344

// The attributes of FreeRADIUS's dictionary.
const (
	statType          = 127
	statRequests      = 128
	statMalformed     = 134
	statInvalid       = 135
	statClientIPv4    = 167
	statClientNumber  = 168
	statServerIPv4    = 170
	statServerPort    = 171
	statError         = 187
	statClientIPv6    = 188
	statisticsClient  = 0x21 // of authentications, for one client
	statisticsServers = 0x41 // of authentications, for one listener
)

// ReadStatistics asks the status port of a FreeRADIUS that Write configured, whose authentication
// port is given.
func ReadStatistics(ctx context.Context, status netip.AddrPort, secret []byte, authPort int) (*Statistics, error) {
	// The listener first: requests that arrive meanwhile count as the clients' alone.
	loopback4 := netip.MustParseAddr(loopback).As4()
	listener, err := askStatistics(ctx, status, secret, statisticsServers,
		statistic{statServerIPv4, loopback4[:]}, statistic{statServerPort, number(authPort)})
	if err != nil {
		return nil, err
	}
	s := &Statistics{Unknown: listener.last(statRequests)}
	for i := range maxStatisticsClients {
		answer, err := askStatistics(ctx, status, secret, statisticsClient, statistic{statClientNumber, number(i)})
		if err != nil {
			return nil, err
		}
		if answer[statError] != nil {
			return s.finish(), nil
		}
		c := ClientStatistics{
			Requests: answer.last(statRequests), Invalid: answer.last(statInvalid),
			Malformed: answer.last(statMalformed),
		}
		for _, kind := range []byte{statClientIPv4, statClientIPv6} {
			if octets := answer[kind]; octets != nil {
				c.Address, _ = netip.AddrFromSlice(octets[len(octets)-1])
			}
		}
		s.Clients = append(s.Clients, c)
	}
	s.Unknown = 0 // the requests of the other clients are not known
	return s, nil
}

// finish removes the sender of these requests, which FreeRADIUS lists last, and the requests of
// clients from those of all senders.
func (s *Statistics) finish() *Statistics {
	s.Clients = s.Clients[:max(len(s.Clients)-1, 0)]
	for _, c := range s.Clients {
		s.Unknown -= c.Requests
	}
	s.Unknown = max(s.Unknown, 0)
	return s
}

// statistic is an attribute of FreeRADIUS's vendor.
type statistic struct {
	kind  byte
	value []byte
}

func number(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) } //nolint:gosec // small

// statistics are the values of an answer by attribute, in order.
type statistics map[byte][][]byte

// last returns the last value of a number. An answer about a client holds the values of the whole
// server before its own.
func (s statistics) last(kind byte) int64 {
	values := s[kind]
	if len(values) == 0 || len(values[len(values)-1]) != 4 {
		return 0
	}
	return int64(binary.BigEndian.Uint32(values[len(values)-1]))
}

// askStatistics sends one Status-Server request (RFC 5997).
func askStatistics(
	ctx context.Context, status netip.AddrPort, secret []byte, kind int, about ...statistic,
) (statistics, error) {
	ctx, cancel := context.WithTimeout(ctx, statisticsWait)
	defer cancel()
	packet := wire.New(wire.CodeStatusServer, secret)
	for _, one := range append([]statistic{{statType, number(kind)}}, about...) {
		attribute, err := wire.NewVendorSpecific(vendorFreeRADIUS,
			append(wire.Attribute{one.kind, byte(len(one.value) + 2)}, one.value...)) //nolint:gosec // at most 16
		if err != nil {
			return nil, err
		}
		packet.Add(vendorSpecific, attribute)
	}
	if _, err := eap.Sign(packet); err != nil {
		return nil, err
	}
	client := wire.Client{Retry: statisticsAgain}
	answer, err := client.Exchange(ctx, packet, status.String())
	if err != nil {
		return nil, fmt.Errorf("status of FreeRADIUS: %w", err)
	}
	if answer.Code != wire.CodeAccessAccept {
		return nil, errors.New("status of FreeRADIUS: unexpected answer")
	}
	return parseStatistics(answer), nil
}

// vendorSpecific is the attribute Vendor-Specific (RFC 2865, section 5.26).
const vendorSpecific = 26

func parseStatistics(answer *wire.Packet) statistics {
	found := statistics{}
	for _, attribute := range answer.Attributes {
		if attribute.Type != vendorSpecific {
			continue
		}
		vendor, rest, err := wire.VendorSpecific(attribute.Attribute)
		if err != nil || vendor != vendorFreeRADIUS {
			continue
		}
		for len(rest) >= 2 && int(rest[1]) >= 2 && int(rest[1]) <= len(rest) {
			found[rest[0]] = append(found[rest[0]], rest[2:rest[1]])
			rest = rest[rest[1]:]
		}
	}
	return found
}

// StatusPort returns the port of a written configuration at which ReadStatistics asks; 0 if it has
// none.
func StatusPort(dir string) (int, error) {
	var s settings
	err := s.keep(filepath.Join(dir, "settings.conf"))
	return s.StatusPort, err
}
