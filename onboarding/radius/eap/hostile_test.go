package eap

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"net"
	"testing"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"
)

// scripted is a RADIUS server that answers by a function. It is not a stand-in for a real server:
// it sends packets that no correct server sends.
func scripted(t *testing.T, secret []byte, answer func(round int, request packet) *radius.Packet) string {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		buffer := make([]byte, 4096)
		for round := 0; ; round++ {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			request, err := radius.Parse(buffer[:n], secret)
			if err != nil {
				continue
			}
			inner, _ := parsePacket(rfc2869.EAPMessage_Get(request))
			made := answer(round, inner)
			if made == nil {
				continue
			}
			made.Identifier, made.Authenticator, made.Secret = request.Identifier, request.Authenticator, secret
			_ = rfc2869.MessageAuthenticator_Set(made, make([]byte, 16))
			wire, _ := made.MarshalBinary()
			mac := hmac.New(md5.New, secret)
			mac.Write(wire)
			_ = rfc2869.MessageAuthenticator_Set(made, mac.Sum(nil))
			wire, _ = made.Encode()
			_, _ = socket.WriteTo(wire, from)
		}
	}()
	return socket.LocalAddr().String()
}

func challenge(p packet) *radius.Packet {
	made := radius.New(radius.CodeAccessChallenge, nil)
	_ = rfc2865.State_Set(made, []byte("state"))
	_ = rfc2869.EAPMessage_Set(made, p.bytes())
	return made
}

func ending(code radius.Code, p packet) *radius.Packet {
	made := radius.New(code, nil)
	_ = rfc2869.EAPMessage_Set(made, p.bytes())
	return made
}

// TestHostileServer runs conversations with servers that break the rules. Each ends within the
// limits, and none is taken for an acceptance.
func TestHostileServer(t *testing.T) {
	request := func(id byte, kind byte, data ...byte) *radius.Packet {
		return challenge(packet{Code: codeRequest, ID: id, Type: kind, Data: data})
	}
	begin := func(then func(round int) *radius.Packet) func(int, packet) *radius.Packet {
		return func(round int, _ packet) *radius.Packet {
			if round == 0 {
				return request(1, typeTTLS, flagStart)
			}
			return then(round)
		}
	}
	for name, answer := range map[string]func(int, packet) *radius.Packet{
		"success at once": func(int, packet) *radius.Packet {
			return ending(radius.CodeAccessAccept, packet{Code: codeSuccess, ID: 1})
		},
		"accept without success": func(int, packet) *radius.Packet {
			return ending(radius.CodeAccessAccept, packet{Code: codeFailure, ID: 1})
		},
		"reject with success": func(int, packet) *radius.Packet {
			return ending(radius.CodeAccessReject, packet{Code: codeSuccess, ID: 1})
		},
		"no EAP":           func(int, packet) *radius.Packet { return radius.New(radius.CodeAccessChallenge, nil) },
		"other code":       func(int, packet) *radius.Packet { return ending(radius.CodeDisconnectACK, packet{}) },
		"endless identity": func(n int, _ packet) *radius.Packet { return request(byte(n), typeIdentity) },
		"endless methods":  func(n int, _ packet) *radius.Packet { return request(byte(n), 4) },
		"endless notifications": func(n int, _ packet) *radius.Packet {
			return request(byte(n), typeNotification)
		},
		"no start": func(int, packet) *radius.Packet { return request(1, typeTTLS, 0) },
		"no flags": func(int, packet) *radius.Packet { return request(1, typeTTLS) },
		"success in TLS": begin(func(int) *radius.Packet {
			return ending(radius.CodeAccessAccept, packet{Code: codeSuccess})
		}),
		"other type":       begin(func(int) *radius.Packet { return request(2, typePEAP, 0) }),
		"huge length":      begin(func(int) *radius.Packet { return request(2, typeTTLS, flagLength, 1, 0, 0, 0) }),
		"missing length":   begin(func(int) *radius.Packet { return request(2, typeTTLS, flagLength, 1) }),
		"wrong length":     begin(func(int) *radius.Packet { return request(2, typeTTLS, flagLength, 0, 0, 0, 9, 1) }),
		"empty fragments":  begin(func(n int) *radius.Packet { return request(byte(n), typeTTLS, flagMore) }),
		"acknowledgements": begin(func(n int) *radius.Packet { return request(byte(n), typeTTLS, 0) }),
		"endless fragments": begin(func(n int) *radius.Packet {
			return request(byte(n), typeTTLS, append([]byte{flagMore}, make([]byte, 3000)...)...)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			secret := []byte("secret")
			got := Authenticate(t.Context(), Server{scripted(t, secret, answer), secret}, Login{
				Method: TTLS, Inner: PAP, OuterIdentity: "anonymous", Username: "ada", Password: "secret",
				Waits: Waits{Answer: time.Second, Again: 300 * time.Millisecond},
			})
			if got.Outcome != Violated || got.Err == nil {
				t.Errorf("%s at %s: %v", got.Outcome, got.Step, got.Err)
			}
			if got.Answers > maxRounds {
				t.Errorf("it read %d answers", got.Answers)
			}
			t.Logf("%v after %d answers", got.Err, got.Answers)
		})
	}
}

// TestGarbageTLS answers the ClientHello by octets that are no TLS.
func TestGarbageTLS(t *testing.T) {
	secret := []byte("secret")
	address := scripted(t, secret, func(round int, _ packet) *radius.Packet {
		switch round {
		case 0:
			return challenge(packet{Code: codeRequest, ID: 1, Type: typeTTLS, Data: []byte{flagStart}})
		case 1:
			return challenge(packet{Code: codeRequest, ID: 2, Type: typeTTLS, Data: []byte("\x00GET / HTTP/1.1")})
		}
		return ending(radius.CodeAccessReject, packet{Code: codeFailure, ID: 2})
	})
	got := Authenticate(t.Context(), Server{address, secret},
		Login{Method: TTLS, OuterIdentity: "anonymous", UntilCertificate: true})
	if got.Outcome != HandshakeFailed || got.Step != StepTLS {
		t.Errorf("%s at %s: %v", got.Outcome, got.Step, got.Err)
	}
}

// TestAlert receives the server's alert.
func TestAlert(t *testing.T) {
	secret := []byte("secret")
	address := scripted(t, secret, func(round int, _ packet) *radius.Packet {
		switch round {
		case 0:
			return challenge(packet{Code: codeRequest, ID: 1, Type: typeTTLS, Data: []byte{flagStart}})
		case 1:
			return challenge(packet{Code: codeRequest, ID: 2, Type: typeTTLS, Data: []byte{0, 21, 3, 3, 0, 2, 2, 70}})
		}
		return ending(radius.CodeAccessReject, packet{Code: codeFailure, ID: 2})
	})
	got := Authenticate(t.Context(), Server{address, secret},
		Login{Method: TTLS, OuterIdentity: "anonymous", UntilCertificate: true})
	if got.Outcome != HandshakeFailed || got.Alert != "protocol version not supported" {
		t.Errorf("%s, alert %q: %v", got.Outcome, got.Alert, got.Err)
	}
}

// TestForgedAnswers discards answers of another secret and without a Message-Authenticator.
func TestForgedAnswers(t *testing.T) {
	request := radius.New(radius.CodeAccessRequest, []byte("secret"))
	wire, err := Sign(request)
	if err != nil {
		t.Fatal(err)
	}
	x := &exchanger{secret: []byte("secret")}
	answer := func(secret string, edit func(*radius.Packet)) []byte {
		made := ending(radius.CodeAccessAccept, packet{Code: codeSuccess})
		made.Identifier, made.Authenticator, made.Secret = request.Identifier, request.Authenticator, []byte(secret)
		_ = rfc2869.MessageAuthenticator_Set(made, make([]byte, 16))
		b, _ := made.MarshalBinary()
		mac := hmac.New(md5.New, []byte(secret))
		mac.Write(b)
		_ = rfc2869.MessageAuthenticator_Set(made, mac.Sum(nil))
		if edit != nil {
			edit(made)
		}
		b, _ = made.Encode()
		return b
	}
	if _, err := x.open(append(answer("secret", nil), "padding"...), wire, true); err != nil {
		t.Errorf("right answer: %v", err)
	}
	for name, octets := range map[string][]byte{
		"another secret":           answer("another", nil),
		"another identifier":       answer("secret", func(p *radius.Packet) { p.Identifier++ }),
		"no Message-Authenticator": answer("secret", func(p *radius.Packet) { p.Del(80) }),
		"wrong authenticator": answer("secret", func(p *radius.Packet) {
			_ = rfc2869.MessageAuthenticator_Set(p, make([]byte, 16))
		}),
		"two Message-Authenticators": answer("secret", func(p *radius.Packet) {
			p.Add(80, bytes.Repeat([]byte{1}, 16))
		}),
		"changed after": append(answer("secret", nil)[:30], 1, 2, 3),
		"short":         {2},
	} {
		if p, err := x.open(octets, wire, true); err == nil {
			t.Errorf("%s: accepted %v", name, p)
		}
	}
}

// TestUnprovenServer accepts neither a wrong proof nor a success without a proof.
func TestUnprovenServer(t *testing.T) {
	l := &Login{Username: "ada", Password: "secret"}
	e := eapMSCHAPv2{login: l, result: &Result{}}
	if _, err := e.answer(append([]byte{opSuccess, 1, 0, 46}, bytes.Repeat([]byte{'S'}, 42)...)); err == nil {
		t.Error("success without a challenge")
	}
	if _, err := e.answer(append([]byte{opChallenge, 1, 0, 21, 16}, make([]byte, 16)...)); err != nil {
		t.Fatal(err)
	}
	if _, err := e.answer(append([]byte{opSuccess, 1, 0, 46}, bytes.Repeat([]byte{'0'}, 42)...)); err == nil ||
		e.proven {
		t.Error("wrong proof")
	}
	c := &conversation{login: l, result: &Result{}}
	success := []byte{0x80, 3, 0, 2, 0, 1}
	if _, err := c.confirm(packet{Code: codeRequest, Data: success}, &innerEAP{method: e}); err == nil {
		t.Error("PEAP success without a proof")
	}
}

// FuzzParse feeds every parser of octets from the wire.
func FuzzParse(f *testing.F) {
	f.Add(packet{Code: codeRequest, ID: 1, Type: typeTTLS, Data: []byte{flagLength | flagMore, 0, 0, 4, 0, 1}}.bytes())
	f.Add(appendAVP(appendAVP(nil, avp{Code: avpUserName, Mandatory: true, Data: []byte("ada")}),
		avp{Code: avpCHAP2Success, Vendor: vendorMicrosoft, Data: []byte("\x01S=00")}))
	f.Add([]byte{0x80, 3, 0, 2, 0, 1})
	f.Add([]byte{opChallenge, 1, 0, 21, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := parsePacket(b); err == nil && p.Type != 0 {
			again, err := parsePacket(p.bytes())
			if err != nil || again.Type != p.Type || again.ID != p.ID || !bytes.Equal(again.Data, p.Data) {
				t.Errorf("packet %+v: %+v, %v", p, again, err)
			}
		}
		if all, err := parseAVPs(b); err == nil {
			var wire []byte
			for _, a := range all {
				wire = appendAVP(wire, a)
			}
			again, err := parseAVPs(wire)
			if err != nil || len(again) != len(all) {
				t.Errorf("AVPs %+v: %+v, %v", all, again, err)
			}
		}
		var message assembly
		for rest := b; len(rest) > 0; {
			n := min(len(rest), 1+int(rest[0])%64)
			f, err := parseFragment(rest[:n])
			if err != nil {
				break
			}
			if complete, err := message.add(f); complete || err != nil {
				break
			}
			rest = rest[n:]
		}
		if len(message.data) > maxMessage {
			t.Errorf("%d octets", len(message.data))
		}
		_, _ = parseResult(b)
		_, _ = extensions(b)
		login := &Login{Username: "ada", Password: "x"}
		e := innerEAP{username: "ada", method: eapMSCHAPv2{login: login, result: &Result{}}}
		if len(b) > 0 {
			_, _, _ = e.answer(b[0], b[1:])
			if e.method.proven {
				t.Error("proven")
			}
		}
		x := &exchanger{secret: []byte("secret")}
		if p, err := x.open(b, make([]byte, 20), true); err == nil {
			t.Errorf("authentic: %v", p)
		}
		r := &Result{}
		r.keepMessage(string(b))
		if len(r.Message) > maxMessageText {
			t.Errorf("message of %d octets", len(r.Message))
		}
	})
}
