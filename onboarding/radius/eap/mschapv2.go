package eap

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"layeh.com/radius/rfc2759"
)

// challengeSize is the length of both challenges of MS-CHAP-V2 (RFC 2759).
const challengeSize = 16

// errUnproven is the error of a server that does not prove that it knows the password.
var errUnproven = errors.New("the server does not prove that it knows the password (RFC 2759, section 5)")

// mschapv2 is one authentication by MS-CHAP-V2.
type mschapv2 struct {
	username, password []byte
	peer, server       [challengeSize]byte
	response           []byte // 24 octets
}

// newMSCHAPv2 computes the response to the server's challenge. A domain before the user name does
// not count (RFC 2759, section 8.2).
func newMSCHAPv2(username, password string, challenge []byte) (*mschapv2, error) {
	if i := strings.LastIndexByte(username, '\\'); i >= 0 {
		username = username[i+1:]
	}
	m := &mschapv2{username: []byte(username), password: []byte(password)}
	copy(m.server[:], challenge)
	_, _ = rand.Read(m.peer[:]) // never fails (crypto/rand)
	var err error
	m.response, err = rfc2759.GenerateNTResponse(m.server[:], m.peer[:], m.username, m.password)
	return m, err
}

// verify verifies the message of a success, which begins with "S=" and the server's proof (RFC
// 2759, section 5).
func (m *mschapv2) verify(message []byte) error {
	want, err := rfc2759.GenerateAuthenticatorResponse(m.server[:], m.peer[:], m.response, m.username, m.password)
	if err != nil {
		return err
	}
	if len(message) < len(want) || !hmac.Equal(bytes.ToUpper(message[:len(want)]), []byte(want)) {
		return errUnproven
	}
	return nil
}

// The operations of EAP-MSCHAPv2.
const (
	opChallenge = 1
	opResponse  = 2
	opSuccess   = 3
	opFailure   = 4
)

// eapMSCHAPv2 is the peer of EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2).
type eapMSCHAPv2 struct {
	login  *Login
	result *Result
	chap   *mschapv2
	proven bool // the server proved that it knows the password
}

// answer returns the data of the response to a request's data.
func (e *eapMSCHAPv2) answer(request []byte) ([]byte, error) {
	if len(request) == 0 {
		return nil, violated("EAP-MSCHAPv2 without an operation")
	}
	switch request[0] {
	case opChallenge:
		return e.respond(request)
	case opSuccess:
		if e.chap == nil || len(request) < 4 {
			return nil, violated("EAP-MSCHAPv2 success without a challenge")
		}
		if err := e.chap.verify(request[4:]); err != nil {
			return nil, violation{err}
		}
		e.proven = true
		return []byte{opSuccess}, nil
	case opFailure:
		if len(request) > 4 {
			e.result.keepMessage(string(request[4:]))
		}
		return []byte{opFailure}, nil
	}
	return nil, violated("EAP-MSCHAPv2 operation %d", request[0])
}

// respond answers a challenge: operation, identifier, length, 16, the challenge, and a name.
func (e *eapMSCHAPv2) respond(request []byte) ([]byte, error) {
	if e.chap != nil {
		return nil, violated("second EAP-MSCHAPv2 challenge")
	}
	if len(request) < 5+challengeSize || request[4] != challengeSize {
		return nil, violated("EAP-MSCHAPv2 challenge of %d octets", len(request))
	}
	var err error
	e.chap, err = newMSCHAPv2(e.login.Username, e.login.Password, request[5:5+challengeSize])
	if err != nil {
		return nil, fmt.Errorf("EAP-MSCHAPv2: %w", err)
	}
	b := []byte{opResponse, request[1], 0, 0, 49}
	b = append(append(b, e.chap.peer[:]...), make([]byte, 8)...)
	b = append(append(b, e.chap.response...), 0)
	b = append(b, e.login.Username...)
	binary.BigEndian.PutUint16(b[2:4], uint16(len(b)))
	return b, nil
}

// innerEAP is the EAP peer within a tunnel.
type innerEAP struct {
	username string
	method   eapMSCHAPv2
	naks     int
}

// answer returns the type and the data of the response to a request.
func (e *innerEAP) answer(kind byte, data []byte) (byte, []byte, error) {
	switch kind {
	case typeIdentity:
		return typeIdentity, []byte(e.username), nil
	case typeNotification:
		return typeNotification, nil, nil
	case typeMSCHAPv2:
		response, err := e.method.answer(data)
		return typeMSCHAPv2, response, err
	}
	if e.naks++; e.naks > maxNaks {
		return 0, nil, violated("the server asks for EAP type %d within the tunnel again", kind)
	}
	return typeNak, []byte{typeMSCHAPv2}, nil
}
