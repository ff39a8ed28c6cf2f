package certs

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

const demoServer = "radius.demo.onramp.example"

// maker is the environment variable with which this test binary makes a development PKI, so that
// tests can run several processes and kill them.
const maker = "ONRAMP_TEST_MAKE_DEVELOPMENT_PKI"

func TestMain(m *testing.M) {
	if dir := os.Getenv(maker); dir != "" {
		fmt.Println("started")
		if _, err := EnsureDevelopment(dir, today, demoServer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func makerCommand(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), maker+"="+dir)
	return cmd
}

func load(t *testing.T, certFile, keyFile string) *Pair {
	t.Helper()
	p, err := LoadPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func anchor(t *testing.T, file string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseAnchor(data, today)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// contents maps every file below dir to its mode and bytes.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var data []byte
		if !d.IsDir() {
			if data, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		found[path] = info.Mode().String() + " " + info.ModTime().String() + " " + string(data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEnsureDevelopment(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "development")
	d, err := EnsureDevelopment(dir, today, demoServer)
	if err != nil {
		t.Fatal(err)
	}

	signer, server := load(t, d.ProfileCert, d.ProfileKey), load(t, d.RADIUSCert, d.RADIUSKey)
	profileRoot, radiusRoot := anchor(t, d.ProfileRoot), anchor(t, d.RADIUSRoot)
	if err := signer.CheckChain(today, ForSigning); err != nil {
		t.Error(err)
	}
	if err := signer.CheckChain(today, ForSigning, profileRoot); err != nil {
		t.Error(err)
	}
	if err := server.CheckChain(today, ForServer, radiusRoot); err != nil {
		t.Error(err)
	}
	wantRule(t, signer.CheckChain(today, ForSigning, radiusRoot), ChainUnproven)
	if len(signer.Chain) != 2 || signer.Root != nil || len(server.Chain) != 1 {
		t.Errorf("signer's chain of %d, root %v, server's chain of %d",
			len(signer.Chain), signer.Root, len(server.Chain))
	}
	for name, p := range map[string]*Pair{"signer": signer, "server": server} {
		if key, isRSA := p.Key.(*rsa.PrivateKey); !isRSA || key.N.BitLen() != 2048 {
			t.Errorf("%s: not RSA-2048", name)
		}
	}

	leaf := server.Chain[0]
	if err := leaf.VerifyHostname(demoServer); err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) ||
		leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		t.Errorf("RADIUS server: key usage %b, extended %v", leaf.KeyUsage, leaf.ExtKeyUsage)
	}
	seen := map[string]bool{}
	for _, c := range []*x509.Certificate{profileRoot, signer.Chain[0], signer.Chain[1], radiusRoot, leaf} {
		name := c.Subject.String()
		if !strings.Contains(name, "Onramp Development") {
			t.Errorf("subject %s", name)
		}
		if len(c.SubjectKeyId) != 20 || len(c.AuthorityKeyId) != 20 {
			t.Errorf("%s: key identifiers of %d and %d bytes", name, len(c.SubjectKeyId), len(c.AuthorityKeyId))
		}
		serial := c.SerialNumber.String()
		if seen[serial] || c.SerialNumber.BitLen() < 64 || c.SerialNumber.Sign() <= 0 {
			t.Errorf("%s: serial number %s", name, serial)
		} else {
			seen[serial] = true
		}
		if life := c.NotAfter.Sub(c.NotBefore); !c.IsCA && life > 825*24*time.Hour {
			t.Errorf("%s: lives for %v, iOS takes 825 days", name, life)
		}
		if c.NotBefore.After(today.Add(-time.Hour)) {
			t.Errorf("%s: refused by a phone whose clock is an hour slow", name)
		}
	}
	if !bytes.Equal(signer.Chain[0].AuthorityKeyId, signer.Chain[1].SubjectKeyId) ||
		!bytes.Equal(leaf.AuthorityKeyId, radiusRoot.SubjectKeyId) {
		t.Error("authority key identifiers point elsewhere")
	}
	if bytes.Equal(profileRoot.RawSubject, radiusRoot.RawSubject) {
		t.Error("two roots of one name")
	}
	if days := signer.DaysLeft(today); days < 800 || days > 825 {
		t.Errorf("%d days left", days)
	}

	for _, path := range []string{d.ProfileRoot, d.ProfileCert, d.ProfileKey, d.RADIUSRoot, d.RADIUSCert, d.RADIUSKey} {
		if !filepath.IsAbs(path) {
			t.Errorf("%s is not absolute", path)
		}
	}
	privateKeys := 0
	for path, content := range contents(t, dir) {
		mode, _, _ := strings.Cut(content, " ")
		if mode != "drwx------" && mode != "-rw-------" {
			t.Errorf("%s has mode %s", path, mode)
		}
		if strings.Contains(path, ".new-") {
			t.Errorf("%s was left behind", path)
		}
		privateKeys += strings.Count(content, "-----BEGIN PRIVATE KEY-----")
	}
	if privateKeys != 2 {
		t.Errorf("%d private keys on disk, want the two of the leaves", privateKeys)
	}

	before := contents(t, dir)
	again, err := EnsureDevelopment(dir, today.AddDate(2, 0, 0), demoServer)
	if err != nil {
		t.Fatal(err)
	}
	if *again != *d || !reflect.DeepEqual(before, contents(t, dir)) {
		t.Error("the second call changed something")
	}
}

func TestDevelopmentPKIsOfTwoInstallationsDiffer(t *testing.T) {
	a, err := EnsureDevelopment(t.TempDir(), today, demoServer)
	if err != nil {
		t.Fatal(err)
	}
	b, err := EnsureDevelopment(t.TempDir(), today, demoServer)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(anchor(t, a.ProfileRoot).RawSubject, anchor(t, b.ProfileRoot).RawSubject) {
		t.Error("two roots that a phone's list shows under one name")
	}
}

func TestDevelopmentAsOpenSSLSeesIt(t *testing.T) {
	openssl := requireCommand(t, "openssl")
	d, err := EnsureDevelopment(t.TempDir(), time.Now(), demoServer)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", "-x509_strict", "-purpose", "any", "-CAfile", d.ProfileRoot,
			"-untrusted", d.ProfileCert, d.ProfileCert},
		{"verify", "-x509_strict", "-purpose", "smimesign", "-CAfile", d.ProfileRoot,
			"-untrusted", d.ProfileCert, d.ProfileCert},
		{"verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", demoServer,
			"-CAfile", d.RADIUSRoot, d.RADIUSCert},
		{"verify", "-x509_strict", "-check_ss_sig", "-CAfile", d.ProfileRoot, d.ProfileRoot},
		{"verify", "-x509_strict", "-check_ss_sig", "-CAfile", d.RADIUSRoot, d.RADIUSRoot},
		{"pkey", "-check", "-noout", "-in", d.ProfileKey},
		{"pkey", "-check", "-noout", "-in", d.RADIUSKey},
	} {
		if out, err := exec.Command(openssl, args...).CombinedOutput(); err != nil {
			t.Errorf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	out, err := exec.Command(openssl, "verify", "-purpose", "any", "-CAfile", d.RADIUSRoot,
		"-untrusted", d.ProfileCert, d.ProfileCert).CombinedOutput()
	if err == nil {
		t.Errorf("the profile signer verifies under the RADIUS root: %s", out)
	}
}

func TestEnsureDevelopmentRefusals(t *testing.T) {
	master := t.TempDir()
	if _, err := EnsureDevelopment(master, today, demoServer); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(t *testing.T, dir string)
		now    time.Time
		server string
		rule   Rule
		want   string
	}{
		{"key missing", func(t *testing.T, dir string) { remove(t, dir, "profile/signer.key") },
			today, demoServer, Incomplete, "signer.key"},
		{"root missing", func(t *testing.T, dir string) { remove(t, dir, "radius/root.pem") },
			today, demoServer, Incomplete, "radius"},
		{"keys exchanged", func(t *testing.T, dir string) {
			other, err := os.ReadFile(filepath.Join(dir, "radius/server.key"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "profile/signer.key"), other)
		}, today, demoServer, KeyMismatch, "signer.key"},
		{"intermediate taken away", func(t *testing.T, dir string) {
			name := filepath.Join(dir, "profile/signer.pem")
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			end := bytes.Index(data, []byte("-----END CERTIFICATE-----\n")) + len("-----END CERTIFICATE-----\n")
			write(t, name, data[:end])
		}, today, demoServer, ChainUnproven, "delete the folder"},
		{"leaf expired", nil, today.AddDate(3, 0, 0), demoServer, Expired, "delete the folder"},
		{"root expired", nil, today.AddDate(11, 0, 0), demoServer, Expired, "delete the folder"},
		{"clock wrong", nil, today.AddDate(-1, 0, 0), demoServer, NotYetValid, "profile"},
		{"another server", nil, today, "other.example", ServerName, demoServer},
		{"no server name", nil, today, "", ServerName, "host name"},
		{"wildcard", nil, today, "*.example", ServerName, "host name"},
		{"control character", nil, today, "a\nb", ServerName, "host name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "pki")
			if err := os.CopyFS(dir, os.DirFS(master)); err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				test.change(t, dir)
			}
			_, err := EnsureDevelopment(dir, test.now, test.server)
			wantRule(t, err, test.rule)
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q does not contain %q", err, test.want)
			}
		})
	}

	file := write(t, filepath.Join(t.TempDir(), "file"), nil)
	_, err := EnsureDevelopment(file, today, demoServer)
	wantRule(t, err, Unwritable)
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed between the two halves leaves only one of them.
func TestEnsureDevelopmentCompletes(t *testing.T) {
	dir := t.TempDir()
	d, err := EnsureDevelopment(dir, today, demoServer)
	if err != nil {
		t.Fatal(err)
	}
	profile := contents(t, filepath.Join(dir, "profile"))
	if err := os.RemoveAll(filepath.Join(dir, "radius")); err != nil {
		t.Fatal(err)
	}
	abandoned := filepath.Join(dir, ".new-radius-1")
	fresh := filepath.Join(dir, ".new-radius-2")
	for _, draft := range []string{abandoned, fresh} {
		if err := os.Mkdir(draft, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(draft, "root.pem"), []byte("half a"))
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(abandoned, long, long); err != nil {
		t.Fatal(err)
	}

	again, err := EnsureDevelopment(dir, today, demoServer)
	if err != nil {
		t.Fatal(err)
	}
	if *again != *d || !reflect.DeepEqual(profile, contents(t, filepath.Join(dir, "profile"))) {
		t.Error("the half that was there changed")
	}
	load(t, again.RADIUSCert, again.RADIUSKey)
	if _, err := os.Stat(abandoned); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the draft of a dead process is still there")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error("the draft of a process that may be alive was deleted")
	}
}

func TestEnsureDevelopmentFromSeveralProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shared")
	var group sync.WaitGroup
	for range 4 {
		cmd := makerCommand(t, dir)
		group.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	results := make([]*Development, 3)
	for i := range results {
		group.Go(func() {
			var err error
			if results[i], err = EnsureDevelopment(dir, today, demoServer); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	before := contents(t, dir)
	if len(before) != 9 { // three folders, six files
		t.Errorf("%d entries, some were left behind", len(before))
	}
	if _, err := EnsureDevelopment(dir, today, demoServer); err != nil || !reflect.DeepEqual(before, contents(t, dir)) {
		t.Errorf("changed afterwards: %v", err)
	}
}

func TestEnsureDevelopmentSurvivesKills(t *testing.T) {
	if testing.Short() && !process.Required() {
		t.Skip("starts and kills processes")
	}
	for range 8 {
		dir := filepath.Join(t.TempDir(), "pki")
		cmd := makerCommand(t, dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		bufio.NewReader(out).ReadString('\n')
		time.Sleep(rand.N(700 * time.Millisecond))
		cmd.Process.Kill()
		cmd.Wait()

		d, err := EnsureDevelopment(dir, today, demoServer)
		if err != nil {
			t.Fatal(err)
		}
		signer, server := load(t, d.ProfileCert, d.ProfileKey), load(t, d.RADIUSCert, d.RADIUSKey)
		if err := signer.CheckChain(today, ForSigning, anchor(t, d.ProfileRoot)); err != nil {
			t.Error(err)
		}
		if err := server.CheckChain(today, ForServer, anchor(t, d.RADIUSRoot)); err != nil {
			t.Error(err)
		}
	}
}
