package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"onramp/onboarding"
	"onramp/onboarding/messages"
)

const (
	dialTime    = 10 * time.Second
	sessionTime = 40 * time.Second // of a whole session, less than an attempt of package messages
)

// SendMail implements messages.Mailer.
func (s *Server) SendMail(ctx context.Context, m messages.Mail) error {
	message, err := s.message(m)
	if err != nil {
		return &messages.SendError{Outcome: onboarding.MessageRejected, Reason: "the message has an invalid address"}
	}
	return s.session(ctx, func(c *mail.Client) error {
		connection, err := c.DialToSMTPClientWithContext(ctx)
		if err != nil {
			return failure(err, true)
		}
		if err := c.SendWithSMTPClient(connection, message); err != nil && !message.IsDelivered() {
			return failure(err, false)
		}
		_ = c.CloseWithSMTPClient(connection) // the message is accepted
		return nil
	})
}

// Check connects to the server, negotiates encryption and authenticates.
func (s *Server) Check(ctx context.Context) error {
	return s.session(ctx, func(c *mail.Client) error {
		connection, err := c.DialToSMTPClientWithContext(ctx)
		if err != nil {
			return failure(err, true)
		}
		return c.CloseWithSMTPClient(connection)
	})
}

// message returns the e-mail. Headers are encoded, and the texts sent in UTF-8.
func (s *Server) message(m messages.Mail) (*mail.Msg, error) {
	message := mail.NewMsg(mail.WithNoDefaultUserAgent())
	_, domain, _ := onboarding.CutLastAt(s.From)
	from := netmail.Address{Name: m.FromName, Address: s.From} // escapes quotes and backslashes
	if err := message.From(from.String()); err != nil {
		return nil, err
	}
	to, err := asciiAddress(m.To)
	if err != nil {
		return nil, err
	}
	if err := message.To(to); err != nil {
		return nil, err
	}
	message.SetMessageIDWithValue(m.ID + "@" + domain)
	message.SetDate()
	message.Subject(m.Subject)
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetGenHeader("X-Auto-Response-Suppress", "All")
	message.SetGenHeader("Content-Language", m.Language)
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	return message, nil
}

// asciiAddress returns an address whose domain is in A-labels.
func asciiAddress(address string) (string, error) {
	local, _, ok := onboarding.CutLastAt(address)
	_, domain, _ := onboarding.CutLastAt(onboarding.EmailKey(address))
	if !ok || strings.ContainsAny(address, "\r\n") {
		return "", errors.New("not an e-mail address")
	}
	return local + "@" + domain, nil
}

// session runs one SMTP session with a client. It closes the connection at the end, at the end of
// ctx, and after sessionTime.
func (s *Server) session(ctx context.Context, do func(c *mail.Client) error) error {
	var open net.Conn
	defer func() {
		if open != nil {
			open.Close()
		}
	}()
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	config.ServerName = s.Host
	options := []mail.Option{
		mail.WithPort(s.Port), mail.WithTimeout(dialTime), mail.WithTLSConfig(config), mail.WithoutNoop(),
		mail.WithHELO(s.helo()), mail.WithTLSPolicy(mail.NoTLS),
		mail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			dialer := net.Dialer{Timeout: dialTime}
			plain, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			if open = plain; s.Security == TLS {
				secure := tls.Client(plain, config)
				if err := secure.HandshakeContext(ctx); err != nil {
					return nil, err
				}
				open = secure
			}
			if err := open.SetDeadline(time.Now().Add(sessionTime)); err != nil {
				return nil, err
			}
			return bounded{open}, nil
		}),
	}
	if s.Security == StartTLS {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, mail.WithUsername(s.User), mail.WithPassword(s.Password),
			mail.WithSMTPAuth(s.auth()))
	}
	c, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	defer close(done)
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-done:
		default:
			if open != nil {
				open.Close()
			}
		}
	})
	defer stop()
	return do(c)
}

// bounded is a connection whose deadline is that of the session: the library would extend it.
type bounded struct{ net.Conn }

func (bounded) SetDeadline(time.Time) error { return nil }

// helo returns the name by which the client introduces itself, the domain of the sender.
func (s *Server) helo() string {
	_, domain, _ := onboarding.CutLastAt(s.From)
	return domain
}

// auth returns the mechanism: the best of the server, where the password is protected by encryption
// or by the loopback.
func (s *Server) auth() mail.SMTPAuthType {
	if s.Security == None {
		return mail.SMTPAuthPlainNoEnc
	}
	return mail.SMTPAuthAutoDiscover
}

// failure classifies an error. Its text has no address, which a server may repeat in its answer.
func failure(err error, connecting bool) error {
	f := &messages.SendError{Down: connecting}
	refused, isSend := errors.AsType[*mail.SendError](err)
	switch {
	case isSend && refused.ErrorCode() > 0:
		f.Reason = strings.TrimSpace(fmt.Sprintf("the SMTP server answered %d %s", refused.ErrorCode(),
			enhanced(refused))) + " to " + command(refused.Reason)
		if refused.ErrorCode() >= 500 {
			f.Outcome = onboarding.MessageRejected
			if refused.Reason == mail.ErrSMTPRcptTo && refusesAddress(refused) {
				f.Outcome = onboarding.MessageRefused
			}
		}
	case isSend:
		f.Reason, f.Down = "the connection to the SMTP server broke", true
	default:
		f.Reason = connectionError(err)
	}
	return f
}

// enhancedCode is an enhanced status code (RFC 3463) after a status. Some servers send it without
// announcing it, and the library then ignores it.
var enhancedCode = regexp.MustCompile(`\b[45]\d\d[ -]([45]\.\d{1,3}\.\d{1,3})\b`)

func enhanced(e *mail.SendError) string {
	if found := enhancedCode.FindStringSubmatch(e.Error()); found != nil {
		return found[1]
	}
	return ""
}

// refusesAddress reports whether a permanent answer to RCPT is about the address, and not about the
// sender, the policy or the server. Without an enhanced code, 550, 551 and 553 are, unless they are
// about relaying: that is a wrong setting, and true of every address.
func refusesAddress(e *mail.SendError) bool {
	switch code := enhanced(e); {
	case strings.HasPrefix(code, "5.1."):
		return code != "5.1.7" && code != "5.1.8" // of the sender
	case code == "5.2.1":
		return true
	case code != "" || strings.Contains(strings.ToLower(e.Error()), "relay"):
		return false
	}
	return e.ErrorCode() == 550 || e.ErrorCode() == 551 || e.ErrorCode() == 553
}

// command returns the command that a reason names.
func command(reason mail.SendErrReason) string {
	switch reason {
	case mail.ErrSMTPMailFrom:
		return "MAIL"
	case mail.ErrSMTPRcptTo:
		return "RCPT"
	case mail.ErrSMTPData, mail.ErrSMTPDataClose, mail.ErrWriteContent:
		return "DATA"
	}
	return "a command"
}

// connectionError describes a failed connection without the texts of the server.
func connectionError(err error) string {
	var network *net.OpError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	text := err.Error()
	switch {
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		return "the SMTP server's certificate is not valid: " + text
	case strings.Contains(text, "SMTP AUTH failed"):
		return "the SMTP server refused the user or password"
	case strings.Contains(text, "does not support STARTTLS"):
		return "the SMTP server does not offer STARTTLS"
	case strings.Contains(text, "AUTH"):
		return "the SMTP server offers no authentication that can be used"
	case errors.As(err, &network) && network.Op == "dial":
		return "cannot connect to the SMTP server: " + text
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "the SMTP server did not answer in time"
	}
	return "the connection to the SMTP server failed"
}
