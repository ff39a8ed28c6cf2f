package eap

import (
	"crypto/tls"
	"fmt"
)

// authenticateTTLS authenticates within an EAP-TTLS tunnel. It returns errEnded when the server has
// ended the conversation.
func (c *conversation) authenticateTTLS(t *tunnel, records *tls.Conn) error {
	switch c.login.Inner {
	case PAP:
		return c.ttlsPAP(t, records)
	case MSCHAPv2:
		return c.ttlsMSCHAPv2(t, records)
	default:
		return c.ttlsEAP(t, records)
	}
}

// ttlsPAP sends the password padded with zeros, which hides its length (RFC 5281, section 11.2.5).
func (c *conversation) ttlsPAP(t *tunnel, records *tls.Conn) error {
	password := []byte(c.login.Password)
	password = append(password, make([]byte, -len(password)&15)...)
	message := appendAVP(nil, avp{Code: avpUserName, Mandatory: true, Data: []byte(c.login.Username)})
	message = appendAVP(message, avp{Code: avpUserPassword, Mandatory: true, Data: password})
	_, err := c.ask(t, records, message)
	if err == nil { // PAP has one round
		return violated("the server continues after the password")
	}
	if c.result.accepted() {
		c.result.Step = StepEnd
	}
	return err
}

// ask sends AVPs and returns the server's. It refuses mandatory ones that it does not know, as RFC
// 5281, section 10.1, requires.
func (c *conversation) ask(t *tunnel, records *tls.Conn, message []byte) (answers, error) {
	if len(message) > 0 {
		if _, err := records.Write(message); err != nil {
			return answers{}, err
		}
	}
	text, err := t.receive(records)
	if err != nil {
		return answers{}, err
	}
	all, err := parseAVPs(text)
	if err != nil {
		return answers{}, violation{err}
	}
	var a answers
	for _, v := range all {
		switch {
		case v.Vendor == 0 && v.Code == avpEAPMessage:
			a.eap = append(a.eap, v.Data...)
		case v.Vendor == 0 && v.Code == avpReplyMessage:
			c.result.keepMessage(string(v.Data))
		case v.Vendor == vendorMicrosoft && v.Code == avpCHAP2Success:
			a.success = v.Data
		case v.Vendor == vendorMicrosoft && v.Code == avpCHAPError:
			a.failed = true
			if len(v.Data) > 1 {
				c.result.keepMessage(string(v.Data[1:]))
			}
		case v.Mandatory:
			return answers{}, violated("unknown mandatory AVP %d of vendor %d", v.Code, v.Vendor)
		}
	}
	return a, nil
}

// answers holds the known AVPs of a message of the server.
type answers struct {
	eap, success []byte
	failed       bool // MS-CHAP-Error
}

// ttlsMSCHAPv2 authenticates by MS-CHAP-V2 with a challenge that both sides derive from the
// handshake (RFC 5281, sections 11.1 and 11.2.4).
func (c *conversation) ttlsMSCHAPv2(t *tunnel, records *tls.Conn) error {
	state := records.ConnectionState()
	derived, err := state.ExportKeyingMaterial("ttls challenge", nil, challengeSize+1)
	if err != nil {
		return fmt.Errorf("the challenge of MS-CHAP-V2 needs the extended master secret (RFC 7627): %w", err)
	}
	chap, err := newMSCHAPv2(c.login.Username, c.login.Password, derived[:challengeSize])
	if err != nil {
		return err
	}
	id := derived[challengeSize]
	response := append([]byte{id, 0}, chap.peer[:]...)
	response = append(append(response, make([]byte, 8)...), chap.response...)
	message := appendAVP(nil, avp{Code: avpUserName, Mandatory: true, Data: []byte(c.login.Username)})
	message = appendAVP(message, avp{
		Code: avpCHAPChallenge, Vendor: vendorMicrosoft, Mandatory: true, Data: derived[:challengeSize],
	})
	message = appendAVP(message, avp{
		Code: avpCHAP2Response, Vendor: vendorMicrosoft, Mandatory: true, Data: response,
	})
	a, err := c.ask(t, records, message)
	switch {
	case err != nil:
		return err
	case a.failed:
		return c.acknowledge(t, records)
	case len(a.success) == 0 || a.success[0] != id:
		return violation{errUnproven}
	}
	if err := chap.verify(a.success[1:]); err != nil {
		return violation{err}
	}
	c.result.Step = StepEnd
	return c.acknowledge(t, records)
}

// acknowledge sends an empty message, after which the server ends the conversation.
func (c *conversation) acknowledge(t *tunnel, records *tls.Conn) error {
	if _, err := c.ask(t, records, nil); err != nil {
		return err
	}
	return violated("the server continues after the result")
}

// ttlsEAP authenticates by EAP in EAP-Message AVPs (RFC 5281, section 11.2.1).
func (c *conversation) ttlsEAP(t *tunnel, records *tls.Conn) error {
	peer := innerEAP{username: c.login.Username, method: eapMSCHAPv2{login: c.login, result: c.result}}
	response := packet{Code: codeResponse, Type: typeIdentity, Data: []byte(c.login.Username)}
	for {
		a, err := c.ask(t, records,
			appendAVP(nil, avp{Code: avpEAPMessage, Mandatory: true, Data: response.bytes()}))
		if err != nil {
			return err
		}
		request, err := parsePacket(a.eap)
		if err != nil {
			return violation{err}
		}
		if request.Code != codeRequest {
			return violated("EAP code %d within the tunnel", request.Code)
		}
		response = packet{Code: codeResponse, ID: request.ID}
		if response.Type, response.Data, err = peer.answer(request.Type, request.Data); err != nil {
			return err
		}
		if peer.method.proven {
			c.result.Step = StepEnd
		}
	}
}
