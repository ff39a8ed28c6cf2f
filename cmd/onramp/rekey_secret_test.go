package main

import (
	"context"
	"encoding/base64"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestRekeySecretCommands changes the keys of tokens and cursors while clients log in, call and
// scroll, kills the server with SIGKILL after the command, and uses the former token throughout. No
// call is refused.
func TestRekeySecretCommands(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	demo := s.demo()
	manager := s.login(demo.ManagerKey)
	for range 3 {
		s.must(201, "POST", "/v3/customers", manager, `{`+consented+`}`)
	}
	rekey := func(wantCode int, wantText string, args ...string) string {
		t.Helper()
		code, stdout, stderr := onramp(t, "", append([]string{"rekey"}, append(args, "--data", s.data)...)...)
		if code != wantCode || !strings.Contains(stdout+stderr, wantText) {
			t.Errorf("rekey %s: exit code %d, want %d and %q:\n%s%s", strings.Join(args, " "), code, wantCode, wantText,
				stdout, stderr)
		}
		return stdout
	}
	rekey(0, "jwt-key-1  in use", "jwt", "--list")
	rekey(2, "--list and --forget", "jwt", "--list", "--forget", "x")
	rekey(1, "--forget: there is no key", "scroll", "--forget", "jwt-key-1")
	rekey(1, "--forget: jwt-key-1 is in use", "jwt", "--forget", "jwt-key-1")
	rekey(0, "jwt-key-2  announced", "jwt")
	s.kill()
	s.start()
	rekey(0, "scroll-key-2  announced", "scroll")
	if out := rekey(0, "no other was made", "scroll"); strings.Contains(out, "scroll-key-3") {
		t.Errorf("a repeated command made another key:\n%s", out)
	}

	path := "/v2/customers/organizations/" + demo.OrganizationID
	ctx, stop := context.WithCancel(t.Context())
	var calls, fresh atomic.Int64
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				token := s.login(demo.ManagerKey)
				page := s.must(200, "GET", path+"?size=1", token, "")
				sid := page.body["sId"].(string)
				s.must(200, "GET", path+"?sid="+sid, manager, "")
				head, _, _ := strings.Cut(token, ".")
				header, err := base64.RawURLEncoding.DecodeString(head)
				if err != nil {
					t.Error(err)
				}
				if strings.Contains(string(header), "jwt-key-2") && strings.HasPrefix(sid, "2.") {
					fresh.Add(1)
				}
				calls.Add(3)
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	for end := time.Now().Add(time.Minute); fresh.Load() < 4 && time.Now().Before(end) && !t.Failed(); {
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	clients.Wait()
	t.Logf("%d calls, %d rounds with the new keys", calls.Load(), fresh.Load())
	if fresh.Load() < 4 {
		t.Error("the new keys were not used within a minute")
	}
	rekey(0, "jwt-key-1  accepted", "jwt", "--list")
}
