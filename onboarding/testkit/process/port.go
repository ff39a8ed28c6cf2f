package process

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// The ports for servers are below those that Linux takes for clients' connections, 32768 to 60999
// (ip_local_port_range): one of those could become the source of a connection of another process
// before the server has opened it.
const (
	firstPort = 10000
	lastPort  = 32767
)

// nextPort is where FreePort searches on. Each process begins elsewhere and counts up, so that
// tests of two processes hardly choose the same port at the same time, and those of one never do.
var (
	portMu   sync.Mutex
	nextPort = firstPort + rand.IntN(lastPort-firstPort+1)
)

// Port returns a port of the loopback address that is free for TCP and UDP at this moment.
func Port() (int, error) {
	portMu.Lock()
	defer portMu.Unlock()
	for range lastPort - firstPort + 1 {
		port := nextPort
		if nextPort++; nextPort > lastPort {
			nextPort = firstPort
		}
		if free(port) {
			return port, nil
		}
	}
	return 0, errors.New("no port of the loopback address is free")
}

// free reports whether both a TCP and a UDP server can open the port.
func free(port int) bool {
	address := loopback(port)
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	defer l.Close()
	c, err := net.ListenPacket("udp", address)
	if err != nil {
		return false
	}
	defer c.Close()
	return true
}

// FreePort returns a port of the loopback address that is free for TCP and UDP at this moment.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := Port()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// FreeAddress returns the loopback address with a port of FreePort.
func FreeAddress(t testing.TB) string {
	t.Helper()
	return loopback(FreePort(t))
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
