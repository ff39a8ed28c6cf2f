// Package exim starts Debian's SMTP server exim4 privately for a test: on a loopback port, with
// STARTTLS and authentication, delivering into a folder.
package exim

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// The user of the server.
const (
	User     = "onramp"
	Password = "correct horse"
)

// Server is an SMTP server. It accepts mail from its user only, and without authentication refuses
// to relay with 550 5.7.1. It refuses recipients whose name begins with "gone" with 550 5.1.1, and
// delays those that begin with "later" with 451 until Open is called.
type Server struct {
	Port int
	// Roots is the PEM file with the root of the server's certificate, which is for localhost.
	Roots string

	t       testing.TB
	folder  string
	program *process.Program
}

// Options change a server.
type Options struct {
	WithoutTLS bool // does not offer STARTTLS, and accepts mail without authentication
}

const configuration = `
primary_hostname = mail.example.com
spool_directory = %[1]s/spool
log_file_path = %[1]s/%%slog
pid_file_path = %[1]s/exim.pid
exim_user = %[2]s
exim_group = %[3]s
daemon_smtp_ports = %[4]d
local_interfaces = 127.0.0.1
deliver_drop_privilege
keep_environment =
host_lookup =
smtp_accept_max = 200
rfc1413_query_timeout = 0s
tls_advertise_hosts = %[5]s
tls_certificate = %[1]s/cert.pem
tls_privatekey = %[1]s/key.pem
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
begin acl
check_rcpt:
  deny    local_parts = ^gone
          message = 550 5.1.1 No such user <$local_part@$domain>
  defer   local_parts = ^later
          condition = ${if exists{%[1]s/open}{no}{yes}}
          message = 451 4.7.1 Try again later <$local_part@$domain>
  accept  authenticated = *
  accept  hosts = %[6]s
  deny    message = 550 5.7.1 relay not permitted
begin routers
all:
  driver = accept
  transport = keep
begin transports
keep:
  driver = appendfile
  directory = %[1]s/mail
  maildir_format
  create_directory
  envelope_to_add
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{` + User + `}}{eq{$auth3}{` + Password + `}}}}
  server_set_id = $auth2
  server_advertise_condition = ${if def:tls_in_cipher}
`

// Debian's user and group without privileges. The server drops its privileges, so that it
// can neither run nor deliver as root.
const nobody, nogroup = "nobody", "nogroup"

// New returns a server that is not started. It skips the test without exim4.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	process.Require(t, "exim4")
	folder, err := os.MkdirTemp("", "exim") //nolint:usetesting // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	s := &Server{t: t, Port: process.FreePort(t), folder: folder, Roots: filepath.Join(folder, "cert.pem")}
	s.certificate()
	owner, group := nobody, nogroup
	if os.Geteuid() != 0 {
		owner, group = strconv.Itoa(os.Geteuid()), strconv.Itoa(os.Getegid())
	}
	advertise, trusted := "*", ":"
	if o.WithoutTLS {
		advertise, trusted = "", "127.0.0.1"
	}
	s.write("exim.conf", fmt.Appendf(nil, configuration, folder, owner, group, s.Port, advertise, trusted), 0o644)
	for _, name := range []string{"spool", "mail"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if os.Geteuid() == 0 {
		s.own()
	}
	return s
}

// Start returns a started server.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := New(t, o)
	s.Up()
	return s
}

// own gives the folder to the user without privileges.
func (s *Server) own() {
	s.t.Helper()
	u, err := user.Lookup(nobody)
	if err != nil {
		s.t.Fatal(err)
	}
	g, err := user.LookupGroup(nogroup)
	if err != nil {
		s.t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(g.Gid)
	if err := filepath.WalkDir(s.folder, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) write(name string, data []byte, mode os.FileMode) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), data, mode); err != nil {
		s.t.Fatal(err)
	}
}

// certificate writes a self-signed certificate.
func (s *Server) certificate() {
	s.t.Helper()
	certificate, key := process.Certificate(s.t, "localhost")
	s.write("cert.pem", certificate, 0o644)
	s.write("key.pem", key, 0o600)
}

// Up starts the server and waits until it answers.
func (s *Server) Up() {
	s.t.Helper()
	args := []string{"exim4", "-C", filepath.Join(s.folder, "exim.conf"), "-bdf"}
	if os.Geteuid() == 0 {
		args = append([]string{"setpriv", "--reuid", nobody, "--regid", nogroup, "--clear-groups"}, args...)
	}
	s.program = process.Start(s.t, exec.Command(args[0], args[1:]...))
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(s.folder, "mainlog"))
			s.t.Fatalf("exim4 does not start:\n%s\n%s", s.program.Output, log)
		}
	}
}

// TLS returns the settings of a client that trusts the server's certificate.
func (s *Server) TLS() *tls.Config {
	s.t.Helper()
	data, err := os.ReadFile(s.Roots)
	if err != nil {
		s.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(data)
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// Down kills the server.
func (s *Server) Down() { s.program.Stop() }

// Open makes the server accept recipients that it delayed.
func (s *Server) Open() { s.write("open", nil, 0o644) }

// Folder returns the folder with a file for each delivered mail.
func (s *Server) Folder() string { return filepath.Join(s.folder, "mail", "new") }

// Delivered returns the delivered mails by the local part of their Message-ID.
func (s *Server) Delivered() map[string][]*mail.Message {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Folder(), "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string][]*mail.Message{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		m, err := mail.ReadMessage(strings.NewReader(string(data)))
		if err != nil {
			s.t.Fatal(err)
		}
		id, _, _ := strings.Cut(strings.Trim(m.Header.Get("Message-Id"), "<>"), "@")
		all[id] = append(all[id], m)
	}
	return all
}
