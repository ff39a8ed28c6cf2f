package certs_test

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"onramp/certs"
)

// exampleDevelopment returns a new development PKI and a function that deletes it.
func exampleDevelopment() (pki *certs.Development, remove func()) {
	dir, err := os.MkdirTemp("", "certs-example-")
	if err != nil {
		log.Fatal(err)
	}
	pki, err = certs.EnsureDevelopment(dir, time.Now(), "radius.example.org")
	if err != nil {
		log.Fatal(err)
	}
	return pki, func() { os.RemoveAll(dir) }
}

// Load the profile signer and check that devices will accept its signatures.
func ExampleLoadPair() {
	pki, remove := exampleDevelopment()
	defer remove()

	pair, err := certs.LoadPair(pki.ProfileCert, pki.ProfileKey)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("chain:", len(pair.Chain), "certificates")
	fmt.Println("for signing:", pair.CheckChain(time.Now(), certs.ForSigning))
	fmt.Println("days left:", pair.DaysLeft(time.Now()))
	// Output:
	// chain: 2 certificates
	// for signing: <nil>
	// days left: 822
}

// The key of another certificate is an Error with the rule KeyMismatch.
func ExampleError() {
	pki, remove := exampleDevelopment()
	defer remove()

	_, err := certs.LoadPair(pki.RADIUSCert, pki.ProfileKey)
	if e := (*certs.Error)(nil); errors.As(err, &e) {
		fmt.Println(e.Rule, filepath.Base(e.File))
	}
	// Output: key-mismatch signer.key
}

// A trust anchor must be a root: a server certificate is rejected.
func ExampleParseAnchor() {
	pki, remove := exampleDevelopment()
	defer remove()

	for _, file := range []string{pki.RADIUSRoot, pki.RADIUSCert} {
		data, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		_, err = certs.ParseAnchor(data, time.Now())
		e, rejected := errors.AsType[*certs.Error](err)
		if rejected {
			fmt.Println(filepath.Base(file)+":", e.Rule)
		} else {
			fmt.Println(filepath.Base(file) + ": accepted")
		}
	}
	// Output:
	// root.pem: accepted
	// server.pem: not-a-ca
}

// Make the development PKI and print its files.
func ExampleEnsureDevelopment() {
	pki, remove := exampleDevelopment()
	defer remove()

	for _, file := range []string{
		pki.ProfileRoot, pki.ProfileCert, pki.ProfileKey, pki.RADIUSRoot, pki.RADIUSCert, pki.RADIUSKey,
	} {
		fmt.Println(filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file)))
	}
	// Output:
	// profile/root.pem
	// profile/signer.pem
	// profile/signer.key
	// radius/root.pem
	// radius/server.pem
	// radius/server.key
}

// Replace a certificate while the program runs. A server calls Run instead of Reload.
func ExampleWatcher() {
	pki, remove := exampleDevelopment()
	defer remove()
	renewed, removeRenewed := exampleDevelopment()
	defer removeRenewed()

	check := func(p *certs.Pair) error { return p.CheckChain(time.Now(), certs.ForServer) }
	watcher, err := certs.NewWatcher(pki.RADIUSCert, pki.RADIUSKey, check, slog.New(slog.DiscardHandler))
	if err != nil {
		log.Fatal(err)
	}
	watcher.OnChange(func(*certs.Pair) { fmt.Println("renewed") })

	if err := os.Rename(renewed.RADIUSKey, pki.RADIUSKey); err != nil {
		log.Fatal(err)
	}
	fmt.Println("key without its certificate is rejected:", watcher.Reload() != nil)
	if err := os.Rename(renewed.RADIUSCert, pki.RADIUSCert); err != nil {
		log.Fatal(err)
	}
	fmt.Println("both:", watcher.Reload())
	// Output:
	// key without its certificate is rejected: true
	// renewed
	// both: <nil>
}
