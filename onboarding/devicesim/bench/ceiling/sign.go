package ceiling

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Sign signs a digest of SHA-256 on all cores for a time, with a new key "rsa2048" or "p256". It
// returns signatures per second.
func Sign(key string, length time.Duration) (float64, error) {
	sign, err := signer(key)
	if err != nil {
		return 0, err
	}
	digest := sha256.Sum256([]byte("profile"))
	var count atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for time.Since(start) < length {
				if err := sign(digest[:]); err != nil {
					failed.Store(&err)
					return
				}
				count.Add(1)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(count.Load()) / time.Since(start).Seconds(), nil
}

func signer(name string) (func(digest []byte) error, error) {
	switch name {
	case "rsa2048":
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return func(digest []byte) error {
			_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest)
			return err
		}, err
	case "p256":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return func(digest []byte) error {
			_, err := ecdsa.SignASN1(rand.Reader, key, digest)
			return err
		}, err
	}
	return nil, fmt.Errorf("no key %q: rsa2048 or p256", name)
}
