package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"onramp/onboarding/testkit/process"
)

const releaseVersion = "v1.2.3-rc.1"

// release builds a release of this machine's platform from a folder of the project; of all
// platforms if ONRAMP_TEST_RELEASE is "all".
func release(t *testing.T, project, out string) {
	t.Helper()
	args := []string{out}
	if os.Getenv("ONRAMP_TEST_RELEASE") != "all" {
		args = append(args, runtime.GOOS+"/"+runtime.GOARCH)
	}
	command := exec.Command(filepath.Join(project, ".ci", "release"), args...)
	command.Env = append(os.Environ(), "VERSION="+releaseVersion, "SOURCE_DATE_EPOCH=1700000000")
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// TestRelease builds a release twice, from two folders, and compares the bytes. It installs the
// Debian package into a folder, checks the unit, runs the installed program, and removes and purges
// the package.
func TestRelease(t *testing.T) {
	for _, program := range []string{"git", "tar", "zip", "dpkg", "systemd-analyze", "systemd-sysusers", "unshare"} {
		process.Require(t, program)
	}
	project, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	first, second, elsewhere := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "another", "folder")
	release(t, project, first)
	copyProject(t, project, elsewhere)
	release(t, elsewhere, second)
	names := sameFiles(t, first, second)
	archive := fmt.Sprintf("onramp_1.2.3-rc.1_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	deb := filepath.Join(first, "onramp_1.2.3~rc.1_"+runtime.GOARCH+".deb")
	for _, name := range []string{archive, filepath.Base(deb), "SHA256SUMS"} {
		if !strings.Contains(names, name) {
			t.Errorf("the release lacks %s: %s", name, names)
		}
	}
	sums := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	sums.Dir = first
	if text, err := sums.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	content, err := exec.Command("tar", "-tzf", filepath.Join(first, archive)).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"onramp", "devicesim", "LICENSE", "LICENCES", "CHANGELOG.md", "onramp.cdx.json", "onramp.service", "onramp.env",
		"compose.yaml",
	} {
		if !strings.Contains(string(content), strings.TrimSuffix(archive, ".tar.gz")+"/"+name+"\n") {
			t.Errorf("the archive lacks %s:\n%s", name, content)
		}
	}
	checkPackage(t, deb)
}

// copyProject copies the files that git knows or would add.
func copyProject(t *testing.T, from, to string) {
	t.Helper()
	list := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	list.Dir = from
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(from, name))
		if err != nil {
			continue // deleted, but not yet in a commit
		}
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
}

// sameFiles compares the files of two folders and returns their names.
func sameFiles(t *testing.T, first, second string) string {
	t.Helper()
	var lists [2]string
	for i, folder := range []string{first, second} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			text, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			lists[i] += fmt.Sprintf("%s %x\n", e.Name(), sha256.Sum256(text))
		}
	}
	if lists[0] != lists[1] {
		t.Errorf("two builds of one commit differ:\n%s\n%s", lists[0], lists[1])
	}
	return lists[0]
}

// dpkg runs dpkg on a folder, in which the package's scripts run without chroot.
func dpkg(t *testing.T, root string, args ...string) string {
	t.Helper()
	line := append([]string{
		"dpkg", "--root=" + root, "--force-script-chrootless", "--force-confold", "--log=/dev/null",
	}, args...)
	if os.Geteuid() != 0 {
		line = append([]string{"unshare", "--map-root-user"}, line...)
	}
	command := exec.Command(line[0], line[1:]...)
	command.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	text, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("dpkg %v: %v\n%s", args, err, text)
	}
	return string(text)
}

func checkPackage(t *testing.T, deb string) {
	t.Helper()
	at := t.TempDir()
	in := func(name string) string { return filepath.Join(at, name) }
	for _, folder := range []string{"etc", "var/lib/dpkg/info", "var/lib/dpkg/updates"} {
		if err := os.MkdirAll(in(folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(in(name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	write("var/lib/dpkg/status", "")
	dpkg(t, at, "-i", deb)
	if users := read(t, in("etc/passwd")); !strings.Contains(users, "onramp:") ||
		!strings.Contains(users, ":/var/lib/onramp:/usr/sbin/nologin") {
		t.Errorf("the user: %s", users)
	}
	if info, err := os.Stat(in("etc/onramp/onramp.env")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the settings: %v %v", info, err)
	}
	checkUnit(t, at)
	checkInstalled(t, in("usr/bin/onramp"))

	settings := read(t, in("etc/onramp/onramp.env")) + "ONRAMP_LISTEN=127.0.0.1:8088\n"
	write("etc/onramp/onramp.env", settings)
	if err := os.MkdirAll(in("var/lib/onramp"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("var/lib/onramp/onramp.db", "data")
	kept := func(after string) {
		t.Helper()
		if read(t, in("etc/onramp/onramp.env")) != settings || read(t, in("var/lib/onramp/onramp.db")) != "data" {
			t.Errorf("data or settings changed after %s", after)
		}
	}
	dpkg(t, at, "-i", deb)
	kept("an upgrade")
	dpkg(t, at, "-r", "onramp")
	kept("a removal")
	if _, err := os.Stat(in("usr/bin/onramp")); err == nil {
		t.Error("the program is left after a removal")
	}
	dpkg(t, at, "-P", "onramp")
	for _, folder := range []string{"etc/onramp", "var/lib/onramp"} {
		if _, err := os.Stat(in(folder)); err == nil {
			t.Errorf("%s is left after a purge", folder)
		}
	}
}

// checkUnit verifies the installed unit among the units of this machine, and its exposure.
func checkUnit(t *testing.T, at string) {
	t.Helper()
	units := filepath.Join(at, "usr/lib/systemd/system")
	if text, err := exec.Command("cp", "-rn", "/usr/lib/systemd/system/.", units).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	analyze := func(args ...string) (string, error) {
		text, err := exec.Command("systemd-analyze", append(args, "--root="+at, "onramp.service")...).CombinedOutput()
		return string(text), err
	}
	if text, err := analyze("verify", "--man=no"); err != nil || strings.Contains(text, "onramp.service") {
		t.Errorf("the unit: %v\n%s", err, text)
	}
	if text, err := analyze("security", "--offline=true", "--threshold=18", "--no-pager"); err != nil {
		t.Errorf("the unit's exposure is above 1.8: %v\n%s", err, text)
	}
	unit := filepath.Join(units, "onramp.service")
	good := read(t, unit)
	bad := strings.NewReplacer(
		"/usr/bin/onramp", "/usr/bin/missing", "NoNewPrivileges=", "NoNewPrivilege=",
	).Replace(good)
	if err := os.WriteFile(unit, []byte(bad), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := analyze("verify", "--man=no"); err == nil || !strings.Contains(text, "NoNewPrivilege'") {
		t.Errorf("a wrong unit passes: %s", text)
	}
	if err := os.WriteFile(unit, []byte(good), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkInstalled runs the installed program: version, bill of materials, and /healthz of serve.
func checkInstalled(t *testing.T, program string) {
	t.Helper()
	version, err := exec.Command(program, "version").Output()
	if err != nil || !strings.HasPrefix(string(version), "onramp "+releaseVersion+" go") {
		t.Errorf("version: %q %v", version, err)
	}
	bill, err := exec.Command(program, "version", "--sbom").Output()
	if err != nil || !bytes.Contains(bill, []byte(`"version": "`+releaseVersion+`"`)) {
		t.Errorf("the bill of materials lacks the version: %v", err)
	}
	admin := process.FreeAddress(t)
	serve := exec.Command(program, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--admin-listen", admin,
		"--listen", "127.0.0.1:0", "--aaa-listen", "127.0.0.1:0")
	process.Start(t, serve)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get("http://" + admin + "/healthz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("/healthz: %v", err)
		}
	}
}

// TestServiceSettings compares the names in the service's settings and unit with serve's flags.
func TestServiceSettings(t *testing.T) {
	known := map[string]bool{}
	serveCommand().Flags().VisitAll(func(f *pflag.Flag) {
		known["ONRAMP_"+strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))] = true
	})
	found := 0
	for _, file := range []string{"onramp.env", "onramp.service"} {
		text := read(t, filepath.Join("..", "..", "templates", "deploy", file))
		for _, match := range regexp.MustCompile(`\b(ONRAMP_[A-Z_]+)=`).FindAllStringSubmatch(text, -1) {
			found++
			if !known[match[1]] {
				t.Errorf("%s: %s is no flag of serve", file, match[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d settings were found", found)
	}
}

// TestServiceManager reads the states that serve reports to systemd.
func TestServiceManager(t *testing.T) {
	address := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", address)
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	s.stop()
	for _, want := range []string{"READY=1", "STOPPING=1"} {
		if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 64)
		n, err := socket.Read(got)
		if err != nil || string(got[:n]) != want {
			t.Errorf("%q %v, want %s", got[:n], err, want)
		}
	}
}
