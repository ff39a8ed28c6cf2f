package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"onramp/onboarding/datafolder"
	"onramp/onboarding/testkit/process"
)

// TestMain lets the test binary run as onramp itself, so that tests can start, stop and kill real
// processes.
func TestMain(m *testing.M) {
	if os.Getenv("ONRAMP_TEST_BE_ONRAMP") == "" {
		os.Exit(m.Run())
	}
	clock = clockAhead()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// clockAhead returns a clock that is ahead by the duration in ONRAMP_TEST_CLOCK, or in the file of
// ONRAMP_TEST_CLOCK_FILE at each reading; nil if neither is set.
func clockAhead() func() time.Time {
	if file := os.Getenv("ONRAMP_TEST_CLOCK_FILE"); file != "" {
		return func() time.Time {
			text, err := os.ReadFile(file)
			if err != nil {
				panic(err)
			}
			ahead, err := time.ParseDuration(string(text))
			if err != nil {
				panic(err)
			}
			return time.Now().Add(ahead)
		}
	}
	ahead, err := time.ParseDuration(os.Getenv("ONRAMP_TEST_CLOCK"))
	if err != nil {
		return nil
	}
	return func() time.Time { return time.Now().Add(ahead) }
}

// command returns an onramp command line as a separate process.
func command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "ONRAMP_TEST_BE_ONRAMP=1")
	return cmd
}

// onramp runs a command line and returns its exit code and output.
func onramp(t testing.TB, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := command(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// serving is a server process on free ports of the loopback address.
type serving struct {
	t      testing.TB
	args   []string
	cmd    *exec.Cmd
	url    string
	aaa    string
	admin  string
	data   string
	output *process.Buffer
	done   chan error
	wrap   func(*exec.Cmd) *exec.Cmd // changes how the process is started; nil for no change
}

// newServing returns a server on a data folder and free addresses that is not started yet.
func newServing(t testing.TB, data string) *serving {
	t.Helper()
	listen, aaa := process.FreeAddress(t), process.FreeAddress(t)
	s := &serving{t: t, data: data, url: "http://" + listen, aaa: "http://" + aaa, admin: process.FreeAddress(t)}
	s.args = []string{"serve", "--data", data, "--listen", listen, "--aaa-listen", aaa, "--admin-listen", s.admin}
	return s
}

// startServe starts a server on a data folder and waits until it is ready.
func startServe(t testing.TB, data string, more ...string) *serving {
	t.Helper()
	s := newServing(t, data)
	s.args = append(s.args, more...)
	s.start()
	t.Cleanup(func() { s.kill() })
	return s
}

// launch starts the process without waiting.
func (s *serving) launch() {
	s.t.Helper()
	s.output, s.done = &process.Buffer{}, make(chan error, 1)
	s.cmd = command(s.args...)
	if s.wrap != nil {
		s.cmd = s.wrap(s.cmd)
	}
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	done, cmd := s.done, s.cmd
	go func() { done <- cmd.Wait() }()
}

// start starts the process and waits until it is ready. After a kill it uses the same addresses.
func (s *serving) start() {
	s.t.Helper()
	t := s.t
	s.launch()
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		answer, err := http.Get("http://" + s.admin + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK && strings.Contains(s.output.String(), `"msg":"serving"`) {
				return
			}
		}
		select {
		case err := <-s.done:
			t.Fatalf("serve ended: %v\n%s", err, s.output)
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("serve is not ready:\n%s", s.output)
}

// kill ends the process by SIGKILL.
func (s *serving) kill() {
	_ = s.cmd.Process.Kill()
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
	}
	s.done <- nil
}

// stop ends the process by a signal, as an operator would, and returns its exit code.
func (s *serving) stop() int {
	s.t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
		s.done <- nil
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(30 * time.Second):
		s.t.Fatal("serve does not stop")
		return -1
	}
}

func (s *serving) demo() *datafolder.Demo {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.data, "demo.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	var d datafolder.Demo
	if err := json.Unmarshal(text, &d); err != nil {
		s.t.Fatal(err)
	}
	return &d
}

// answer is a JSON response with its status.
type answer struct {
	status int
	body   map[string]any
	raw    []byte
	header http.Header
}

// call makes one API request. Headers are pairs of name and value.
func call(method, url, token, body string, headers ...string) (*answer, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return exchange(http.DefaultClient, request, token, headers...)
}

// exchange adds a token, if one is given, and headers to a request, sends it and reads the answer.
func exchange(client *http.Client, request *http.Request, token string, headers ...string) (*answer, error) {
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: response.StatusCode, raw: raw, header: response.Header}
	_ = json.Unmarshal(raw, &a.body)
	return a, nil
}

// must is call, and fails the test if the status differs.
func (s *serving) must(status int, method, path, token, body string, headers ...string) *answer {
	s.t.Helper()
	a, err := call(method, s.url+path, token, body, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	if a.status != status {
		s.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.raw)
	}
	return a
}

func (s *serving) login(key datafolder.DemoKey) string {
	s.t.Helper()
	body := fmt.Sprintf(`{"clientKey":%q,"clientSecret":%q}`, key.ClientKey, key.ClientSecret)
	return s.must(http.StatusOK, "POST", "/v1/sts/login/services", "", body).body["token"].(string)
}
