package post_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/hooks"
	"onramp/onboarding/hooks/post"
)

// TestIsPublic checks one address at least of each prefix that is not public, and neighbours that
// are.
func TestIsPublic(t *testing.T) {
	for _, text := range strings.Fields(`0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1
		127.1.2.3 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
		198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
		192.31.196.1 192.52.193.1 192.175.48.1
		:: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1
		2001::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1:: 2002:808:808:: 2620:4f:8000::1 3fff::1 4000::1 5f00::1
		fc00::1 fd12:3456::1 fe80::1 fe80::1%1 2606:4700::1111%1 fec0::1 ff02::1 ff0e::1`) {
		if post.IsPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is public", text)
		}
	}
	for _, text := range strings.Fields(`1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.0.0.1
		128.0.0.1 169.253.0.1 172.15.0.1 172.32.0.1 192.0.1.1 192.167.0.1 198.17.0.1 198.20.0.1 223.255.255.255
		2606:4700:4700::1111 2a00:1450::1 2001:4860:4860::8888 2400::1`) {
		if !post.IsPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is not public", text)
		}
	}
}

func TestParseAllowed(t *testing.T) {
	got, err := post.ParseAllowed(" 10.1.0.0/16, 192.0.2.7,fd00::/8,")
	if want := "[10.1.0.0/16 192.0.2.7/32 fd00::/8]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
	for _, bad := range []string{"10.1.0.0/8", "localhost", "10.1.0.0/33", "fe80::1%eth0", "::ffff:10.0.0.0/104"} {
		if _, err := post.ParseAllowed(bad); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

// request is an attempt at a URL.
func request(url string) hooks.Request {
	return hooks.Request{URL: url, ID: "id", At: time.Unix(1700000000, 0), Signature: "v1,x", Body: []byte(`{"a":1}`)}
}

// loopback allows this machine.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// TestAddressesAreRefused posts to every form of an address of this machine, and requires that no
// connection is made.
func TestAddressesAreRefused(t *testing.T) {
	reached := make(chan string, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- r.Host
	}))
	server.Config.ConnState = func(net.Conn, http.ConnState) { reached <- "a connection" }
	server.Start()
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s := post.New(post.Config{})
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
		"[2002:7f00:1::1]", "0.0.0.0", "[::]", "127.1.2.3", "10.0.0.1", "169.254.169.254", "[fe80::1]",
		"100.64.0.1", "224.0.0.1", "255.255.255.255", "192.168.1.1", "172.16.0.1", "[fd00::1]",
	} {
		for _, scheme := range []string{"http", "https"} {
			_, err := s.Post(t.Context(), request(scheme+"://"+host+":"+port+"/"))
			if err == nil || !strings.Contains(err.Error(), "not allowed") {
				t.Errorf("%s://%s: %v", scheme, host, err)
			}
			if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("the error names an address: %v", err)
			}
		}
	}
	// Forms that parsers of C read as addresses are names to Go.
	for _, host := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		if _, err := s.Post(ctx, request("http://"+host+":"+port+"/")); err == nil {
			t.Errorf("%s was reached", host)
		}
		cancel()
	}
	for _, url := range []string{
		"ftp://example.com/", "file:///etc/passwd", "https:///x", "://", "gopher://127.0.0.1/",
	} {
		if _, err := s.Post(t.Context(), request(url)); err == nil {
			t.Errorf("%s was posted to", url)
		}
	}
	select {
	case what := <-reached:
		t.Errorf("the server saw %s", what)
	default:
	}
}

// TestMixedAllowance checks that an allowed prefix allows no other address, and nothing without TLS
// beyond it.
func TestMixedAllowance(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	allowed := post.New(post.Config{Allowed: loopback})
	if a, err := allowed.Post(t.Context(), request(server.URL)); err != nil || a.Status != 204 {
		t.Errorf("an allowed address: %+v, %v", a, err)
	}
	other := post.New(post.Config{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	if _, err := other.Post(t.Context(), request(server.URL)); err == nil {
		t.Error("the next address was reached")
	}
	if _, err := allowed.Post(t.Context(), request("http://1.1.1.1/")); err == nil ||
		err.Error() != "the receiver's address is not allowed without TLS" {
		t.Errorf("a public address without TLS: %v", err)
	}
}

// TestProxyIsNotUsed sets a proxy in the environment.
func TestProxyIsNotUsed(t *testing.T) {
	proxied := false
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied = true }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	_, err := post.New(post.Config{Allowed: loopback}).Post(t.Context(), request("http://198.51.100.1/"))
	if err == nil || proxied {
		t.Errorf("proxied: %v, %v", proxied, err)
	}
}

// TestRequest checks the headers of an attempt over TLS, and that certificates are verified.
func TestRequest(t *testing.T) {
	var got http.Header
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	if _, err := post.New(post.Config{Allowed: loopback}).Post(t.Context(), request(server.URL)); err == nil ||
		!strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	s := post.New(post.Config{Allowed: loopback, TLS: &tls.Config{RootCAs: roots}, Version: "1.2"})
	a, err := s.Post(t.Context(), request(server.URL))
	if err != nil || a != (hooks.Answer{Status: 429, RetryAfter: 2 * time.Minute}) {
		t.Fatalf("%+v, %v", a, err)
	}
	for name, want := range map[string]string{
		"webhook-id": "id", "webhook-timestamp": "1700000000", "webhook-signature": "v1,x",
		"Content-Type": "application/json", "User-Agent": "Onramp 1.2", "Accept-Encoding": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
}

// TestHostileReceivers checks the bounds of an attempt.
func TestHostileReceivers(t *testing.T) {
	var redirected sync.Once
	followed := false
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		redirected.Do(func() { followed = true })
	}))
	defer target.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is a closed connection noticed
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
		case "/silent":
			<-r.Context().Done()
		case "/endless":
			w.WriteHeader(http.StatusOK)
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		case "/drip":
			w.WriteHeader(http.StatusOK)
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("."))
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(100 * time.Millisecond):
				}
			}
		case "/headers":
			w.Header().Set("X-Large", strings.Repeat("x", 200<<10))
		case "/cut":
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"))
				c.Close()
			}
		case "/garbage":
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = c.Write([]byte("\x00\x01garbage"))
				c.Close()
			}
		}
	}))
	defer server.Close()
	s := post.New(post.Config{Allowed: loopback})
	for path, want := range map[string]string{
		"/redirect": "307", "/silent": "did not answer in time", "/endless": "200", "/drip": "200",
		"/headers": "failed", "/cut": "200", "/garbage": "failed",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		a, err := s.Post(ctx, request(server.URL+path))
		got := fmt.Sprint(a.Status)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
		cancel()
	}
	if followed {
		t.Error("a redirect was followed")
	}
	server.CloseClientConnections()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Post(ctx, request(server.URL+"/silent")); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled attempt: %v", err)
	}
}

// TestNameThatChanges resolves a name to one address first and to this machine then, as an
// attacker's DNS server would: no connection is made to either.
func TestNameThatChanges(t *testing.T) {
	var queries atomic.Int32
	dns, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer dns.Close()
	go func() {
		b := make([]byte, 512)
		for {
			n, from, err := dns.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = dns.WriteTo(answerA(b[:n], int(queries.Add(1))), from)
		}
	}()
	resolver := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "udp", dns.LocalAddr().String())
		}}
	defer func() { net.DefaultResolver = resolver }()
	var connected atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { connected.Store(true) }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	s := post.New(post.Config{})
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := s.Post(ctx, request("https://rebind.example.com.:"+port+"/"))
		if err == nil {
			t.Error("posted")
		}
		cancel()
	}
	if connected.Load() || queries.Load() == 0 {
		t.Errorf("connected: %v after %d queries", connected.Load(), queries.Load())
	}
}

// answerA answers a DNS query: queries of type A with this machine, from the second on; the first
// with an address of the documentation that is not public either.
func answerA(query []byte, number int) []byte {
	answer := append([]byte{}, query...)
	answer[2], answer[3] = 0x81, 0x80
	answer[10], answer[11] = 0, 0 // no additional records
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5
	answer = answer[:end]
	if query[end-3] != 1 || query[end-4] != 0 { // not of type A
		return answer
	}
	answer[7] = 1
	address := []byte{127, 0, 0, 1}
	if number == 1 {
		address = []byte{203, 0, 113, 7}
	}
	return append(answer, append([]byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4}, address...)...)
}
