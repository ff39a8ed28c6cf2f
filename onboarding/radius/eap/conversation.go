package eap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"
)

// maxRounds is the most requests of one conversation.
const maxRounds = 100

// framedMTU is the Framed-MTU of the requests: the server's fragments must fit into a RADIUS packet
// that fits into an Ethernet frame (RFC 3579, section 2.4).
const framedMTU = 1200

// conversation is one EAP conversation in RADIUS.
type conversation struct {
	exchange *exchanger
	login    *Login
	state    []byte // of the last Access-Challenge
	request  packet // the last EAP request
	rounds   int
	result   *Result
}

// errEnded is the error of a conversation that an Access-Accept or Access-Reject ended;
// conversation.result holds it.
var errEnded = errors.New("the server ended the conversation")

// violation is the error of a server that breaks a rule.
type violation struct{ error }

func (v violation) Unwrap() error { return v.error }

func violated(format string, args ...any) error { return violation{fmt.Errorf(format, args...)} }

// send sends an EAP response and returns the next request, in c.request. Notifications are
// acknowledged (RFC 3748, section 5.2).
func (c *conversation) send(ctx context.Context, response packet) error {
	for {
		if err := c.round(ctx, response); err != nil {
			return err
		}
		if c.request.Type != typeNotification {
			return nil
		}
		response = packet{Code: codeResponse, ID: c.request.ID, Type: typeNotification}
	}
}

// round sends one Access-Request and reads its answer.
func (c *conversation) round(ctx context.Context, response packet) error {
	if c.rounds++; c.rounds > maxRounds {
		return violated("more than %d rounds", maxRounds)
	}
	request := radius.New(radius.CodeAccessRequest, c.exchange.secret)
	if err := c.describe(request, response); err != nil {
		return err
	}
	answer, err := c.exchange.exchange(ctx, request, true)
	if err != nil {
		return err
	}
	c.result.keepMessage(rfc2865.ReplyMessage_GetString(answer))
	message, err := rfc2869.EAPMessage_Lookup(answer)
	has := err == nil
	var p packet
	if has {
		if p, err = parsePacket(message); err != nil {
			return violation{err}
		}
	}
	switch answer.Code {
	case radius.CodeAccessReject:
		if has && p.Code == codeSuccess {
			return violated("Access-Reject with an EAP success")
		}
		c.result.Reply = answer
		return errEnded
	case radius.CodeAccessAccept:
		if !has || p.Code != codeSuccess {
			return violated("Access-Accept without an EAP success")
		}
		c.result.Reply = answer
		return errEnded
	case radius.CodeAccessChallenge:
		if !has || p.Code != codeRequest {
			return violated("Access-Challenge without an EAP request")
		}
		c.state, c.request = rfc2865.State_Get(answer), p
		return nil
	}
	return violated("answer with code %v", answer.Code)
}

// describe sets the attributes of an Access-Request (RFC 3580, section 3).
func (c *conversation) describe(p *radius.Packet, response packet) error {
	nas := c.login.NASIdentifier
	if nas == "" {
		nas = "onramp"
	}
	for _, set := range []struct {
		text string
		set  func(*radius.Packet, string) error
	}{
		{c.login.OuterIdentity, rfc2865.UserName_SetString},
		{nas, rfc2865.NASIdentifier_SetString},
		{c.login.CalledStation, rfc2865.CalledStationID_SetString},
		{c.login.CallingStation, rfc2865.CallingStationID_SetString},
	} {
		if set.text == "" {
			continue
		}
		if err := set.set(p, set.text); err != nil {
			return err
		}
	}
	if err := rfc2865.NASPortType_Set(p, rfc2865.NASPortType_Value_Wireless80211); err != nil {
		return err
	}
	if err := rfc2865.ServiceType_Set(p, rfc2865.ServiceType_Value_FramedUser); err != nil {
		return err
	}
	if err := rfc2865.FramedMTU_Set(p, framedMTU); err != nil {
		return err
	}
	if len(c.state) > 0 {
		if err := rfc2865.State_Set(p, c.state); err != nil {
			return err
		}
	}
	return rfc2869.EAPMessage_Set(p, response.bytes())
}

// maxMessageText is the most octets of an explanation of the server.
const maxMessageText = 200

// keepMessage stores an explanation of the server, if it is one.
func (r *Result) keepMessage(text string) {
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 || c == '\uFFFD' {
			return ' '
		}
		return c
	}, text))
	if text != "" {
		r.Message = strings.ToValidUTF8(text[:min(len(text), maxMessageText)], "")
	}
}

// negotiate sends the identity and returns when the server starts the login's method. It asks for
// that method if the server begins with another one (RFC 3748, section 5.3.1).
func (c *conversation) negotiate(ctx context.Context, method byte) error {
	c.result.Step = StepIdentity
	identity := packet{Code: codeResponse, Type: typeIdentity, Data: []byte(c.login.OuterIdentity)}
	if err := c.send(ctx, identity); err != nil {
		return err
	}
	for range maxNaks {
		r := c.request
		switch r.Type {
		case method:
			return nil
		case typeIdentity:
			r.Data = []byte(c.login.OuterIdentity)
		default:
			c.result.Step, c.result.Offered = StepMethod, r.Type
			r.Type, r.Data = typeNak, []byte{method}
		}
		r.Code = codeResponse
		if err := c.send(ctx, r); err != nil {
			return err
		}
	}
	if c.request.Type != method {
		return violated("the server asks for EAP type %d again", c.request.Type)
	}
	return nil
}

// maxNaks is how often the server may begin with another method.
const maxNaks = 3
