package disconnect

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"fmt"
	"time"

	wire "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
	"layeh.com/radius/rfc3576"

	"onramp/onboarding/radius"
)

// Sender sends from a port of its own each time. The zero value is ready to use, by any number of goroutines.
type Sender struct {
	// Wait is how long an answer is waited for, and Again how often the same packet is sent meanwhile; 0 means 5 s and 1.5 s.
	Wait, Again time.Duration
	// Now is the clock of Event-Timestamp; nil: time.Now.
	Now func() time.Time
}

var _ radius.Disconnector = (*Sender)(nil)

// Disconnect sends one order and returns the answer that is authenticated by the shared secret. Anything else that arrives is ignored.
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
		return none, fmt.Errorf("an answer to another request")
	}
	switch answer.Code {
	case wire.CodeDisconnectACK:
		return radius.DisconnectAnswer{Acknowledged: true}, nil
	case wire.CodeDisconnectNAK:
		return radius.DisconnectAnswer{ErrorCause: int(rfc3576.ErrorCause_Get(answer))}, nil
	}
	return none, fmt.Errorf("an answer of code %v", answer.Code)
}

// packet is the Disconnect-Request. It names the connection by what the access point itself reported (section 3 of the RFC); Event-Timestamp and
// Message-Authenticator guard against replay and forgery.
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

// sign adds a Message-Authenticator (RFC 3579 section 3.2): HMAC-MD5 over the packet with both authenticators zero, as RFC 5176 section 2.3 has it for this
// kind of request.
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
