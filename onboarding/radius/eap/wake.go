package eap

import (
	"context"
	"fmt"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"
)

// Wake begins an EAP conversation and leaves it at the first challenge. FreeRADIUS 3.2 looks for
// devices that stopped answering only when it sends a challenge, so that without Wake an idle
// server reports them with the next device. The request names no access point and no station.
func Wake(ctx context.Context, s Server, waits Waits) error {
	if err := s.check(); err != nil {
		return err
	}
	waits = waits.withDefaults()
	limited, cancel := context.WithTimeout(ctx, waits.All)
	defer cancel()
	x, err := dial(limited, &s, waits)
	if err != nil {
		return err
	}
	defer x.socket.Close()
	const identity = "onramp"
	request := radius.New(radius.CodeAccessRequest, s.Secret)
	if err := rfc2865.UserName_SetString(request, identity); err != nil {
		return err
	}
	response := packet{Code: codeResponse, Type: typeIdentity, Data: []byte(identity)}
	if err := rfc2869.EAPMessage_Set(request, response.bytes()); err != nil {
		return err
	}
	answer, err := x.exchange(limited, request, true)
	if err != nil {
		return err
	}
	if answer.Code != radius.CodeAccessChallenge {
		return fmt.Errorf("answer with code %v, not an Access-Challenge", answer.Code)
	}
	return nil
}
