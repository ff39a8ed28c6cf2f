package eap

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The attributes within a TTLS tunnel: codes of RADIUS, and of Microsoft's (RFC 2548).
const (
	avpUserName     = 1
	avpUserPassword = 2
	avpReplyMessage = 18
	avpEAPMessage   = 79

	vendorMicrosoft  = 311
	avpCHAPError     = 2
	avpCHAPChallenge = 11
	avpCHAP2Response = 25
	avpCHAP2Success  = 26
)

// The flags of an AVP (RFC 5281, section 10.1).
const (
	avpVendor    = 0x80
	avpMandatory = 0x40
)

// maxAVPs is the most AVPs of one message.
const maxAVPs = 64

// avp is an attribute within a TTLS tunnel.
type avp struct {
	Code, Vendor uint32
	Mandatory    bool
	Data         []byte
}

// appendAVP appends the AVP, padded to a multiple of four octets.
func appendAVP(b []byte, a avp) []byte {
	length, flags := 8+len(a.Data), byte(0)
	if a.Mandatory {
		flags |= avpMandatory
	}
	if a.Vendor != 0 {
		length, flags = length+4, flags|avpVendor
	}
	b = binary.BigEndian.AppendUint32(b, a.Code)
	b = append(b, flags, byte(length>>16), byte(length>>8), byte(length))
	if a.Vendor != 0 {
		b = binary.BigEndian.AppendUint32(b, a.Vendor)
	}
	b = append(b, a.Data...)
	return append(b, make([]byte, -length&3)...)
}

// parseAVPs parses the AVPs of a message. The padding of the last one may be missing.
func parseAVPs(b []byte) ([]avp, error) {
	var all []avp
	for len(b) > 0 {
		if len(b) < 8 {
			return nil, fmt.Errorf("AVP of %d octets", len(b))
		}
		if len(all) == maxAVPs {
			return nil, fmt.Errorf("more than %d AVPs", maxAVPs)
		}
		a := avp{Code: binary.BigEndian.Uint32(b), Mandatory: b[4]&avpMandatory != 0}
		length, begin := int(b[5])<<16|int(b[6])<<8|int(b[7]), 8
		if b[4]&avpVendor != 0 {
			begin = 12
		}
		if length < begin || length > len(b) {
			return nil, fmt.Errorf("AVP %d with length %d in %d octets", a.Code, length, len(b))
		}
		if begin == 12 {
			if a.Vendor = binary.BigEndian.Uint32(b[8:]); a.Vendor == 0 {
				return nil, errors.New("AVP of vendor 0")
			}
		}
		a.Data = b[begin:length]
		all = append(all, a)
		b = b[min(len(b), (length+3)&^3):]
	}
	return all, nil
}
