// Package mail sends the e-mails of package messages to an SMTP server.
//
// # Decisions
//
// The connection never falls back to one without encryption, and the server's certificate is always
// verified. Without encryption only a server on the same machine is allowed. Reason: the messages
// hold codes and links that open an account.
package mail

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"strconv"
	"strings"

	"onramp/onboarding"
)

// Security is the encryption of the connection.
type Security string

// The kinds of encryption.
const (
	StartTLS Security = "starttls" // RFC 3207; required
	TLS      Security = "tls"      // from the first byte (RFC 8314)
	None     Security = "none"     // loopback only
)

// Server is an SMTP server, and the sender of the e-mails.
type Server struct {
	Host     string
	Port     int
	User     string // empty: no authentication
	Password string
	Security Security
	From     string      // an e-mail address
	TLS      *tls.Config // nil: the system's roots
}

// Describe returns the settings for an operator, without the password.
func (s *Server) Describe() string {
	text := fmt.Sprintf("%s port %d, tls=%s, sender %s", s.Host, s.Port, s.Security, s.From)
	if s.User != "" {
		text += ", with authentication"
	}
	return text
}

const maxPassword = 1024

// Parse reads the settings of an SMTP server: --smtp, the file of --smtp-password-file, and
// --mail-from. Its errors name the setting and do not hold a password.
func Parse(address, passwordFile, from string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return nil, errors.New("--smtp must have the form smtp://[USER@]HOST:PORT?tls=starttls|tls|none")
	}
	s := &Server{Host: u.Hostname(), Security: StartTLS}
	if _, given := u.User.Password(); given {
		return nil, errors.New("--smtp must not hold a password: use --smtp-password-file")
	}
	s.User = u.User.Username()
	for name, values := range u.Query() {
		if name != "tls" || len(values) != 1 {
			return nil, fmt.Errorf("--smtp: unknown or repeated parameter %q", name)
		}
		s.Security = Security(values[0])
	}
	switch s.Security {
	case StartTLS:
		s.Port = 587
	case TLS:
		s.Port = 465
	case None:
		s.Port = 25
		if !onboarding.IsLoopback(s.Host) {
			return nil, errors.New("--smtp: tls=none is allowed for a server on this machine only")
		}
	default:
		return nil, fmt.Errorf("--smtp: tls must be starttls, tls or none, not %q", s.Security)
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil || s.Port < 1 || s.Port > 65535 {
			return nil, fmt.Errorf("--smtp: %q is not a port", u.Port())
		}
	}
	if s.Password, err = readPassword(passwordFile); err != nil {
		return nil, err
	}
	if (s.User == "") != (s.Password == "") {
		return nil, errors.New("--smtp: a user and --smtp-password-file must be given together")
	}
	sender, err := mail.ParseAddress(from)
	if err != nil || sender.Name != "" || sender.Address != from || strings.ContainsAny(from, "\r\n\"<> ") ||
		strings.ContainsFunc(from, func(r rune) bool { return r >= 0x7f }) {
		return nil, fmt.Errorf("--mail-from: %q is not an e-mail address in ASCII", from)
	}
	s.From = from
	return s, nil
}

func readPassword(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--smtp-password-file: %w", err)
	}
	password := strings.TrimRight(string(data), "\r\n")
	if password == "" || len(password) > maxPassword || strings.ContainsAny(password, "\r\n\x00") {
		return "", fmt.Errorf("--smtp-password-file: %s must hold one line", file)
	}
	return password, nil
}
