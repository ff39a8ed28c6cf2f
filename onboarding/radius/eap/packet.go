package eap

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The codes of EAP packets (RFC 3748, section 4).
const (
	codeRequest  = 1
	codeResponse = 2
	codeSuccess  = 3
	codeFailure  = 4
)

// The types of EAP requests and responses (RFC 3748, section 5).
const (
	typeIdentity     = 1
	typeNotification = 2
	typeNak          = 3
	typeTTLS         = 21
	typePEAP         = 25
	typeMSCHAPv2     = 26
	typeExtensions   = 33 // draft-kamath-pppext-peapv0, section 2.3
)

// header is the length of code, identifier and length.
const header = 4

// packet is an EAP packet. Type and Data are empty in a success and in a failure.
type packet struct {
	Code, ID, Type byte
	Data           []byte
}

// parsePacket parses an EAP packet. Octets after its length are padding of the lower layer and are
// ignored (RFC 3748, section 4).
func parsePacket(b []byte) (packet, error) {
	if len(b) < header {
		return packet{}, fmt.Errorf("EAP packet of %d octets", len(b))
	}
	length := int(binary.BigEndian.Uint16(b[2:4]))
	if length < header || length > len(b) {
		return packet{}, fmt.Errorf("EAP packet of %d octets with length %d", len(b), length)
	}
	p := packet{Code: b[0], ID: b[1]}
	switch p.Code {
	case codeSuccess, codeFailure:
		return p, nil
	case codeRequest, codeResponse:
		if length == header {
			return packet{}, errors.New("EAP packet without a type")
		}
		p.Type, p.Data = b[header], b[header+1:length]
		return p, nil
	}
	return packet{}, fmt.Errorf("EAP packet with code %d", p.Code)
}

// bytes returns the packet on the wire. Data must have at most 65,530 octets.
func (p packet) bytes() []byte {
	b := []byte{p.Code, p.ID, 0, 0}
	if p.Code == codeRequest || p.Code == codeResponse {
		b = append(append(b, p.Type), p.Data...)
	}
	binary.BigEndian.PutUint16(b[2:4], uint16(len(b)))
	return b
}
