package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// separateNetwork is a network namespace that a pair of virtual devices connects with this one.
type separateNetwork struct {
	name, device  string
	here, outside string // the addresses of the two devices: here, and in the namespace
}

// newSeparateNetwork makes a namespace, which needs root, and removes it at the end of the test.
func newSeparateNetwork(t *testing.T) *separateNetwork {
	t.Helper()
	process.Require(t, "ip")
	id := os.Getpid() % (1 << 14)
	n := &separateNetwork{name: fmt.Sprint("onramp-test-", id), device: fmt.Sprint("ort", id),
		here:    fmt.Sprintf("198.18.%d.%d", id>>6, id<<2&255+1),
		outside: fmt.Sprintf("198.18.%d.%d", id>>6, id<<2&255+2)}
	n.ip(t, "netns", "add", n.name)
	t.Cleanup(func() { n.ip(t, "netns", "del", n.name) })
	n.ip(t, "link", "add", n.device, "type", "veth", "peer", "name", "outside", "netns", n.name)
	n.ip(t, "addr", "add", n.here+"/30", "dev", n.device)
	n.ip(t, "link", "set", n.device, "up")
	n.ip(t, "-n", n.name, "addr", "add", n.outside+"/30", "dev", "outside")
	n.ip(t, "-n", n.name, "link", "set", "outside", "up")
	n.ip(t, "-n", n.name, "link", "set", "lo", "up")
	return n
}

func (n *separateNetwork) ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v %s", strings.Join(args, " "), err, out)
	}
}

// newServing returns a server in the namespace that is not started yet. Its address for FreeRADIUS
// is not reachable.
func (n *separateNetwork) newServing(t *testing.T, data string) *serving {
	s := &serving{t: t, data: data, url: "http://" + n.outside + ":8080", admin: n.outside + ":9090"}
	s.args = []string{"serve", "--data", data, "--listen", n.outside + ":8080", "--admin-listen", s.admin,
		"--aaa-listen", "127.0.0.1:8081", "--allow-development-certificates"}
	s.wrap = func(cmd *exec.Cmd) *exec.Cmd {
		inside := exec.Command("ip", append([]string{"netns", "exec", n.name, cmd.Path}, cmd.Args[1:]...)...)
		inside.Env = cmd.Env
		return inside
	}
	return s
}

// relay makes the servers of a database URL reachable in the namespace, and returns the URL there.
func (n *separateNetwork) relay(t *testing.T, database string) string {
	t.Helper()
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllStringFunc(database, func(target string) string {
		l, err := net.Listen("tcp", n.here+":0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				client, err := l.Accept()
				if err != nil {
					return
				}
				go relay(client, target)
			}
		}()
		return l.Addr().String()
	})
}

// relay copies between a connection and a target until either ends.
func relay(client net.Conn, target string) {
	defer client.Close()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

// cut loses every packet to and from the namespace for a time. The device here stays up: without it
// the packets would take the default route.
func (n *separateNetwork) cut(t *testing.T, d time.Duration) {
	n.ip(t, "-n", n.name, "link", "set", "outside", "down")
	time.Sleep(d)
	n.ip(t, "-n", n.name, "link", "set", "outside", "up")
}
