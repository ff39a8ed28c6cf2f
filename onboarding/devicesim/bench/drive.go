package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// client sends the requests of a row.
type client struct{ http *http.Client }

func newClient() *client {
	return &client{&http.Client{
		Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients},
	}}
}

// send sends a request with the headers, in pairs of name and value, and returns the body of an
// answer with the status.
func (c *client) send(ctx context.Context, status int, method, url, body string, headers ...string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != status {
		err = fmt.Errorf("%s %s answered %d: %s", method, r.URL.Path, res.StatusCode, tail(text))
	}
	return text, err
}

// drive calls do n times from so many callers at once and returns the calls per second.
func drive(callers, n int, do func(i int) error) (float64, error) {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	start := time.Now()
	for range min(callers, n) {
		all.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// alternate calls both sides in turns, once each to warm up and then in rounds, and returns the
// medians. The sides begin in turns as well.
func alternate(rounds int, ours, beside func() (float64, error)) (ourMedian, besideMedian float64, err error) {
	var a, b []float64
	for i := range rounds + 1 {
		turn := []func() error{
			func() error { return appendTo(&a, ours) },
			func() error { return appendTo(&b, beside) },
		}
		if i%2 == 1 {
			slices.Reverse(turn)
		}
		for _, side := range turn {
			if err := side(); err != nil {
				return 0, 0, err
			}
		}
	}
	return median(a[1:]), median(b[1:]), nil
}

func appendTo(list *[]float64, measure func() (float64, error)) error {
	v, err := measure()
	*list = append(*list, v)
	return err
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
