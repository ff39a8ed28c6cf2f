package testkit

import (
	"onramp/onboarding/messages/mail"
	"onramp/onboarding/testkit/exim"
)

// MailServer returns the settings of a client of an SMTP server. It is not part of package exim,
// which the tests of package mail use themselves.
func MailServer(s *exim.Server) *mail.Server {
	return &mail.Server{
		Host: "localhost", Port: s.Port, User: exim.User, Password: exim.Password, Security: mail.StartTLS,
		From: "wifi@example.com", TLS: s.TLS(),
	}
}
