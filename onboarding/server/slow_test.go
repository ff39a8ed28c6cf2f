package server

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSlowBody: a client that stops in the middle of a body is answered at the time limit, and the
// log does not name its address.
func TestSlowBody(t *testing.T) {
	h := newHouse(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := HTTPServer(h.server.API(), h.server.log)
	s.ReadTimeout = 200 * time.Millisecond
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /v3/customers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+
		"Authorization: Bearer "+h.app+"\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 409 ") || !strings.Contains(string(answer),
		"reading the body failed") {
		t.Errorf("answered %q", answer)
	}
	client := conn.LocalAddr().String()
	if !strings.Contains(h.log.String(), `"cause":"i/o timeout"`) {
		t.Errorf("the log does not say why: %s", h.log)
	}
	if strings.Contains(h.log.String(), client) || strings.Contains(h.log.String(), "127.0.0.1") {
		t.Errorf("the log names the client: %s", h.log)
	}
	h.get("/v1/organizations/"+demoID+"/policies", h.app).want(http.StatusOK)
}
