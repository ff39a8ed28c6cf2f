package post_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/hooks/post"
)

// relay relays connections to a receiver. It can lose those that exist, as a firewall does that
// forgets them: their packets go nowhere, and new connections work.
type relay struct {
	net.Listener
	to string

	mu   sync.Mutex
	lost chan struct{} // closed: connections of before pass no byte
}

func (r *relay) run() {
	for {
		from, err := r.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		lost := r.lost
		r.mu.Unlock()
		to, err := net.Dial("tcp", r.to)
		if err != nil {
			return
		}
		pass := func(to, from net.Conn) {
			buffer := make([]byte, 4096)
			for {
				n, err := from.Read(buffer)
				select {
				case <-lost:
					_, _ = io.Copy(io.Discard, from)
					return
				default:
				}
				if err != nil {
					to.Close()
					return
				}
				_, _ = to.Write(buffer[:n])
			}
		}
		go pass(to, from)
		go pass(from, to)
	}
}

func (r *relay) lose() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.lost)
	r.lost = make(chan struct{})
}

// TestLostConnection loses the connection to a receiver, and requires that a later attempt uses
// another one.
func TestLostConnection(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			w.WriteHeader(http.StatusHTTPVersionNotSupported)
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	relay := &relay{Listener: listener, to: server.Listener.Addr().String(), lost: make(chan struct{})}
	go relay.run()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	s := post.New(post.Config{Allowed: loopback, TLS: &tls.Config{RootCAs: roots}})
	send := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a, err := s.Post(ctx, request("https://"+listener.Addr().String()))
		if err == nil && a.Status != http.StatusOK {
			t.Fatalf("status %d", a.Status)
		}
		return err
	}
	if err := send(); err != nil {
		t.Fatal(err)
	}
	relay.lose()
	if err := send(); err == nil {
		t.Fatal("an attempt over a lost connection succeeds")
	}
	for range 60 {
		if err = send(); err == nil {
			return
		}
	}
	t.Errorf("after 60 attempts: %v", err)
}
