package disconnect

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"errors"
	"fmt"
	"time"

	wire "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
	"layeh.com/radius/rfc3576"

	"onramp/onboarding/radius"
)

// Sender sends each request from a new port. The zero value is ready to use. Its methods are safe
// for concurrent use.
type Sender struct {
	// Wait is the maximum wait for an answer (0: 5 s), and Again the interval at which the same
	// packet is sent again meanwhile (0: 1.5 s).
	Wait, Again time.Duration
	// Now is the clock of Event-Timestamp; nil: time.Now.
	Now func() time.Time
}

var _ radius.Disconnector = (*Sender)(nil)

// Disconnect implements radius.Disconnector. It ignores packets that the shared secret does not
// authenticate.
func (s *Sender) Disconnect(ctx context.Context, r radius.DisconnectRequest) (radius.DisconnectAnswer, error) {
	var none radius.DisconnectAnswer
	packet, err := s.packet(r)
	if err != nil {
		return none, err
	}
	wait, again := s.Wait, s.Again
	if wait == 0 {
		wait = 5 * time.Second
	}
	if again == 0 {
		again = 1500 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	client := wire.Client{Retry: again}
	answer, err := client.Exchange(ctx, packet, r.Address.String())
	if err != nil {
		return none, err
	}
	if answer.Identifier != packet.Identifier {
		return none, errors.New("answer to another request")
	}
	switch answer.Code {
	case wire.CodeDisconnectACK:
		return radius.DisconnectAnswer{Acknowledged: true}, nil
	case wire.CodeDisconnectNAK:
		return radius.DisconnectAnswer{ErrorCause: int(rfc3576.ErrorCause_Get(answer))}, nil
	}
	return none, fmt.Errorf("unexpected answer: code %v", answer.Code)
}

// packet returns the Disconnect-Request. It identifies the connection by attributes that the access
// point reported (section 3 of the RFC). Event-Timestamp and Message-Authenticator protect against
// replay and forgery.
func (s *Sender) packet(r radius.DisconnectRequest) (*wire.Packet, error) {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	p := wire.New(wire.CodeDisconnectRequest, r.Secret)
	for _, set := range []struct {
		text string
		set  func(*wire.Packet, string) error
	}{
		{r.SessionID, rfc2866.AcctSessionID_SetString},
		{r.CallingStation, rfc2865.CallingStationID_SetString},
		{r.NASIdentifier, rfc2865.NASIdentifier_SetString},
	} {
		if set.text == "" {
			continue
		}
		if err := set.set(p, set.text); err != nil {
			return nil, err
		}
	}
	if err := rfc2869.EventTimestamp_Set(p, now()); err != nil {
		return nil, err
	}
	return p, sign(p)
}

// sign adds a Message-Authenticator (RFC 3579 section 3.2): HMAC-MD5 over the packet with both
// authenticators zero, as RFC 5176 section 2.3 specifies.
func sign(p *wire.Packet) error {
	p.Authenticator = [16]byte{}
	if err := rfc2869.MessageAuthenticator_Set(p, make([]byte, md5.Size)); err != nil {
		return err
	}
	octets, err := p.MarshalBinary()
	if err != nil {
		return err
	}
	mac := hmac.New(md5.New, p.Secret)
	mac.Write(octets)
	return rfc2869.MessageAuthenticator_Set(p, mac.Sum(nil))
}
