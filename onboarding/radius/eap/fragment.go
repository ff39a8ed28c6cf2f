package eap

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The flags of EAP-TTLS and PEAP packets (RFC 5281, section 9.1). The three lowest bits are the
// version; this client has version 0.
const (
	flagLength = 0x80
	flagMore   = 0x40
	flagStart  = 0x20
	versionBit = 0x07
)

// fragmentSize is the most TLS octets in one request, so that the RADIUS packet fits into an
// Ethernet frame. Tests change it.
var fragmentSize = 1000

// maxMessage is the most octets of the TLS records in one direction before the other side has to
// answer.
const maxMessage = 64 << 10

// fragment is the payload of one EAP-TTLS or PEAP packet.
type fragment struct {
	Flags  byte
	Length int // of the whole message; 0: not sent
	Data   []byte
}

func parseFragment(b []byte) (fragment, error) {
	if len(b) == 0 {
		return fragment{}, errors.New("TLS fragment without flags")
	}
	f := fragment{Flags: b[0], Data: b[1:]}
	if f.Flags&flagLength != 0 {
		if len(f.Data) < 4 {
			return fragment{}, errors.New("TLS fragment without its length")
		}
		length := binary.BigEndian.Uint32(f.Data)
		if length > maxMessage {
			return fragment{}, fmt.Errorf("TLS message of %d octets, at most %d are accepted", length, maxMessage)
		}
		f.Length, f.Data = int(length), f.Data[4:]
	}
	return f, nil
}

// fragments splits a message. The first of several fragments holds the length of all. An empty
// message is one fragment without data: an acknowledgement.
func fragments(message []byte) [][]byte {
	if len(message) <= fragmentSize {
		return [][]byte{append([]byte{0}, message...)}
	}
	var all [][]byte
	for first := true; len(message) > 0; first = false {
		n := min(len(message), fragmentSize)
		f := []byte{0}
		if first {
			f = binary.BigEndian.AppendUint32([]byte{flagLength}, uint32(len(message)))
		}
		if n < len(message) {
			f[0] |= flagMore
		}
		all, message = append(all, append(f, message[:n]...)), message[n:]
	}
	return all
}

// assembly joins the fragments of one message.
type assembly struct {
	data   []byte
	length int
}

// add adds a fragment and reports whether the message is complete.
func (a *assembly) add(f fragment) (complete bool, err error) {
	if f.Length != 0 {
		if a.length != 0 && a.length != f.Length {
			return false, fmt.Errorf("TLS message of %d octets and of %d", a.length, f.Length)
		}
		a.length = f.Length
	}
	if len(a.data)+len(f.Data) > maxMessage {
		return false, fmt.Errorf("TLS message of more than %d octets", maxMessage)
	}
	if f.Flags&flagMore != 0 && len(f.Data) == 0 {
		return false, errors.New("empty TLS fragment, but more are to follow")
	}
	a.data = append(a.data, f.Data...)
	complete = f.Flags&flagMore == 0
	if a.length != 0 && (len(a.data) > a.length || complete && len(a.data) != a.length) {
		return false, fmt.Errorf("TLS message of %d octets announces %d", len(a.data), a.length)
	}
	return complete, nil
}
