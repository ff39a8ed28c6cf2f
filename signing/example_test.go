package signing_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/beevik/etree"
	"go.mozilla.org/pkcs7"

	"onramp/certs"
	"onramp/signing"
)

// exampleSigner returns a signer with a development certificate, which has one intermediate.
func exampleSigner() *signing.Signer {
	dir, err := os.MkdirTemp("", "signing-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	pki, err := certs.EnsureDevelopment(dir, time.Now(), "radius.example.org")
	if err != nil {
		log.Fatal(err)
	}
	pair, err := certs.LoadPair(pki.ProfileCert, pki.ProfileKey)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := signing.New(pair.Key, pair.Chain)
	if err != nil {
		log.Fatal(err)
	}
	return signer
}

// Sign an Apple configuration profile and read the document back.
func ExampleSigner_Sign() {
	signer := exampleSigner()
	signed, err := signer.Sign([]byte("<plist></plist>"))
	if err != nil {
		log.Fatal(err)
	}

	parsed, err := pkcs7.Parse(signed)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("document:", string(parsed.Content))
	fmt.Println("certificates:", len(parsed.Certificates))
	fmt.Println("valid:", parsed.Verify() == nil)
	// Output:
	// document: <plist></plist>
	// certificates: 2
	// valid: true
}

// Sign a Windows provisioning file. The signature is the last child of the root element.
func ExampleSigner_SignXML() {
	signer := exampleSigner()
	signed, err := signer.SignXML([]byte("<CarrierProvisioning><Global/></CarrierProvisioning>"))
	if err != nil {
		log.Fatal(err)
	}

	document := etree.NewDocument()
	if err := document.ReadFromBytes(signed); err != nil {
		log.Fatal(err)
	}
	for _, child := range document.Root().ChildElements() {
		fmt.Println(child.Tag)
	}
	_, err = signer.SignXML(signed)
	fmt.Println(err)
	// Output:
	// Global
	// Signature
	// signing: the document is already signed
}

// Replace the signer of a running server after its certificate was renewed.
func ExampleLive() {
	var live signing.Live
	_, err := live.Sign([]byte("<plist></plist>"))
	fmt.Println("before the first signer:", errors.Is(err, signing.ErrNoSigner))

	renewed := exampleSigner()
	live.Replace(renewed)
	_, err = live.Sign([]byte("<plist></plist>"))
	fmt.Println("after Replace:", err)
	fmt.Println("current:", live.Signer() == renewed)
	// Output:
	// before the first signer: true
	// after Replace: <nil>
	// current: true
}
