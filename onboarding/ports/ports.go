// Package ports chooses ports of the loopback address for servers that a test or a benchmark
// starts.
package ports

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// The ports are below those that Linux takes for clients' connections, 32768 to 60999
// (ip_local_port_range): one of those could become the source of a connection of another process
// before the server has opened it.
const (
	first = 10000
	last  = 32767
)

// next is where Free searches on. Each process begins elsewhere and counts up, so that two
// processes hardly choose the same port at the same time, and one never does.
var (
	mu   sync.Mutex
	next = first + rand.IntN(last-first+1)
)

// Free returns a port of the loopback address that is free for TCP and UDP at this moment.
func Free() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	for range last - first + 1 {
		port := next
		if next++; next > last {
			next = first
		}
		if free(port) {
			return port, nil
		}
	}
	return 0, errors.New("no port of the loopback address is free")
}

// free reports whether both a TCP and a UDP server can open the port.
func free(port int) bool {
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", Loopback(port))
	if err != nil {
		return false
	}
	defer l.Close()
	c, err := config.ListenPacket(context.Background(), "udp", Loopback(port))
	if err != nil {
		return false
	}
	defer c.Close()
	return true
}

// Loopback returns the loopback address with a port.
func Loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
