package freeradius

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"onramp/certs"
)

// settings holds the values in settings.conf, which an operator may change.
type settings struct {
	AuthPort, AcctPort int
	AAAURL             string
	Listen             word
	Threads            int
	Connections        int
	Timeout            int
	RejectDelay        int
	StatusPort         int
	// SecondAuthPort and SecondAcctPort are the ports for every other common secret; 0: none.
	SecondAuthPort, SecondAcctPort int

	TLSMinimum, TLSMaximum word // TLS versions: 1.2 or 1.3
	Resumption             word // yes or no
	ResumptionHours        int
	ResumptionSessions     int // at most, in memory

	LogAuthentications word
}

// The usual ports for authentication (RFC 2865) and for FreeRADIUS's statistics.
const (
	standardAuthPort   = 1812
	standardStatusPort = 18121
	secondAuthPort     = 1822
	secondAcctPort     = 1823
)

func defaultSettings(o Options, listen word) settings {
	s := settings{
		AuthPort: o.AuthPort, AcctPort: o.AcctPort, AAAURL: o.AAAURL, Listen: listen,
		Threads: 64, Connections: 32, Timeout: 2, RejectDelay: 1, LogAuthentications: "no",
		TLSMinimum: "1.2", TLSMaximum: "1.2",
		Resumption: "yes", ResumptionHours: 24, ResumptionSessions: 50_000,
	}
	if o.AuthPort == standardAuthPort { // not for further servers on the same machine
		s.StatusPort = standardStatusPort
		s.SecondAuthPort, s.SecondAcctPort = secondAuthPort, secondAcctPort
	}
	return s
}

// keep reads the operator's values from the file of an earlier run, if there is one. It returns an
// error for a line that it does not understand, which would be lost.
func (s *settings) keep(name string) error {
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, line := range strings.Split(string(certs.Text(content)), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		if err := s.set(strings.TrimSpace(key), strings.TrimSpace(value)); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, i+1, err)
		}
	}
	if s.TLSMinimum > s.TLSMaximum {
		return fmt.Errorf("%s: tls_min_version must not be above tls_max_version", name)
	}
	return nil
}

func (s *settings) set(key, value string) error {
	number := func(to *int, least, most int) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > most {
			return fmt.Errorf("%s must be a number from %d to %d", key, least, most)
		}
		*to = n
		return nil
	}
	oneOf := func(to *word, values ...string) error {
		if !slices.Contains(values, value) {
			return fmt.Errorf("%s must be %s", key, strings.Join(values, " or "))
		}
		*to = word(value)
		return nil
	}
	switch key {
	case "auth_port", "acct_port", "aaa_url": // set by the command line
		return nil
	case "listen_address":
		if address, err := netip.ParseAddr(value); value != "*" && (err != nil || !address.Is4()) {
			return fmt.Errorf("%s must be an IPv4 address or *", key)
		}
		s.Listen = word(value)
		return nil
	case "threads":
		return number(&s.Threads, 2, 1024)
	case "onramp_connections":
		return number(&s.Connections, 1, 1024)
	case "onramp_timeout":
		return number(&s.Timeout, 1, 8)
	case "reject_delay":
		return number(&s.RejectDelay, 0, 5)
	case "status_port":
		return number(&s.StatusPort, 0, 65535)
	case "second_auth_port":
		return number(&s.SecondAuthPort, 0, 65535)
	case "second_acct_port":
		return number(&s.SecondAcctPort, 0, 65535)
	case "tls_min_version":
		return oneOf(&s.TLSMinimum, "1.2", "1.3")
	case "tls_max_version":
		return oneOf(&s.TLSMaximum, "1.2", "1.3")
	case "resumption":
		return oneOf(&s.Resumption, "yes", "no")
	case "resumption_hours":
		return number(&s.ResumptionHours, 1, 168)
	case "resumption_sessions":
		return number(&s.ResumptionSessions, 1, 1_000_000)
	case "log_authentications":
		return oneOf(&s.LogAuthentications, "yes", "no")
	}
	return fmt.Errorf("%q is not a setting", key)
}
