package doctor

import (
	"crypto/hmac"
	"crypto/md5"

	"layeh.com/radius"
	"layeh.com/radius/rfc2869"
)

// signMessage computes the Message-Authenticator of the packet, with the attribute set to zeros
// (RFC 3579, section 3.2).
func signMessage(p *radius.Packet) error {
	wire, err := p.MarshalBinary()
	if err != nil {
		return err
	}
	mac := hmac.New(md5.New, p.Secret)
	mac.Write(wire)
	return rfc2869.MessageAuthenticator_Set(p, mac.Sum(nil))
}
