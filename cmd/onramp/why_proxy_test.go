package main

import (
	"net"
	"sync"
	"testing"
	"time"
)

// lossy forwards datagrams between an access point and FreeRADIUS and loses some.
type lossy struct {
	port int
	// lost reports whether to lose a datagram: the nth (from 1) in its direction.
	lost func(toServer bool, n int, packet []byte) bool
}

// newLossy starts a proxy in front of a port of the loopback address.
func newLossy(t testing.TB, server int, lost func(toServer bool, n int, packet []byte) bool) *lossy {
	t.Helper()
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	back, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: server})
	must(t, err)
	p := &lossy{port: front.LocalAddr().(*net.UDPAddr).Port, lost: lost}
	var mu sync.Mutex
	var client *net.UDPAddr
	var both sync.WaitGroup
	both.Go(func() {
		buffer := make([]byte, 4096)
		for n := 1; ; n++ {
			size, from, err := front.ReadFromUDP(buffer)
			if err != nil {
				return
			}
			mu.Lock()
			client = from
			mu.Unlock()
			if !p.lost(true, n, buffer[:size]) {
				_, _ = back.Write(buffer[:size])
			}
		}
	})
	both.Go(func() {
		buffer := make([]byte, 4096)
		for n := 1; ; n++ {
			size, err := back.Read(buffer)
			if err != nil {
				return
			}
			mu.Lock()
			to := client
			mu.Unlock()
			if to != nil && !p.lost(false, n, buffer[:size]) {
				_, _ = front.WriteToUDP(buffer[:size], to)
			}
		}
	})
	t.Cleanup(func() {
		_ = front.Close()
		_ = back.Close()
		both.Wait()
	})
	return p
}

// after loses every datagram from the access point after the first n. Those of a repetition count
// too.
func after(n int) func(bool, int, []byte) bool {
	return func(toServer bool, nth int, _ []byte) bool { return toServer && nth > n }
}

const silence = 2 * time.Second // the wait of a phone whose packets are lost
