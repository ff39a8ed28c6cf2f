package eap

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
)

// The TLVs of the extensions method (draft-kamath-pppext-peapv0, section 2.3).
const (
	tlvMandatory  = 0x8000
	tlvResult     = 3
	resultSuccess = 1
	resultFailure = 2
)

// maxTLVs is the most TLVs of one packet.
const maxTLVs = 16

// authenticatePEAP authenticates within a PEAPv0 tunnel. The packets within have no header, except
// those of the extensions method, by which both sides confirm the result.
func (c *conversation) authenticatePEAP(t *tunnel, records *tls.Conn) error {
	peer := innerEAP{username: c.login.Username, method: eapMSCHAPv2{login: c.login, result: c.result}}
	for {
		text, err := t.receive(records)
		if err != nil {
			return err
		}
		if len(text) == 0 {
			return violated("empty PEAP message")
		}
		var response []byte
		if request, ok := extensions(text); ok {
			if response, err = c.confirm(request, &peer); err != nil {
				return err
			}
		} else {
			kind, data, err := peer.answer(text[0], text[1:])
			if err != nil {
				return err
			}
			response = append([]byte{kind}, data...)
		}
		if _, err := records.Write(response); err != nil {
			return err
		}
	}
}

// extensions returns the packet of the extensions method that a text holds, if it is one: a
// complete EAP request of that type.
func extensions(text []byte) (packet, bool) {
	if len(text) <= header || int(binary.BigEndian.Uint16(text[2:4])) != len(text) {
		return packet{}, false
	}
	p, err := parsePacket(text)
	return p, err == nil && p.Code == codeRequest && p.Type == typeExtensions
}

// confirm answers the server's result with the same one. A success counts only after the server has
// proven that it knows the password.
func (c *conversation) confirm(request packet, peer *innerEAP) ([]byte, error) {
	result, err := parseResult(request.Data)
	if err != nil {
		return nil, violation{err}
	}
	if result == resultSuccess {
		if !peer.method.proven {
			return nil, violation{errUnproven}
		}
		c.result.Step = StepEnd
	} else {
		result = resultFailure
	}
	tlv := binary.BigEndian.AppendUint16(nil, tlvMandatory|tlvResult)
	tlv = binary.BigEndian.AppendUint16(tlv, 2)
	tlv = binary.BigEndian.AppendUint16(tlv, result)
	return packet{Code: codeResponse, ID: request.ID, Type: typeExtensions, Data: tlv}.bytes(), nil
}

// parseResult returns the value of the result TLV. Other TLVs are ignored.
func parseResult(b []byte) (uint16, error) {
	for range maxTLVs {
		if len(b) < 4 {
			return 0, errors.New("PEAP extensions without a result")
		}
		kind, length := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if length > len(b)-4 {
			return 0, fmt.Errorf("TLV of %d octets in %d", length, len(b)-4)
		}
		if kind&0x3fff == tlvResult && length == 2 {
			return binary.BigEndian.Uint16(b[4:]), nil
		}
		b = b[4+length:]
	}
	return 0, fmt.Errorf("more than %d TLVs", maxTLVs)
}
