package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/deployment"
	"onramp/onboarding/links"
	"onramp/onboarding/testkit"
	"onramp/signing"
)

// BenchmarkDownloads fetches signed iOS profiles with 64 clients, by the app and by links, and
// between them makes bare signatures on all cores, for comparison. "signed" goes round more
// customers than the memory for signed profiles holds, so that each download signs; "repeated"
// fetches the profiles of a hundred customers again and again. The clients share the cores.
//
//	go test ./onboarding/server -run '^$' -bench Downloads -benchtime 6000x
func BenchmarkDownloads(b *testing.B) {
	b.Run("RSA2048", func(b *testing.B) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			b.Fatal(err)
		}
		compareDownloads(b, key, func(digest []byte) error {
			_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest)
			return err
		})
	})
	b.Run("P256", func(b *testing.B) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		compareDownloads(b, key, func(digest []byte) error {
			_, err := ecdsa.SignASN1(rand.Reader, key, digest)
			return err
		})
	})
}

// compareDownloads runs the downloads with a signer of the key, and bare signatures with it.
func compareDownloads(b *testing.B, key crypto.Signer, bare func(digest []byte) error) {
	const people, few = 3500, 100 // of each way
	h := newHouseOf(b, deployment.Config{Store: openSQLite(b), Limits: unlimited(b), Signer: signerOf(b, key)},
		func(c *Config) { c.Log = nil })
	var app, link []*http.Request
	fetch := func(path string, options ...option) *http.Request {
		r, err := http.NewRequest(http.MethodGet, h.api.URL+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, o := range options {
			o(r)
		}
		return r
	}
	for n := range people {
		name := fmt.Sprint("anna", n)
		app = append(app, fetch("/v3/customers/"+h.register(name)+"/profile?platform=ios",
			header("Authorization", "Bearer "+h.app), withGuid(guid(name))))
		token := h.post("/v2/customers/"+h.register(fmt.Sprint("berta", n))+"/token", h.manager,
			map[string]any{"maxHits": 1000}).want(http.StatusOK).text("token")
		link = append(link, fetch("/activate/"+token+"/ios"))
	}
	b.Run("signed/app", func(b *testing.B) { fetchBeside(b, app, bare) })
	b.Run("signed/link", func(b *testing.B) { fetchBeside(b, link, bare) })
	b.Run("repeated/app", func(b *testing.B) { fetchBeside(b, app[:few], bare) })
	b.Run("repeated/link", func(b *testing.B) { fetchBeside(b, link[:few], bare) })
}

// signerOf returns a signer of the key with a chain of two certificates.
func signerOf(b *testing.B, key crypto.Signer) links.Signer {
	b.Helper()
	root := testkit.IssueRoot(b, "Benchmark Root", time.Now())
	between := testkit.IssueIntermediate(b, root, "Benchmark Intermediate", time.Now())
	leaf := testkit.Issue(b, between, testkit.ServerTemplate(time.Now(), []string{"signer.example.com"}), key)
	s, err := signing.New(key, []*x509.Certificate{leaf.Certificate, between.Certificate})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// fetchBeside sends copies of the requests in turn, with 64 clients, in parts. After each part it
// makes a part of bare signatures.
func fetchBeside(b *testing.B, requests []*http.Request, bare func(digest []byte) error) {
	const clients, part = 64, 500
	digest := sha256.Sum256([]byte("x"))
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	var ours, alone time.Duration
	for done := 0; done < b.N; done += part {
		n := min(part, b.N-done)
		ours += timeParts(b, clients, n, func(i int) error {
			response, err := transport.RoundTrip(requests[(done+i)%len(requests)].Clone(b.Context()))
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return fmt.Errorf("answered %d", response.StatusCode)
			}
			_, err = io.Copy(io.Discard, response.Body)
			return err
		})
		alone += timeParts(b, runtime.GOMAXPROCS(0), n, func(int) error { return bare(digest[:]) })
	}
	b.ReportMetric(alone.Seconds()/ours.Seconds(), "ratio")
	b.ReportMetric(float64(b.N)/ours.Seconds(), "downloads/s")
	b.ReportMetric(float64(b.N)/alone.Seconds(), "bare/s")
}

// timeParts calls do n times on so many goroutines.
func timeParts(b *testing.B, workers, n int, do func(i int) error) time.Duration {
	b.Helper()
	var all sync.WaitGroup
	start := time.Now()
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}
