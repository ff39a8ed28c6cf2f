package postgres

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"onramp/onboarding/ports"
)

// serverProcess is a server's folder and the shell that controls the server.
type serverProcess struct {
	bin, folder, password string
	port                  int
	settings              []string
	attributes            *syscall.SysProcAttr
	orders                io.WriteCloser // closing it, or dying with it, ends the server
	ended                 chan struct{}
}

// keeper is a shell script that reads orders from its input. At the end of the input it stops the
// server and removes the folder.
const keeper = `
alive() { kill -0 $server 2>/dev/null; }
server=
while read -r order; do
	case $order in
	start) test -n "$server" && alive || { "$@" >>server.log 2>&1 & server=$!; } ;;
	kill) kill -KILL $server $(cat /proc/$server/task/$server/children); wait $server ;;
	freeze)
		kill -STOP $server # first, so that it starts no further process
		until grep -q '^State:.T' /proc/$server/status; do sleep 0.01; done
		kill -STOP $(cat /proc/$server/task/$server/children)
		;;
	thaw) kill -CONT $server $(cat /proc/$server/task/$server/children) ;;
	esac
done
kill -CONT $server $(cat /proc/$server/task/$server/children)
kill -QUIT $server; wait $server; cd /; rm -rf "$FOLDER"`

// start creates a cluster with a linguistic default collation, so that a query which relies
// on the default fails its test.
func start(settings ...string) (*Server, error) {
	p, err := newProcess(settings)
	if err != nil {
		return nil, err
	}
	p.password = rand.Text()
	passwordFile := filepath.Join(p.folder, "password")
	if err := os.WriteFile(passwordFile, []byte(p.password), 0o644); err != nil { // the folder is closed to others
		return nil, err
	}
	if err := p.run("initdb", "-D", p.data(), "-N", "-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu",
		"--icu-locale=en-US",
		"-U", superuser, "-A", "scram-sha-256", "--pwfile", passwordFile); err != nil {
		return nil, err
	}
	if err := p.keep(); err != nil {
		return nil, err
	}
	server := &Server{Port: p.port, process: p}
	return server, server.awaitStart()
}

const superuser = "onramp"

// newProcess creates the folder and selects a port.
func newProcess(settings []string) (*serverProcess, error) {
	p := &serverProcess{settings: settings, ended: make(chan struct{})}
	var err error
	if p.bin, err = programs(); err != nil {
		return nil, err
	}
	if p.port, err = ports.Free(); err != nil {
		return nil, err
	}
	if p.folder, err = os.MkdirTemp("", "onramp-postgres-"); err != nil {
		return nil, err
	}
	p.attributes, err = asUser(p.folder)
	return p, err
}

func (p *serverProcess) data() string { return filepath.Join(p.folder, "data") }

func (p *serverProcess) url(database string, port int) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, p.password), Path: "/" + database,
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
	}
	return u.String()
}

// run runs one of PostgreSQL's programs and removes the folder if it fails.
func (p *serverProcess) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(p.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = p.folder, p.attributes
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("%s: %w\n%s", program, err, out), os.RemoveAll(p.folder))
	}
	return nil
}

// keep starts the keeper.
func (p *serverProcess) keep() error {
	args := []string{"-c", keeper, "sh", filepath.Join(p.bin, "postgres"), "-D", p.data()}
	for _, s := range append(slices.Clone(p.settings), "port="+strconv.Itoa(p.port), "listen_addresses=127.0.0.1",
		"unix_socket_directories="+p.folder) {
		args = append(args, "-c", s)
	}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir, cmd.SysProcAttr, cmd.Env = p.folder, p.attributes, append(os.Environ(), "FOLDER="+p.folder)
	var err error
	if p.orders, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait(); close(p.ended) }() // the server's own exit code means nothing here
	return nil
}

func (p *serverProcess) order(order string) error {
	_, err := io.WriteString(p.orders, order+"\n")
	return err
}

// stoppedState matches the state of a process that is stopped, or has ended and is not reaped.
var stoppedState = regexp.MustCompile(`(?m)^State:\t[TZ]`)

// stopped reports whether all processes of the server are stopped by a signal, or have ended.
func (p *serverProcess) stopped() (bool, error) {
	text, err := os.ReadFile(filepath.Join(p.data(), "postmaster.pid"))
	if err != nil {
		return false, err
	}
	server, _, _ := strings.Cut(string(text), "\n")
	children, err := os.ReadFile(filepath.Join("/proc", server, "task", server, "children"))
	if err != nil {
		return false, err
	}
	for _, pid := range append(strings.Fields(string(children)), server) {
		status, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
		if err == nil && !stoppedState.Match(status) { // else it has just ended
			return false, nil
		}
	}
	return true, nil
}

func (p *serverProcess) stop() {
	_ = p.orders.Close()
	<-p.ended
}

// awaitStart orders a start repeatedly until the server answers: after a kill, the first start may
// fail while old processes end.
func (p *Server) awaitStart() error {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if err := p.process.order("start"); err != nil {
			return err
		}
		err := p.Exec("SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(p.process.folder, "server.log"))
			p.Stop()
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log)
		}
	}
}

// programs returns the folder of initdb and postgres: on the PATH, or of the newest version
// where Debian installs it.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path) // its siblings may not be linked
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNone
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// asUser gives the folder to the user postgres if this process is root, as which the server
// does not run. The process group is separate, so that an interrupt at the terminal reaches only
// the tests.
func asUser(folder string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return attributes, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, errNone
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(folder, int(uid), int(gid))
}
