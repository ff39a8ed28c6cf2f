package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/cmd/onramp/host"
	"onramp/onboarding/testkit/process"
)

// memoryOf returns the peak resident memory of a process in bytes.
func memoryOf(t *testing.T, pid int) (peak int64) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		process.Missing(t, "no /proc here")
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// TestFoundF1Memory posts the bodies that are most expensive to parse over 300 connections at once,
// to every kind of route that reads a body. The process must stay below 300 MB, answer each request
// and keep serving other clients.
func TestFoundF1Memory(t *testing.T) {
	s := startServe(t, t.TempDir())
	demo := s.demo()
	token := s.login(demo.AppKey)
	empty := func(size int) string { return `{"x":[` + strings.Repeat("[],", size/3) + `[]]}` }
	names := func(size int) string {
		var b strings.Builder
		b.WriteString(`{"x":{`)
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, `"%x":0,`, i)
		}
		return b.String() + `"z":0}}`
	}
	fields := func(size int) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, "%x&", i)
		}
		return b.String()
	}
	const jsonType, formType = "application/json", "application/x-www-form-urlencoded"
	attacks := []struct{ path, token, kind, body string }{
		{"/v1/sts/login/services", "", jsonType, empty(1 << 20)},
		{"/v1/sts/login/services", "", jsonType, empty(4 << 10)},
		{"/v1/sts/login/services", "", jsonType, names(4 << 10)},
		{"/v3/customers", token, jsonType, empty(64 << 10)},
		{"/v3/customers", token, jsonType, names(64 << 10)},
		{"/v3/customers?deduplicate=" + strings.Repeat("a,", 8<<10), token, jsonType, "{}"},
		{"/v3/customers/credential/check", token, jsonType, empty(16 << 10)},
		{"/portal/" + demo.OrganizationID, "", formType, fields(64 << 10)},
		{"/go", "", formType, fields(64 << 10)},
		{"/portal/" + demo.OrganizationID + "?" + fields(16<<10), "", formType, ""},
	}
	statuses := map[int]bool{
		http.StatusConflict: true, http.StatusRequestEntityTooLarge: true, http.StatusServiceUnavailable: true,
		http.StatusTooManyRequests: true,
	}
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 0, DisableKeepAlives: true},
		Timeout: 2 * time.Minute}
	send := func(path, token, kind string, body io.Reader) (int, error) {
		request, err := http.NewRequest(http.MethodPost, s.url+path, body)
		if err != nil {
			return 0, err
		}
		request.Header.Set("Content-Type", kind)
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := client.Do(request)
		if err != nil {
			return 0, err
		}
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		return answer.StatusCode, err
	}
	var attackers sync.WaitGroup
	for i := range 300 {
		attackers.Go(func() {
			for round := range 2 {
				a := attacks[(i+round)%len(attacks)]
				body := io.Reader(strings.NewReader(a.body))
				if i%2 == 1 { // without Content-Length
					body = io.MultiReader(body)
				}
				status, err := send(a.path, a.token, a.kind, body)
				if err != nil || !statuses[status] {
					t.Errorf("%s with %.20s: %d, %v", a.path, a.body, status, err)
				}
			}
		})
	}
	// Other clients are served meanwhile and afterwards.
	for i := range 10 {
		s.must(http.StatusCreated, "POST", "/v3/customers", token,
			fmt.Sprintf(
				`{"firstName":"Ada","guid":"phone-0123456789-%d","policies":{"termsOfUse":true,"privacy":true}}`, i))
	}
	attackers.Wait()
	s.login(demo.AppKey)
	peak := memoryOf(t, s.cmd.Process.Pid)
	t.Logf("the process has had %d MB", peak>>20)
	if peak > 300<<20 {
		t.Error("that is more than 300 MB")
	}
}

// TestFoundF1SlowBodies checks that connections that announce a body and never send it use neither
// memory nor the memory budget of other requests.
func TestFoundF1SlowBodies(t *testing.T) {
	s := startServe(t, t.TempDir(), "--max-connections", "40")
	token := s.login(s.demo().AppKey)
	for i := range 200 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		text := "POST /v1/sts/login/services HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
			"Content-Length: 4000\r\n\r\n{"
		// some stop in the header, some after the first byte of the body
		fmt.Fprint(conn, text[:len(text)*(i%4+1)/4])
	}
	s.must(http.StatusCreated, "POST", "/v3/customers", token,
		`{"firstName":"Ada","guid":"phone-0123456789","policies":{"termsOfUse":true,"privacy":true}}`)
	s.must(http.StatusOK, "GET", "/v1/organizations/"+s.demo().OrganizationID+"/policies", token, "")
}

// TestFoundF12Descriptors sets a low limit on open files and holds connections to the public
// listener open. FreeRADIUS, the operator, the database and a new client must still get file
// descriptors.
func TestFoundF12Descriptors(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		process.Missing(t, "no sh here")
	}
	s := newServing(t, t.TempDir())
	s.wrap = func(cmd *exec.Cmd) *exec.Cmd {
		limited := exec.Command("sh", append([]string{"-c", `ulimit -n 256; exec "$@"`, "sh"}, cmd.Args...)...)
		limited.Env = cmd.Env
		return limited
	}
	s.start()
	t.Cleanup(s.kill)
	demo := s.demo()
	token := s.login(demo.AppKey)
	var held []net.Conn
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	for range 600 {
		conn, err := net.DialTimeout("tcp", strings.TrimPrefix(s.url, "http://"), 10*time.Second)
		if err != nil {
			break // the system's backlog is full as well
		}
		held = append(held, conn)
		fmt.Fprint(conn, "GET /go HTTP/1.1\r\nHost: a\r\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for _, ask := range []struct {
		what, method, url, body string
		status                  int
	}{
		{"FreeRADIUS", "POST", s.aaa + "/aaa/authorize", `{"User-Name":"nobody"}`, http.StatusUnauthorized},
		{"the operator", "GET", "http://" + s.admin + "/readyz", "", http.StatusOK},
		{"a visitor", "GET", s.url + "/portal/" + demo.OrganizationID, "", http.StatusOK},
	} {
		request, err := http.NewRequestWithContext(ctx, ask.method, ask.url, strings.NewReader(ask.body))
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("radius", demo.AAASecret)
		request.Close = true
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatalf("%s: %v", ask.what, err)
		}
		raw, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != ask.status {
			t.Errorf("%s: %d %s", ask.what, answer.StatusCode, raw)
		}
	}
	s.must(http.StatusCreated, "POST", "/v3/customers", token,
		`{"firstName":"Ada","guid":"phone-0123456789","policies":{"termsOfUse":true,"privacy":true}}`)
}

// TestFoundF12Exposure checks that start-up warns about listeners in clear text, and that no link
// leads to http://[::1].
func TestFoundF12Exposure(t *testing.T) {
	for _, c := range []struct {
		name        string
		args        []string
		warned, not []string
	}{
		{"loopback", nil, nil, []string{"plain HTTP", "links lead to"}},
		{"beyond", []string{"--listen", "0.0.0.0:0", "--public-url", "https://wifi.example.com",
			"--allow-development-certificates"},
			[]string{"--listen reaches beyond this machine by plain HTTP"},
			[]string{"links lead to", "--public-url is plain"}},
		{"behind a proxy", []string{"--listen", "0.0.0.0:0", "--public-url", "https://wifi.example.com",
			"--trusted-proxies", "10.0.0.0/8",
			"--allow-development-certificates"}, nil, []string{"plain HTTP", "links lead to"}},
		{"no name", []string{"--listen", "[::]:0", "--allow-development-certificates"},
			[]string{"--listen reaches beyond this machine by plain HTTP", "links lead to this machine alone",
				`"publicUrl":"http://127.0.0.1:`}, []string{"[::1]"}},
		{"a plain name", []string{"--public-url", "http://wifi.example.com"}, []string{"--public-url is plain HTTP"},
			nil},
		{"metrics", []string{"--admin-listen", "0.0.0.0:0"}, []string{"--admin-listen reaches beyond"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServing(t, t.TempDir())
			s.args = append(s.args, c.args...)
			s.launch()
			defer s.kill()
			for deadline := time.Now().Add(time.Minute); !strings.Contains(s.output.String(),
				`"msg":"serving"`); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("not serving:\n%s", s.output)
				}
			}
			output := s.output.String()
			for _, text := range c.warned {
				if !strings.Contains(output, text) {
					t.Errorf("no %q in\n%s", text, output)
				}
			}
			for _, text := range c.not {
				if strings.Contains(output, text) {
					t.Errorf("%q in\n%s", text, output)
				}
			}
		})
	}
}

// TestFoundF1MemoryLimit checks that GOMEMLIMIT takes precedence over the cgroup's limit.
func TestFoundF1MemoryLimit(t *testing.T) {
	s := newServing(t, t.TempDir())
	s.wrap = func(cmd *exec.Cmd) *exec.Cmd {
		cmd.Env = append(cmd.Env, "GOMEMLIMIT=123456789")
		return cmd
	}
	s.start()
	t.Cleanup(s.kill)
	answer, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(raw, []byte("go_gc_gomemlimit_bytes 1.23456789e+08")) {
		t.Error("the limit of GOMEMLIMIT does not hold")
	}
}

// TestShareDescriptors checks that every listener gets a share of any limit, and that the shares
// leave descriptors for the database.
func TestShareDescriptors(t *testing.T) {
	for _, files := range []uint64{64, 256, 1024, 4096, 1 << 20, 1 << 62} {
		p := host.ShareDescriptors(files, host.MaxConnections)
		if p.Main < 8 || p.AAA < 4 || p.Admin < 4 || p.Main > host.MaxConnections ||
			uint64(p.Main+p.AAA+p.Admin)+min(256, files/4) > files {
			t.Errorf("%d files: %+v", files, p)
		}
	}
}
