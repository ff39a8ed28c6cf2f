// Package mariadb starts private MariaDB servers for tests, and runs its dump program.
package mariadb

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"onramp/onboarding/testkit/process"
)

// The accounts of the server. User may log in with and without TLS, SecureUser only with it.
const (
	User       = "onramp"
	SecureUser = "secure"
	Password   = "correct horse"
)

// Server is a MariaDB server with its data in a temporary folder, listening on a free loopback
// port. It ends with the test.
type Server struct {
	Port int
	// Roots is the PEM file with the root of the server's certificate, which is for localhost.
	Roots string

	folder    string
	owner     []string // runs a program as the user of the server
	databases int
}

// Start returns a started server. It skips the test without MariaDB.
func Start(t testing.TB) *Server {
	t.Helper()
	process.Require(t, "mariadbd", "mariadb-install-db", "mariadb-dump")
	folder, err := os.MkdirTemp("", "mariadb") //nolint:usetesting // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	s := &Server{Port: process.FreePort(t), Roots: filepath.Join(folder, "cert.pem"), folder: folder}
	certificate, key := process.Certificate(t, "localhost")
	s.write(t, "cert.pem", certificate)
	s.write(t, "key.pem", key)
	s.write(t, "accounts.sql", fmt.Appendf(nil, `
CREATE USER '%[1]s'@'%%' IDENTIFIED BY '%[3]s';
GRANT ALL ON *.* TO '%[1]s'@'%%';
CREATE USER '%[2]s'@'%%' IDENTIFIED BY '%[3]s' REQUIRE SSL;
GRANT SELECT ON *.* TO '%[2]s'@'%%';
`, User, SecureUser, Password))
	s.own(t)

	data := "--datadir=" + filepath.Join(folder, "data")
	if out, err := s.command("mariadb-install-db", "--no-defaults", data, "--skip-test-db",
		"--auth-root-authentication-method=normal").CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	program := process.Start(t, s.command("mariadbd", "--no-defaults", data, "--bind-address=127.0.0.1",
		"--port="+strconv.Itoa(s.Port), "--socket="+s.Socket(), "--pid-file="+filepath.Join(folder, "pid"),
		"--ssl-cert="+s.Roots, "--ssl-key="+filepath.Join(folder, "key.pem"), "--skip-name-resolve",
		"--init-file="+filepath.Join(folder, "accounts.sql"), "--innodb-flush-log-at-trx-commit=0"))
	db := s.Open(t, "")
	for deadline := time.Now().Add(30 * time.Second); db.PingContext(t.Context()) != nil; {
		if time.Now().After(deadline) {
			t.Fatalf("MariaDB does not start:\n%s", program.Output)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return s
}

func (s *Server) write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Debian's user and group without privileges. MariaDB does not run as root.
const nobody, nogroup = "nobody", "nogroup"

// own gives the folder to the user without privileges if the test runs as root.
func (s *Server) own(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	s.owner = []string{"setpriv", "--reuid", nobody, "--regid", nogroup, "--clear-groups"}
	u, err := user.Lookup(nobody)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	if err := filepath.WalkDir(s.folder, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, -1)
	}); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) command(args ...string) *exec.Cmd {
	args = append(s.owner[:len(s.owner):len(s.owner)], args...)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = s.folder
	return cmd
}

// Socket returns the path of the server's Unix socket.
func (s *Server) Socket() string { return filepath.Join(s.folder, "socket") }

// Open returns a pool of connections of User to a database, or to none; it closes with the test.
// A call may hold several statements.
func (s *Server) Open(t testing.TB, database string) *sql.DB {
	t.Helper()
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName, c.MultiStatements = User, Password, database, true
	c.Net, c.Addr = "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
	c.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

// NewDatabase creates an empty database and returns its name.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	s.databases++
	name := fmt.Sprintf("test%d", s.databases)
	if _, err := s.Open(t, "").ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return name
}

// URL returns the address of a database without a password.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("mysql://%s@127.0.0.1:%d/%s", User, s.Port, database)
}

// Dump returns the output of mariadb-dump.
func (s *Server) Dump(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("mariadb-dump", append([]string{"--no-defaults", "--host=127.0.0.1",
		"--port=" + strconv.Itoa(s.Port), "--user=" + User}, args...)...)
	cmd.Env = append(os.Environ(), "MYSQL_PWD="+Password)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("mariadb-dump %q: %v", args, err)
	}
	return string(out)
}
