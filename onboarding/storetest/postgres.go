package storetest

import (
	"context"
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
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a private PostgreSQL server: its data in a temporary folder, listening on a free loopback port only. It and its folder are
// gone when it is stopped or the process that started it ends, however that ends.
type Postgres struct {
	Port     int
	password string
	alive    io.Closer // closing it, or dying with it, ends the server
	ended    <-chan struct{}
	created  int
	mu       sync.Mutex
}

// sharedPostgres is the server of this test binary.
var sharedPostgres = sync.OnceValues(func() (*Postgres, error) {
	return startPostgres("fsync=off", "synchronous_commit=on", "max_connections=200")
})

// RequirePostgres returns the test binary's server, which is started when it is first asked for and does not sync to disk. If there is
// no PostgreSQL on this machine the test is skipped; it fails instead when ONRAMP_TEST_REQUIRE=all.
func RequirePostgres(t testing.TB) *Postgres {
	t.Helper()
	p, err := sharedPostgres()
	missing(t, err)
	return p
}

// NewPostgres starts a server of its own for a test that kills it or measures it, with the settings given ("fsync=off"), and stops it at the end.
func NewPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	p, err := startPostgres(settings...)
	missing(t, err)
	t.Cleanup(p.Stop)
	return p
}

var errNoPostgres = errors.New("no PostgreSQL server is installed")

func missing(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNoPostgres) && os.Getenv("ONRAMP_TEST_REQUIRE") != "all" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// NewDatabase makes an empty database and returns its URL.
func (p *Postgres) NewDatabase(t testing.TB) string {
	t.Helper()
	p.mu.Lock()
	p.created++
	name := fmt.Sprintf("test%d", p.created)
	p.mu.Unlock()
	if err := p.exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return p.url(name)
}

func (p *Postgres) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("onramp", p.password), Path: "/" + database,
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Port)),
	}
	return u.String()
}

// exec runs one statement as the superuser.
func (p *Postgres) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// Stop ends the server at once, as a crash does, and removes its data.
func (p *Postgres) Stop() {
	_ = p.alive.Close()
	<-p.ended
}

// startPostgres makes a cluster with a linguistic default collation, so that a query which relies on the default one shows.
func startPostgres(settings ...string) (*Postgres, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "onramp-postgres-")
	if err != nil {
		return nil, err
	}
	attributes, err := asPostgres(folder)
	if err != nil {
		return nil, err
	}
	p := &Postgres{password: rand.Text()}
	if p.Port, err = freePort(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "password"), []byte(p.password), 0o644); err != nil { // the folder is closed to others
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(folder, "data"), "-N", "-E", "UTF8", "--locale=C.UTF-8",
		"--locale-provider=icu", "--icu-locale=en-US", "-U", "onramp", "-A", "scram-sha-256", "--pwfile", filepath.Join(folder, "password"))
	initdb.Dir, initdb.SysProcAttr = folder, attributes
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(folder))
	}
	// The shell waits until this process closes the pipe or dies, then ends the server and removes its folder.
	settings = append(slices.Clone(settings), "port="+strconv.Itoa(p.Port), "listen_addresses=127.0.0.1", "unix_socket_directories="+folder)
	script := `"$@" >server.log 2>&1 & server=$!; read -r _; kill -QUIT $server; wait $server; cd /; rm -rf "$FOLDER"`
	args := []string{"-c", script, "sh", filepath.Join(bin, "postgres"), "-D", filepath.Join(folder, "data")}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	keeper := exec.Command("/bin/sh", args...)
	keeper.Dir, keeper.SysProcAttr, keeper.Env = folder, attributes, append(os.Environ(), "FOLDER="+folder)
	if p.alive, err = keeper.StdinPipe(); err != nil {
		return nil, err
	}
	if err := keeper.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	p.ended = ended
	go func() { _ = keeper.Wait(); close(ended) }()
	return p, p.awaitStart(folder)
}

func (p *Postgres) awaitStart(folder string) error {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := p.exec("SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(folder, "server.log"))
			p.Stop()
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log)
		}
	}
}

// postgresBin finds the folder of initdb and postgres: on the PATH, or where Debian puts the newest version.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// asPostgres hands the folder to the user postgres if this process is root, whom the server refuses. The process group is apart, so that an
// interrupt at the terminal reaches the tests alone.
func asPostgres(folder string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return attributes, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, errNoPostgres
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

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
