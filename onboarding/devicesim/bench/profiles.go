package bench

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"strconv"
	"time"

	"onramp/onboarding/devicesim/journey"
	"onramp/onboarding/devicesim/judge"
)

// profiles measures signed iOS profiles over HTTP, each of another customer, beside the signatures
// that package crypto makes with the same kind of key on all cores.
func profiles(key string, full, short int) func(*scene) (*sides, error) {
	return func(s *scene) (*sides, error) {
		o, err := s.signing(key)
		if err != nil {
			return nil, err
		}
		each := s.pick(full, short)
		people, err := o.registerAll("p", each*(s.rounds()+1))
		if err != nil {
			return nil, err
		}
		next := 0
		ours, bare, err := alternate(s.rounds(), func() (float64, error) {
			first := next
			next += each
			return drive(clients, each, func(i int) error {
				guid := append([]string{"Onramp-Guid", fmt.Sprintf("device-of-person-p-%d", first+i)}, o.app...)
				path := "/v3/customers/" + people[first+i].ID + "/profile?platform=ios"
				return o.call(nil, http.StatusOK, http.MethodGet, path, "", guid...)
			})
		}, func() (float64, error) { return s.bareSignatures(key) })
		return &sides{measured: Figure{ours, "profiles/s"}, beside: Figure{bare, "signatures/s"}}, err
	}
}

// journeys measures whole journeys of iPhones, beside bare signatures.
func journeys(s *scene) (*sides, error) {
	o, err := s.signing("rsa2048")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	root, err := os.ReadFile(s.path("root.pem"))
	if err != nil {
		return nil, err
	}
	roots.AppendCertsFromPEM(root)
	done := 0
	var serving, walking time.Duration
	ours, bare, err := alternate(s.rounds(), func() (float64, error) {
		before, beforePhones, err := s.bothTimes(o)
		if err != nil {
			return 0, err
		}
		report, err := journey.Load(s.ctx, journey.Crowd{
			Link: o.url + "/portal/" + o.demo.OrganizationID, Devices: s.pick(400, 150), Concurrency: 16,
			Platforms: []string{judge.IOS}, Trust: roots,
		})
		if err != nil {
			return 0, err
		}
		if report.Failed > 0 {
			return 0, fmt.Errorf("%d journeys failed: %s", report.Failed, report.Example)
		}
		after, afterPhones, err := s.bothTimes(o)
		done, serving, walking = done+report.Journeys, serving+after-before, walking+afterPhones-beforePhones
		return report.PerSecond, err
	}, func() (float64, error) { return s.bareSignatures("rsa2048") })
	if err != nil {
		return nil, err
	}
	return &sides{
		measured: Figure{ours, "journeys/s"}, beside: Figure{bare, "signatures/s"},
		note: fmt.Sprintf("for a journey serve takes %.1f ms of processor time, the phone %.1f ms",
			milliseconds(serving)/float64(done), milliseconds(walking)/float64(done)),
	}, nil
}

// bothTimes returns the processor time of a serve and of this process, which plays the phones.
func (s *scene) bothTimes(o *onramp) (serving, phones time.Duration, err error) {
	if serving, err = processorTime(o.Process.Pid); err != nil {
		return 0, 0, err
	}
	phones, err = processorTime(os.Getpid())
	return serving, phones, err
}

// bareSignatures runs the ceiling of signatures for one round.
func (s *scene) bareSignatures(key string) (float64, error) {
	text, err := s.output(s.Self, "ceiling", "sign", "--key", key, "--for", s.length().String())
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(text, 64)
}

// length is the time of a round that has no number of requests.
func (s *scene) length() time.Duration {
	return time.Duration(s.pick(1000, 400)) * time.Millisecond
}

// signing starts a serve whose signer has a key "rsa2048" or "p256", and writes the root of its
// certificate to root.pem.
func (s *scene) signing(key string) (*onramp, error) {
	if err := s.writeSigner(key); err != nil {
		return nil, err
	}
	// Only a serve with development certificates makes the demo organization.
	demo, err := s.serve(s.path("data"))
	if err != nil {
		return nil, err
	}
	demo.stop()
	return s.serve(s.path("data"), "--signing-cert", s.path("signer.pem"), "--signing-key", s.path("signer.key"))
}

func (s *scene) writeSigner(name string) error {
	var key crypto.Signer
	var err error
	if name == "rsa2048" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return err
	}
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	template := func(name string, ca bool) *x509.Certificate {
		c := &x509.Certificate{
			SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true, IsCA: ca,
			KeyUsage: x509.KeyUsageDigitalSignature,
		}
		if ca {
			c.KeyUsage = x509.KeyUsageCertSign
		}
		return c
	}
	root := template("Benchmark Root", true)
	var chain []byte
	parent := root
	for _, c := range []struct {
		name   string
		ca     bool
		public crypto.PublicKey
	}{
		{"Benchmark Root", true, authority.Public()},
		{"Benchmark Intermediate", true, authority.Public()},
		{"Benchmark Signer", false, key.Public()},
	} {
		der, err := x509.CreateCertificate(rand.Reader, template(c.name, c.ca), parent, c.public, authority)
		if err != nil {
			return err
		}
		if parent, err = x509.ParseCertificate(der); err != nil {
			return err
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		if c.name == root.Subject.CommonName {
			if err := os.WriteFile(s.path("root.pem"), block, 0o600); err != nil {
				return err
			}
			continue
		}
		chain = append(block, chain...) // the leaf is first
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.path("signer.pem"), chain, 0o600); err != nil {
		return err
	}
	return os.WriteFile(s.path("signer.key"),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
