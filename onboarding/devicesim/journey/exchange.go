package journey

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// answer is a complete HTTP response.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// exchange sends a request of a step and reads the response, of its body at most limit bytes.
// complete is the expectation that a body cut short breaks.
func (w *walker) exchange(step string, v *visit, req *http.Request, limit int64, complete string) (*answer, error) {
	began := time.Now()
	res, err := v.client.Do(req)
	if err != nil {
		return nil, w.failed(step, "a response", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, limit))
	if err != nil {
		return nil, w.failed(step, complete, err)
	}
	if w.Observe != nil && res.StatusCode < http.StatusBadRequest {
		w.Observe(step, time.Since(began))
	}
	return &answer{status: res.StatusCode, header: res.Header, body: body}, nil
}

// otherStatus returns the error of a response with another status than expected. says is the
// message of its page, or empty.
func (w *walker) otherStatus(step, expected string, status int, header http.Header, says string) *StepError {
	got := fmt.Sprintf("%d %s", status, http.StatusText(status))
	if says != "" {
		got += " (" + w.hide(says) + ")"
	}
	kind := fmt.Sprintf("HTTP %d", status)
	if after := header.Get("Retry-After"); after != "" {
		got += ", retry after " + judge.Shorten(after)
		kind += " with Retry-After"
	}
	return &StepError{Step: step, Expected: expected, Got: got, Kind: kind}
}

// transportKind returns the kind of a failure without a complete response.
func transportKind(err error) string {
	var timeout net.Error
	var name *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.As(err, &name):
		return "transport: name not found"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "transport: timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "transport: connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF):
		return "transport: connection lost"
	case errors.Is(err, syscall.EMFILE):
		return "transport: no file descriptor left in the simulator"
	}
	return "transport"
}
