package bench

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// phones is the number of phones that authenticate at a time.
	phones   = 4
	radUser  = "anna"
	radWord  = "passwort"
	radReady = "Ready to process requests"
)

// radius is a FreeRADIUS with the configuration that `onramp freeradius` wrote.
type radius struct {
	*program
	dir, port, secret string
}

// authenticating starts a serve with one customer.
func (s *scene) authenticating() (*onramp, error) {
	for _, name := range []string{"freeradius", "eapol_test"} {
		if _, err := find(name); err != nil {
			return nil, err
		}
	}
	o, err := s.serve(s.path("data"))
	if err != nil {
		return nil, err
	}
	return o, o.call(nil, http.StatusCreated, http.MethodPost, "/v3/customers", fmt.Sprintf(
		`{"username":%q,"password":%q,"policies":{"termsOfUse":true,"privacy":true},"ppd":true}`, radUser, radWord),
		o.manager...)
}

// freeradius writes a configuration, edits it and starts it.
func (s *scene) freeradius(o *onramp, name string, edit func(dir string) error) (*radius, error) {
	at, err := freeAddresses(2)
	if err != nil {
		return nil, err
	}
	_, auth, _ := net.SplitHostPort(at[0])
	_, acct, _ := net.SplitHostPort(at[1])
	r := &radius{dir: s.path(name), port: auth}
	if _, err := s.output(s.Onramp, "freeradius", r.dir, "--data", o.data, "--auth-port", auth, "--acct-port",
		acct); err != nil {
		return nil, err
	}
	secret, err := os.ReadFile(filepath.Join(r.dir, "radius-secret"))
	if err != nil {
		return nil, err
	}
	r.secret = strings.TrimSpace(string(secret))
	if err := edit(r.dir); err != nil {
		return nil, err
	}
	r.program, err = s.start(s.command("freeradius", "-f", "-l", "stdout", "-d", r.dir), radReady)
	return r, err
}

// asWritten leaves a configuration as it is.
func asWritten(string) error { return nil }

// withFiles replaces Onramp by FreeRADIUS's own module `files` with the same user.
func withFiles(dir string) error {
	users := fmt.Sprintf("%s Cleartext-Password := %q\n\tClass := %q,\n\tSession-Timeout := 3600\n", radUser, radWord,
		strings.Repeat("c", 73))
	if err := os.WriteFile(filepath.Join(dir, "users"), []byte(users), 0o600); err != nil {
		return err
	}
	for _, e := range []struct{ file, begin, by string }{
		{"modules.conf", "modules {", "modules {\nfiles {\n\tfilename = ${confdir}/users\n}\n"},
		{"servers.conf", "onramp {", "files\n"},
		{"servers.conf", "onramp.post-auth {", "ok\n"},
	} {
		if err := replaceBlock(filepath.Join(dir, e.file), e.begin, e.by); err != nil {
			return err
		}
	}
	return nil
}

// replaceBlock replaces the only block of a configuration that begins with a line; of "modules {"
// only the line itself.
func replaceBlock(name, begin, by string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var out strings.Builder
	end, found := "", 0
	for line := range strings.Lines(string(text)) {
		trimmed := strings.TrimSpace(line)
		switch {
		case end != "": // within the block
			if strings.TrimRight(line, "\r\n") == end {
				end = ""
			}
		case trimmed == begin:
			found++
			out.WriteString(by)
			if begin != "modules {" {
				end = strings.TrimRight(line[:len(line)-len(strings.TrimLeft(line, "\t"))], "\r\n") + "}"
			}
		default:
			out.WriteString(line)
		}
	}
	if found != 1 {
		return fmt.Errorf("%s has %d blocks %q, want one", name, found, begin)
	}
	return os.WriteFile(name, []byte(out.String()), 0o600)
}

// authenticate has phones authenticate, each so many times, and returns how many of these resumed
// a TLS session. inner is the method within the tunnel; returning phones offer their session.
func (s *scene) authenticate(o *onramp, r *radius, inner string, returning bool, each int) (resumed int, err error) {
	fast := 0
	if returning {
		fast = 1
	}
	network := fmt.Sprintf("fast_reauth=%d\nnetwork={\n\tkey_mgmt=WPA-EAP\n\teap=TTLS\n"+
		"\tanonymous_identity=\"anonymous@demo.example\"\n\tidentity=%q\n\tpassword=%q\n\tphase2=\"auth=%s\"\n"+
		"\tca_cert=%q\n}\n", fast, radUser, radWord, inner, o.demo.RADIUSRoot)
	file := s.path("network.conf")
	if err := os.WriteFile(file, []byte(network), 0o600); err != nil {
		return 0, err
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for phone := range phones {
		all.Go(func() {
			out, failed := exec.CommandContext(s.ctx, "eapol_test", "-c", file, "-a", "127.0.0.1", "-p", r.port, "-s",
				r.secret, "-M", fmt.Sprintf("02:00:00:00:aa:%02x", phone), "-t", "60", "-r",
				fmt.Sprint(each-1)).CombinedOutput()
			mu.Lock()
			defer mu.Unlock()
			resumed += strings.Count(string(out), "resumed=1")
			if n := strings.Count(string(out), "CTRL-EVENT-EAP-SUCCESS"); failed != nil || n != each {
				err = fmt.Errorf("%d of %d authentications, %w\n%s", n, each, failed, tail(out))
			}
		})
	}
	all.Wait()
	return resumed, err
}

// spent returns the processor time of programs during a call, in milliseconds for each
// authentication.
func spent(each int, during func() error, programs ...*program) (float64, error) {
	sum := func() (total time.Duration, err error) {
		for _, p := range programs {
			t, err := processorTime(p.Process.Pid)
			if err != nil {
				return 0, err
			}
			total += t
		}
		return total, nil
	}
	before, err := sum()
	if err != nil {
		return 0, err
	}
	if err := during(); err != nil {
		return 0, err
	}
	after, err := sum()
	return milliseconds(after-before) / float64(phones*each), err
}

// handshakes measures FreeRADIUS's processor time for a full authentication with Onramp, beside one
// with its own module `files`.
func handshakes(inner string) func(*scene) (*sides, error) {
	return func(s *scene) (*sides, error) {
		o, err := s.authenticating()
		if err != nil {
			return nil, err
		}
		ours, err := s.freeradius(o, "ours", asWritten)
		if err != nil {
			return nil, err
		}
		files, err := s.freeradius(o, "files", withFiles)
		if err != nil {
			return nil, err
		}
		each := s.pick(40, 15)
		var own []float64
		side := func(r *radius) func() (float64, error) {
			return func() (float64, error) {
				before, err := processorTime(o.Process.Pid)
				if err != nil {
					return 0, err
				}
				ms, err := spent(each, func() error {
					_, err := s.authenticate(o, r, inner, false, each)
					return err
				}, r.program)
				if err != nil || r != ours {
					return ms, err
				}
				after, err := processorTime(o.Process.Pid)
				own = append(own, milliseconds(after-before)/float64(phones*each))
				return ms, err
			}
		}
		measured, beside, err := alternate(s.rounds(), side(ours), side(files))
		if err != nil {
			return nil, err
		}
		return &sides{
			measured: Figure{measured, "ms"}, beside: Figure{beside, "ms"},
			note: fmt.Sprintf("serve takes another %.2f ms", median(own)),
		}, nil
	}
}

// returns measures the processor time of FreeRADIUS and serve for the authentications of a phone
// that offers its TLS session, beside full ones.
func returns(s *scene) (*sides, error) {
	o, err := s.authenticating()
	if err != nil {
		return nil, err
	}
	r, err := s.freeradius(o, "ours", asWritten)
	if err != nil {
		return nil, err
	}
	each := s.pick(50, 25)
	resumed, offered := 0, 0
	side := func(returning bool) func() (float64, error) {
		return func() (float64, error) {
			return spent(each, func() error {
				n, err := s.authenticate(o, r, "MSCHAPV2", returning, each)
				if returning {
					resumed, offered = resumed+n, offered+phones*(each-1) // the first is a full one
				}
				return err
			}, r.program, o.program)
		}
	}
	back, full, err := alternate(s.rounds(), side(true), side(false))
	return &sides{
		measured: Figure{back, "ms"}, beside: Figure{full, "ms"},
		note: fmt.Sprintf("%d of %d sessions that were offered were resumed", resumed, offered),
	}, err
}
