package store

import (
	"io"
	"net"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
)

// proxy is a TCP proxy between the store and PostgreSQL.
type proxy struct {
	port    int
	turns   atomic.Int64 // how often the client sent something after the server had answered
	swallow atomic.Bool  // the server's next answer gets lost, and with it the connection
}

func newProxy(t *testing.T, server int) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := &proxy{port: listener.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			backend, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(server)))
			if err != nil {
				t.Error(err)
				return
			}
			go p.carry(client, backend)
		}
	}()
	return p
}

func (p *proxy) carry(client, backend net.Conn) {
	var answered atomic.Bool
	answered.Store(true)
	go func() {
		defer client.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := backend.Read(buffer)
			if err != nil || p.swallow.CompareAndSwap(true, false) {
				return
			}
			answered.Store(true)
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	_, _ = io.Copy(writerFunc(func(sent []byte) (int, error) {
		if answered.CompareAndSwap(true, false) {
			p.turns.Add(1)
		}
		return backend.Write(sent)
	}), client)
	_ = backend.Close()
}

// url is the database's address by way of the proxy.
func (p *proxy) url(database string) string {
	u, err := url.Parse(database)
	if err != nil {
		panic(err)
	}
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port))
	return u.String()
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
