// Package postgres starts private PostgreSQL servers for tests: one that the tests of a binary
// share, separate ones, and pairs of a primary and a synchronous standby.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding/testkit/process"
)

// Server is a private PostgreSQL server with its data in a temporary folder, listening on a free
// loopback port. The server and its folder are removed when Stop is called or the process that
// started it ends.
type Server struct {
	Port     int
	process  *serverProcess
	template struct {
		sync.Once
		err error
	}
}

// shared starts the server that all tests of this binary share.
var shared = sync.OnceValues(func() (*Server, error) {
	return start("fsync=off", "max_connections=200")
})

// Require returns the server that all tests of this binary share, started by the first
// call; it does not sync to disk. If PostgreSQL is not installed, it skips the test, or fails it if
// ONRAMP_TEST_REQUIRE=all.
func Require(t testing.TB) *Server {
	t.Helper()
	p, err := shared()
	missing(t, err)
	return p
}

// New starts a server for one test, with settings like "fsync=off", and stops it at the end
// of the test. It is for tests that kill or measure the server.
func New(t testing.TB, settings ...string) *Server {
	t.Helper()
	p, err := start(settings...)
	missing(t, err)
	t.Cleanup(p.Stop)
	return p
}

// Recover starts another server on the data folder that prepare creates from a copy of this
// one's. It stops at the end of the test.
func (p *Server) Recover(t testing.TB, prepare func(data string)) *Server {
	t.Helper()
	other, err := newProcess(nil)
	if err != nil {
		t.Fatal(err)
	}
	other.password = p.process.password
	prepare(other.data())
	if user := other.attributes.Credential; user != nil {
		if err := filepath.WalkDir(other.data(), func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, int(user.Uid), int(user.Gid)))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.keep(); err != nil {
		t.Fatal(err)
	}
	server := &Server{Port: other.port, process: other}
	if err := server.awaitStart(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// URL returns the URL of a database of the server.
func (p *Server) URL(database string) string { return p.url(database) }

var errNone = errors.New("no PostgreSQL server is installed")

func missing(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNone) {
		process.Missing(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// databases numbers the databases of all servers, for unique names.
var databases atomic.Int64

// NewDatabase creates an empty database and returns its URL.
func (p *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := p.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return p.url(name)
}

// templateName is the database that CopyDatabase copies.
const templateName = "template_of_tests"

// CopyDatabase creates a copy of a database that migrate has prepared and returns its URL. The
// first call on a server has migrate prepare it, so all calls must pass the same function.
func (p *Server) CopyDatabase(t testing.TB, migrate func(url string) error) string {
	t.Helper()
	p.template.Do(func() {
		if p.template.err = p.Exec("CREATE DATABASE " + templateName); p.template.err == nil {
			p.template.err = migrate(p.url(templateName))
		}
	})
	if p.template.err != nil {
		t.Fatal(p.template.err)
	}
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := p.Exec("CREATE DATABASE " + name + " TEMPLATE " + templateName); err != nil {
		t.Fatal(err)
	}
	return p.url(name)
}

// url returns the URL of one of the server's databases.
func (p *Server) url(database string) string { return p.process.url(database, p.Port) }

// Exec runs a statement as superuser in the database "postgres".
func (p *Server) Exec(statement string) error {
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

// Stop stops the server at once and removes its data.
func (p *Server) Stop() { p.process.stop() }

// Kill ends every process of the server with SIGKILL; the data stays.
func (p *Server) Kill(t testing.TB) {
	t.Helper()
	if err := p.process.order("kill"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Port)), time.Second)
		if err != nil {
			return
		}
		_ = conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("PostgreSQL survived kill -9")
		}
	}
}

// Freeze stops every process of the server with SIGSTOP: connections stay open without answers.
func (p *Server) Freeze(t testing.TB) {
	t.Helper()
	if err := p.process.order("freeze"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		stopped, err := p.process.stopped()
		if stopped {
			return
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("PostgreSQL was not stopped: %v", err)
		}
	}
}

// Thaw continues a frozen server.
func (p *Server) Thaw(t testing.TB) {
	t.Helper()
	if err := p.process.order("thaw"); err != nil {
		t.Fatal(err)
	}
}

// Start starts the server again after Kill.
func (p *Server) Start(t testing.TB) {
	t.Helper()
	if err := p.awaitStart(); err != nil {
		t.Fatal(err)
	}
}
