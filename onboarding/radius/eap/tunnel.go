package eap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// tunnel carries TLS records in EAP-TTLS or PEAP packets. It is the net.Conn of a tls.Conn: a read
// sends the octets written since the last one, as one message, and waits for the server's message.
type tunnel struct {
	ctx    context.Context // of the conversation, whose calls a net.Conn cannot pass
	c      *conversation
	method byte
	in     bytes.Buffer
	out    bytes.Buffer
	// within makes a read end at the end of the server's message, with errBoundary.
	within bool
}

// boundary is the error of a read at the end of a message. crypto/tls continues after a temporary
// error.
type boundary struct{}

func (boundary) Error() string   { return "end of the message" }
func (boundary) Timeout() bool   { return true }
func (boundary) Temporary() bool { return true }

// Read implements net.Conn.
func (t *tunnel) Read(b []byte) (int, error) {
	for t.in.Len() == 0 {
		if t.within {
			return 0, boundary{}
		}
		if err := t.roundTrip(); err != nil {
			return 0, err
		}
	}
	return t.in.Read(b)
}

// Write implements net.Conn.
func (t *tunnel) Write(b []byte) (int, error) {
	if t.out.Len()+len(b) > maxMessage {
		return 0, errors.New("TLS message too large")
	}
	return t.out.Write(b)
}

// roundTrip sends the written octets and receives the server's next message. It acknowledges the
// fragments of both.
func (t *tunnel) roundTrip() error {
	parts := fragments(t.out.Bytes())
	t.out.Reset()
	for i, part := range parts {
		if err := t.send(part); err != nil {
			return err
		}
		if i == len(parts)-1 {
			break
		}
		if ack, err := parseFragment(t.c.request.Data); err != nil || len(ack.Data) > 0 {
			return violated("the server did not acknowledge a fragment")
		}
	}
	var message assembly
	for {
		f, err := parseFragment(t.c.request.Data)
		if err != nil {
			return violation{err}
		}
		complete, err := message.add(f)
		if err != nil {
			return violation{err}
		}
		if complete {
			t.in.Write(message.data)
			return nil
		}
		if err := t.send([]byte{0}); err != nil {
			return err
		}
	}
}

func (t *tunnel) send(data []byte) error {
	err := t.c.send(t.ctx, packet{Code: codeResponse, ID: t.c.request.ID, Type: t.method, Data: data})
	if err == nil && t.c.request.Type != t.method {
		return violated("EAP type %d within the handshake of type %d", t.c.request.Type, t.method)
	}
	return err
}

// receive sends the written octets and returns the text of the server's next message, decrypted by
// r.
func (t *tunnel) receive(r io.Reader) ([]byte, error) {
	if err := t.roundTrip(); err != nil {
		return nil, err
	}
	t.within = true
	defer func() { t.within = false }()
	var text []byte
	buffer := make([]byte, 4096)
	for {
		n, err := r.Read(buffer)
		text = append(text, buffer[:n]...)
		var at boundary
		switch {
		case errors.As(err, &at):
			return text, nil
		case err != nil:
			return nil, err
		}
	}
}

// Close implements net.Conn. The conversation has no end of its own.
func (t *tunnel) Close() error { return nil }

// LocalAddr implements net.Conn.
func (t *tunnel) LocalAddr() net.Addr { return t.c.exchange.socket.LocalAddr() }

// RemoteAddr implements net.Conn.
func (t *tunnel) RemoteAddr() net.Addr { return t.c.exchange.socket.RemoteAddr() }

// SetDeadline implements net.Conn. The deadline is that of the conversation.
func (t *tunnel) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn like SetDeadline.
func (t *tunnel) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn like SetDeadline.
func (t *tunnel) SetWriteDeadline(time.Time) error { return nil }
