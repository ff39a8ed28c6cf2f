package eap

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"
)

// Method is the outer EAP method.
type Method string

// The outer methods.
const (
	TTLS Method = "ttls"
	PEAP Method = "peap"
)

// Inner is the authentication method within the tunnel.
type Inner string

// The inner methods. PAP and MSCHAPv2 are attributes in TTLS; EAPMSCHAPv2 is an EAP method in TTLS
// or PEAP.
const (
	PAP         Inner = "pap"
	MSCHAPv2    Inner = "mschapv2"
	EAPMSCHAPv2 Inner = "eap-mschapv2"
)

// Server is a RADIUS server and the secret that it shares with this client.
type Server struct {
	Address string // host:port
	Secret  []byte
}

// Login holds the settings of a phone and of the access point at which it authenticates.
type Login struct {
	Method        Method
	Inner         Inner
	OuterIdentity string // sent in clear
	Username      string // sent within the tunnel
	Password      string

	// Verify returns an error for a certificate chain that the phone does not trust; the server's
	// certificate is the first. The handshake then ends with an alert, as on a phone. Nil trusts
	// every chain. An error of type *TrustError becomes Result.Untrusted.
	Verify func(chain []*x509.Certificate) error
	// UntilCertificate ends the conversation after the TLS handshake. Username and Password are not
	// used.
	UntilCertificate bool

	NASIdentifier  string // empty: "onramp"
	CalledStation  string // Called-Station-Id; empty: none
	CallingStation string // Calling-Station-Id; empty: none
	Waits          Waits  // zero values: the defaults
}

// Waits holds the limits of the waits for a server.
type Waits struct {
	Answer time.Duration // for the answer to one request; 0: 6 s
	Again  time.Duration // after which an unanswered request is sent again; 0: 1.5 s
	All    time.Duration // for the whole conversation; 0: 30 s
}

func (w Waits) withDefaults() Waits {
	if w.Answer <= 0 {
		w.Answer = 6 * time.Second
	}
	if w.Again <= 0 {
		w.Again = 1500 * time.Millisecond
	}
	if w.All <= 0 {
		w.All = 30 * time.Second
	}
	return w
}

// maxText is the most octets of an identity: that of a RADIUS attribute.
const maxText = 253

// maxPassword is the most octets of a password in PAP (RFC 2865, section 5.2).
const maxPassword = 128

func (s *Server) check() error {
	if _, _, err := net.SplitHostPort(s.Address); err != nil {
		return fmt.Errorf("address: %w", err)
	}
	if len(s.Secret) == 0 {
		return errors.New("secret: missing")
	}
	return nil
}

func (l *Login) check() error {
	switch {
	case l.Method != TTLS && l.Method != PEAP:
		return fmt.Errorf("method %q is not supported", l.Method)
	case l.OuterIdentity == "" || len(l.OuterIdentity) > maxText:
		return fmt.Errorf("outer identity: must have 1 to %d octets", maxText)
	case l.UntilCertificate:
		return nil
	case l.Inner != EAPMSCHAPv2 && (l.Method == PEAP || l.Inner != PAP && l.Inner != MSCHAPv2):
		return fmt.Errorf("inner method %q is not supported in %s", l.Inner, l.Method)
	case l.Username == "" || len(l.Username) > maxText:
		return fmt.Errorf("user name: must have 1 to %d octets", maxText)
	case l.Password == "" || len(l.Password) > maxPassword:
		return fmt.Errorf("password: must have 1 to %d octets", maxPassword)
	}
	return nil
}
