package web

import (
	"io"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// MaxRequests is the default limit on the requests in progress of the main listener. It is twice as
// many as may wait for a signature or for SQLite's writer, so that no one of them fills it alone.
const MaxRequests = 2048

// A refused client shall retry after a random time between these, so that a crowd does not return
// at once.
const (
	overloadRetry    = time.Second
	overloadRetryMax = 4 * time.Second
)

// Load counts the requests in progress and refuses those beyond a limit. A request that waits for
// its client, in the middle of its body or its answer, does not count: slow clients cannot use up
// the limit. Connections and the memory for bodies bound those.
type Load struct {
	most    int64
	working atomic.Int64
	refused atomic.Int64
}

// NewLoad returns a Load with a limit; 0: MaxRequests.
func NewLoad(most int) *Load {
	if most == 0 {
		most = MaxRequests
	}
	return &Load{most: int64(most)}
}

// Begin counts a request until end is called. Beyond the limit it returns an Unavailable error.
func (l *Load) Begin(c echo.Context) (end func(), err error) {
	if l.working.Add(1) > l.most {
		l.working.Add(-1)
		l.refused.Add(1)
		return nil, &onboarding.Error{
			Kind: onboarding.Unavailable, Message: "too many requests are in progress, retry",
			RetryAfter: overloadRetry + rand.N(overloadRetryMax-overloadRetry),
		}
	}
	if r := c.Request(); r.ContentLength != 0 {
		r.Body = &clientBody{r.Body, l}
	}
	c.Response().Writer = &clientWriter{c.Response().Writer, l}
	return func() { l.working.Add(-1) }, nil
}

// Working returns the number of requests in progress that do not wait for their clients.
func (l *Load) Working() int64 { return l.working.Load() }

// Refused returns the number of refused requests since the start.
func (l *Load) Refused() int64 { return l.refused.Load() }

// await calls do, which waits for the client.
func (l *Load) await(do func() error) error {
	l.working.Add(-1)
	defer l.working.Add(1)
	return do()
}

// clientBody is a body; reading it waits for the client.
type clientBody struct {
	io.ReadCloser
	load *Load
}

// Read implements io.Reader.
func (b *clientBody) Read(p []byte) (n int, err error) {
	err = b.load.await(func() error { n, err = b.ReadCloser.Read(p); return err })
	return n, err
}

// clientWriter is an answer; writing it waits for the client.
type clientWriter struct {
	http.ResponseWriter
	load *Load
}

// Write implements io.Writer.
func (w *clientWriter) Write(p []byte) (n int, err error) {
	err = w.load.await(func() error { n, err = w.ResponseWriter.Write(p); return err })
	return n, err
}

// FlushError sends what was written, for http.ResponseController.
func (w *clientWriter) FlushError() error {
	return w.load.await(http.NewResponseController(w.ResponseWriter).Flush)
}

// Unwrap returns the writer below, for http.ResponseController.
func (w *clientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
