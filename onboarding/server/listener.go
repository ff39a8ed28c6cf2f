package server

import (
	"container/list"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
)

// Limit limits the concurrent connections of an HTTPServer's server on a listener, so that clients
// cannot exhaust the file descriptors that the other listeners and the database need. It returns
// the listener to serve on. When one more connection arrives, the one that has waited longest for
// its client is closed: idle, in the middle of a header or body, or reading its answer slowly. The
// new one waits only if all others are being served.
//
// One connection of HTTP/2 carries many requests. The requests of all connections are limited to
// twice as many as connections: beyond it, the connection with most requests is closed.
func Limit(s *http.Server, listener net.Listener, most int) net.Listener {
	l := &limited{
		Listener: listener, slots: make(chan struct{}, most), closed: make(chan struct{}), waiting: list.New(),
		several: map[*socket]struct{}{},
	}
	next := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(socketKey{}).(*socket); ok {
			c.begin()
			defer c.end()
			r.Body = &awaited{r.Body, c}
		}
		next.ServeHTTP(w, r)
	})
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
			c = secure.NetConn()
		}
		return context.WithValue(ctx, socketKey{}, c)
	}
	return l
}

// socketKey is the context key of a request's socket.
type socketKey struct{}

// limited is a listener with a limited number of connections.
type limited struct {
	net.Listener
	slots  chan struct{} // one per connection
	once   sync.Once
	closed chan struct{}

	mu       sync.Mutex
	waiting  *list.List // of *socket: those that wait for their clients, the longest first
	requests int
	several  map[*socket]struct{} // those with more than one request
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	select {
	case l.slots <- struct{}{}:
	default:
		l.evict()
		select {
		case l.slots <- struct{}{}:
		case <-l.closed:
			conn.Close()
			return nil, net.ErrClosed
		}
	}
	c := &socket{Conn: conn, of: l}
	l.mu.Lock()
	c.place = l.waiting.PushBack(c)
	l.mu.Unlock()
	return c, nil
}

// Close implements net.Listener.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// evict closes the connection that has waited longest, if any.
func (l *limited) evict() {
	l.mu.Lock()
	var longest *socket
	if first := l.waiting.Front(); first != nil {
		longest = first.Value.(*socket)
	}
	l.mu.Unlock()
	if longest != nil {
		longest.Close()
	}
}

// socket is a connection of a limited listener.
type socket struct {
	net.Conn
	of     *limited
	closed sync.Once
	gone   bool
	busy   int           // requests being served
	place  *list.Element // in of.waiting while none is

	requests int // including those that wait for the client
}

// requestsEach is the limit on requests, in multiples of the limit on connections.
const requestsEach = 2

// begin counts a new request, and closes the connection with most requests if all together exceed
// the limit.
func (c *socket) begin() {
	c.work(1)
	l := c.of
	l.mu.Lock()
	c.requests++
	l.requests++
	if c.requests == 2 {
		l.several[c] = struct{}{}
	}
	var most *socket
	if l.requests > requestsEach*cap(l.slots) {
		for one := range l.several {
			if !one.gone && (most == nil || one.requests > most.requests) {
				most = one
			}
		}
	}
	l.mu.Unlock()
	if most != nil {
		most.Close()
	}
}

// end counts the end of a request.
func (c *socket) end() {
	c.work(-1)
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.requests--
	c.of.requests--
	if c.requests == 1 {
		delete(c.of.several, c)
	}
}

// work records that a request starts (1) or stops (-1) being served.
func (c *socket) work(change int) {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.busy += change
	switch {
	case c.gone:
	case c.busy > 0 && c.place != nil:
		c.of.waiting.Remove(c.place)
		c.place = nil
	case c.busy <= 0 && c.place == nil:
		c.place = c.of.waiting.PushBack(c)
	}
}

// Write implements net.Conn. It counts as waiting for the client.
func (c *socket) Write(p []byte) (int, error) {
	c.work(-1)
	defer c.work(1)
	return c.Conn.Write(p)
}

// Close implements net.Conn.
func (c *socket) Close() error {
	err := c.Conn.Close()
	c.closed.Do(func() {
		c.of.mu.Lock()
		c.gone = true
		if c.place != nil {
			c.of.waiting.Remove(c.place)
			c.place = nil
		}
		c.of.mu.Unlock()
		<-c.of.slots
	})
	return err
}

// awaited is a body; reading it counts as waiting for the client.
type awaited struct {
	io.ReadCloser
	of *socket
}

// Read implements io.Reader.
func (b *awaited) Read(p []byte) (int, error) {
	b.of.work(-1)
	defer b.of.work(1)
	return b.ReadCloser.Read(p)
}
