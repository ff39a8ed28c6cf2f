package platforms_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/onboarding/testkit/process"
	"onramp/profiles"
)

// TestLinuxProgramAgrees loads the generator's files into wpa_supplicant, has it save them, and
// compares the result with the judge's view.
func TestLinuxProgramAgrees(t *testing.T) {
	program := requireSupplicant(t)
	root := asPEM(newAuthority(t, "Venue RADIUS Root", nil).cert.Raw)
	type drawn struct {
		profiles.Settings
		profiles.Credential
	}
	draw := rapid.Custom(func(t *rapid.T) drawn {
		s := anySettings(t, []string{root})
		return drawn{s, anyCredential(t, s)}
	})
	passpoint, named := 0, 0
	for i := range 60 {
		d := draw.Example(i)
		profile, err := profiles.Prepare(d.Settings)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := profile.Document(profiles.Linux, d.Credential)
		var unsupported *profiles.UnsupportedError
		if errors.As(err, &unsupported) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		verdict, err := platforms.Check(judge.Linux, doc.Body, judge.Options{Now: now})
		if err != nil || !verdict.Accepted {
			t.Fatalf("%v, %v", err, verdict.Err())
		}
		creds, networks := savedBlocks(supplicantSaves(t, program, doc.Body))
		for _, n := range verdict.View.Networks {
			of := networks
			fields := map[string]string{"ssid": n.SSID, "identity": n.Username, "anonymous_identity": n.OuterIdentity}
			if n.Type == judge.Passpoint {
				passpoint++
				of = creds
				fields = map[string]string{"realm": n.Realm, "domain": n.HomeDomain, "username": n.Username}
			} else {
				named++
			}
			fields["password"], fields["domain_suffix_match"] = n.Password.Reveal(), strings.Join(n.ServerNames, ";")
			var consortiums []string
			for _, block := range of {
				for field, want := range fields {
					if block[field] != want {
						t.Errorf("%s %s: wpa_supplicant understands %q, the judge %q\n%s", n.Type, field, block[field],
							want, doc.Body)
					}
				}
				if list := block["roaming_consortiums"]; list != "" {
					consortiums = append(consortiums, strings.Split(list, ",")...)
				}
			}
			if len(of) == 0 || !slices.Equal(consortiums, n.RoamingConsortiums) {
				t.Errorf("%s: wpa_supplicant has %d blocks and the consortiums %q, the judge %q", n.Type, len(of),
					consortiums, n.RoamingConsortiums)
			}
		}
	}
	if passpoint < 10 || named < 10 {
		t.Errorf("only %d Passpoint networks and %d others", passpoint, named)
	}
}

// requireSupplicant returns the program, which needs root to open an interface.
func requireSupplicant(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("wpa_supplicant")
	if err == nil && os.Geteuid() != 0 {
		err = errors.New("wpa_supplicant needs root to open an interface")
	}
	if err != nil {
		process.Missing(t, "%v", err)
	}
	return program
}

// supplicantSaves returns the configuration as wpa_supplicant writes it back.
func supplicantSaves(t *testing.T, program string, config []byte) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "wpa.conf")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "-Dwired", "-ilo", "-c"+file, "-C"+filepath.Join(dir, "control"))
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait()
	}()
	defer func() {
		cancel()
		<-gone
	}()
	mine := &net.UnixAddr{Name: filepath.Join(dir, "me"), Net: "unixgram"}
	its := &net.UnixAddr{Name: filepath.Join(dir, "control", "lo"), Net: "unixgram"}
	control, err := net.DialUnix("unixgram", mine, its)
	for ; err != nil; control, err = net.DialUnix("unixgram", mine, its) {
		_ = os.Remove(mine.Name)
		select {
		case <-gone:
			t.Fatalf("wpa_supplicant refuses: %s\n%s", &said, config)
		case <-time.After(5 * time.Millisecond):
		}
	}
	defer func() { _ = control.Close() }()
	_ = control.SetDeadline(time.Now().Add(10 * time.Second))
	for _, command := range []string{"SET update_config 1", "SAVE_CONFIG"} {
		answer := make([]byte, 64)
		if _, err := control.Write([]byte(command)); err != nil {
			t.Fatal(err)
		}
		if n, err := control.Read(answer); err != nil || string(answer[:n]) != "OK\n" {
			t.Fatalf("%s: %q, %v", command, answer[:n], err)
		}
	}
	saved, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(saved)
}

// savedBlocks parses the program's output. Text is in quotes, in a network also in hex.
func savedBlocks(text string) (creds, networks []map[string]string) {
	var block map[string]string
	for _, line := range strings.Split(text, "\n") {
		switch line {
		case "cred={":
			block = map[string]string{}
			creds = append(creds, block)
		case "network={":
			block = map[string]string{}
			networks = append(networks, block)
		}
		name, value, _ := strings.Cut(strings.TrimPrefix(line, "\t"), "=")
		if block == nil || !strings.HasPrefix(line, "\t") {
			continue
		}
		if len(value) > 1 && value[0] == '"' {
			value = value[1 : len(value)-1]
		} else if raw, err := hex.DecodeString(value); err == nil {
			value = string(raw)
		}
		block[name] = value
	}
	return creds, networks
}
