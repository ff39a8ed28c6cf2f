package eap

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"errors"
	"net"
	"syscall"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2869"
)

// exchanger sends requests to one server from one port and reads the answers.
type exchanger struct {
	socket net.Conn
	secret []byte
	waits  Waits
	id     byte

	answers, resent, discarded int
	forged                     bool // an answer to the current request has a wrong authenticator
}

// errSilent is the error of a request without a valid answer.
var errSilent = errors.New("no valid answer")

func dial(ctx context.Context, s *Server, waits Waits) (*exchanger, error) {
	var d net.Dialer
	// A connected socket receives ICMP errors, and no datagrams of other hosts.
	socket, err := d.DialContext(ctx, "udp", s.Address)
	if err != nil {
		return nil, err
	}
	x := &exchanger{socket: socket, secret: s.Secret, waits: waits}
	var id [1]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	x.id = id[0]
	return x, nil
}

// exchange sends a request until its answer comes, at most for x.waits.Answer. It sets the
// request's identifier and signs it. signed requires a Message-Authenticator in the answer, except
// in an Access-Reject without EAP: a server sends such a one for a request that it does not
// authenticate.
func (x *exchanger) exchange(ctx context.Context, request *radius.Packet, signed bool) (*radius.Packet, error) {
	x.id++
	request.Identifier = x.id
	wire, err := Sign(request)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(x.waits.Answer)
	if limit, ok := ctx.Deadline(); ok && limit.Before(end) {
		end = limit
	}
	stop := context.AfterFunc(ctx, func() { _ = x.socket.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for first := true; ; first = false {
		if !first {
			x.resent++
		}
		if _, err := x.socket.Write(wire); err != nil {
			return nil, err
		}
		until := time.Now().Add(x.waits.Again)
		if until.After(end) {
			until = end
		}
		if err := x.socket.SetReadDeadline(until); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil { // the deadline that AfterFunc set may be overwritten
			return nil, err
		}
		answer, err := x.read(wire, signed)
		var timeout net.Error
		switch {
		case err == nil:
			x.answers++
			return answer, nil
		case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil, ctx.Err()
		case !errors.As(err, &timeout) || !timeout.Timeout():
			return nil, err
		case !time.Now().Before(end):
			return nil, errSilent
		}
	}
}

// read returns the first valid answer to the request before the socket's deadline.
func (x *exchanger) read(request []byte, signed bool) (*radius.Packet, error) {
	buffer := make([]byte, radius.MaxPacketLength+1)
	for {
		n, err := x.socket.Read(buffer)
		if err != nil {
			return nil, err
		}
		answer, err := x.open(buffer[:n], request, signed)
		if err == nil {
			return answer, nil
		}
		x.discarded++
		x.forged = x.forged || errors.Is(err, errForged)
	}
}

var errForged = errors.New("answer with a wrong authenticator")

// open verifies and parses an answer to a request.
func (x *exchanger) open(answer, request []byte, signed bool) (*radius.Packet, error) {
	p, err := radius.Parse(answer, x.secret)
	if err != nil {
		return nil, err
	}
	answer = answer[:int(answer[2])<<8|int(answer[3])] // octets after it are padding
	if p.Identifier != request[1] {
		return nil, errors.New("answer to another request")
	}
	if !radius.IsAuthenticResponse(answer, request, x.secret) {
		return nil, errForged
	}
	return p, verifyMessage(p, answer, request, signed)
}

// verifyMessage verifies the Message-Authenticator of an answer: HMAC-MD5 over the answer with the
// request's authenticator and with the attribute set to zeros (RFC 3579, section 3.2).
func verifyMessage(p *radius.Packet, answer, request []byte, required bool) error {
	zeroed := append([]byte(nil), answer...)
	copy(zeroed[4:20], request[4:20])
	var sent []byte
	for at := 20; at < len(zeroed); at += int(zeroed[at+1]) { // Parse has checked the lengths
		if zeroed[at] != byte(rfc2869.MessageAuthenticator_Type) {
			continue
		}
		if value := zeroed[at+2 : at+int(zeroed[at+1])]; sent == nil && len(value) == md5.Size {
			sent = append([]byte(nil), value...)
			clear(value)
			continue
		}
		return errors.New("more than one Message-Authenticator, or one of a wrong length")
	}
	if sent == nil {
		_, hasEAP := p.Lookup(rfc2869.EAPMessage_Type)
		if required && (hasEAP || p.Code != radius.CodeAccessReject) {
			return errors.New("answer without a Message-Authenticator")
		}
		return nil
	}
	mac := hmac.New(md5.New, p.Secret)
	mac.Write(zeroed)
	if !hmac.Equal(mac.Sum(nil), sent) {
		return errForged
	}
	return nil
}

// Sign adds a Message-Authenticator (RFC 3579, section 3.2) to a request, and returns the request
// on the wire.
func Sign(p *radius.Packet) ([]byte, error) {
	if err := rfc2869.MessageAuthenticator_Set(p, make([]byte, md5.Size)); err != nil {
		return nil, err
	}
	wire, err := p.MarshalBinary()
	if err != nil {
		return nil, err
	}
	mac := hmac.New(md5.New, p.Secret)
	mac.Write(wire)
	if err := rfc2869.MessageAuthenticator_Set(p, mac.Sum(nil)); err != nil {
		return nil, err
	}
	return p.MarshalBinary()
}

// silence returns the probable reason of a missing answer.
func (x *exchanger) silence(ctx context.Context, err error) Silence {
	switch {
	case x.forged:
		return SilenceSecret
	case errors.Is(err, syscall.ECONNREFUSED):
		return SilenceRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return SilenceUnreachable
	case errors.Is(err, errSilent) && x.reportsClosedPorts(ctx):
		return SilenceDropped
	}
	return SilenceUnknown
}

// closedPorts are ports that hosts hardly use: those to which traceroute sends.
var closedPorts = []string{"33434", "33435", "33436"}

// reportsClosedPorts reports whether the server's host answers a datagram to a closed port by an
// ICMP error. It sends one octet to each of a few ports.
func (x *exchanger) reportsClosedPorts(ctx context.Context) bool {
	host, _, err := net.SplitHostPort(x.socket.RemoteAddr().String())
	if err != nil {
		return false
	}
	for _, port := range closedPorts {
		if reportsClosedPort(ctx, net.JoinHostPort(host, port)) {
			return true
		}
	}
	return false
}

func reportsClosedPort(ctx context.Context, address string) bool {
	var d net.Dialer
	socket, err := d.DialContext(ctx, "udp", address)
	if err != nil {
		return false
	}
	defer socket.Close()
	if err := socket.SetDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
		return false
	}
	if _, err := socket.Write([]byte{0}); err != nil {
		return errors.Is(err, syscall.ECONNREFUSED)
	}
	_, err = socket.Read(make([]byte, 1))
	return errors.Is(err, syscall.ECONNREFUSED)
}
