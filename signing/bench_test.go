package signing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// The benchmarks time signed documents and bare signatures alternately in one
// run on one core. They report
//
//	ratio     signed documents per second / bare signatures per second
//	docs/s    signed documents per second
//	bare/s    bare signatures per second
//
// Absolute figures depend on the machine and its load; the ratio hardly does.
//
//	go test ./signing -run xxx -bench Sign -benchtime 5s

func BenchmarkSignRSA2048(b *testing.B) {
	key := rsaKey()
	compare(b, key, 50, func(digest []byte) error {
		_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest)
		return err
	})
}

func BenchmarkSignP256(b *testing.B) {
	key := ecKey(b, elliptic.P256())
	compare(b, key, 1000, func(digest []byte) error {
		_, err := ecdsa.SignASN1(rand.Reader, key, digest)
		return err
	})
}

// profileFor returns a document of a profile's size, different for each customer.
func profileFor(customer int) []byte {
	document := bytes.Repeat([]byte("<key>SSID_STR</key><string>Guests</string>\n"), 6144/43)
	copy(document[1000:], fmt.Sprintf("<string>customer-%012d</string>", customer))
	return document
}

// compare alternates between signing documents and signing digests. turn is the number of each
// per turn and should take about 50 ms, so that garbage is mostly collected in the turn that
// produced it.
func compare(b *testing.B, key crypto.Signer, turn int, bare func(digest []byte) error) {
	_, chain := issued(b, key, 2)
	s := newSigner(b, key, chain)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))

	documents := make([][]byte, turn)
	digests := make([][sha256.Size]byte, turn)
	var signing, alone time.Duration
	done := 0
	b.ReportAllocs()
	for done < b.N {
		n := min(turn, b.N-done)
		b.StopTimer() // also stops counting allocations
		for i := range n {
			documents[i] = profileFor(done + i)
			digests[i] = sha256.Sum256(documents[i])
		}
		b.StartTimer()
		start := time.Now()
		for _, document := range documents[:n] {
			if _, err := s.Sign(document); err != nil {
				b.Fatal(err)
			}
		}
		signing += time.Since(start)
		b.StopTimer()
		start = time.Now()
		for i := range digests[:n] {
			if err := bare(digests[i][:]); err != nil {
				b.Fatal(err)
			}
		}
		alone += time.Since(start)
		b.StartTimer()
		done += n
	}
	b.ReportMetric(alone.Seconds()/signing.Seconds(), "ratio")
	b.ReportMetric(float64(done)/signing.Seconds(), "docs/s")
	b.ReportMetric(float64(done)/alone.Seconds(), "bare/s")
}

func BenchmarkSignXML(b *testing.B) {
	s, _ := xmlSigner(b, 2)
	document := []byte(provisioning)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.SignXML(document); err != nil {
			b.Fatal(err)
		}
	}
}
