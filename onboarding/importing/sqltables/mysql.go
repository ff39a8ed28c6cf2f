package sqltables

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Timeouts of a connection to MySQL: the beginning, and each wait for more bytes.
const (
	mysqlDial = 10 * time.Second
	mysqlWait = 2 * time.Minute
)

func readMySQL(ctx context.Context, c *Config, tables []Table, add func(Row) error) error {
	config, err := mysqlConfig(c)
	if err != nil {
		return err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	plain := func(column string) string { return column }
	return readTables(ctx, db, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", plain, tables,
		func(r Row) error {
			r.FromMySQL = true
			return add(r)
		})
}

// mysqlConfig returns the driver's settings for a URL.
func mysqlConfig(c *Config) (*mysql.Config, error) {
	u, err := url.Parse(c.Source)
	if err != nil {
		return nil, errors.New("not a MySQL URL") // the error of url.Parse repeats a password
	}
	if _, given := u.User.Password(); given || u.Query().Has("password") {
		return nil, errors.New("the URL must hold no password, which others on this machine could see: " +
			"set MYSQL_PWD, or use --password-file")
	}
	config := mysql.NewConfig()
	config.User, config.DBName = u.User.Username(), strings.TrimPrefix(u.Path, "/")
	if config.User == "" || config.DBName == "" || strings.Contains(config.DBName, "/") {
		return nil, errors.New("a MySQL URL is mysql://USER@HOST:PORT/DATABASE")
	}
	if config.Passwd = os.Getenv("MYSQL_PWD"); c.PasswordFile != "" {
		text, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, err
		}
		config.Passwd = strings.TrimRight(string(text), "\r\n")
	}
	config.Timeout, config.ReadTimeout, config.WriteTimeout = mysqlDial, mysqlWait, mysqlWait
	config.Collation = "utf8mb4_general_ci" // the encoding of the connection, which old servers know, too
	config.Logger = &mysql.NopLogger{}      // the errors are returned
	return config, setAddress(config, u)
}

// setAddress sets the address and TLS. A password may pass without TLS only within this machine.
func setAddress(config *mysql.Config, u *url.URL) error {
	for name := range u.Query() {
		if name != "tls" && name != "tls-ca" && name != "socket" {
			return fmt.Errorf("the parameter %q is not among tls, tls-ca and socket", name)
		}
	}
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = "3306"
	}
	local := host == "localhost" || net.ParseIP(host).IsLoopback()
	config.Net, config.Addr = "tcp", net.JoinHostPort(host, port)
	if socket := u.Query().Get("socket"); socket != "" {
		if !local || u.Port() != "" {
			return errors.New("with socket, the host is localhost without a port")
		}
		config.Net, config.Addr = "unix", socket
	} else if host == "" {
		return errors.New("a MySQL URL is mysql://USER@HOST:PORT/DATABASE")
	}
	mode := u.Query().Get("tls")
	if mode == "" {
		mode = "verify-full"
		if local && !u.Query().Has("tls-ca") {
			mode = "none"
		}
	}
	switch {
	case mode == "none" && !local:
		return errors.New("tls=none is only for this machine: the network could read the passwords of all people")
	case mode == "none" && u.Query().Has("tls-ca"):
		return errors.New("tls-ca has no effect with tls=none")
	case mode == "none":
		return nil
	case mode != "verify-full" && mode != "verify-ca":
		return fmt.Errorf("tls=%s is not among verify-full, verify-ca and none", mode)
	}
	var err error
	config.TLS, err = verifying(mode, host, u.Query().Get("tls-ca"))
	return err
}

// verifying returns TLS settings that verify the server's certificate against the certificates of a
// file, or the system's; its name only in the mode verify-full.
func verifying(mode, host, file string) (*tls.Config, error) {
	var roots *x509.CertPool
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("tls-ca: %w", err)
		}
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("tls-ca: %s holds no certificate in PEM", file)
		}
	}
	config := &tls.Config{ServerName: host, RootCAs: roots, MinVersion: tls.VersionTLS12}
	if mode == "verify-full" {
		return config, nil
	}
	if roots == nil {
		return nil, errors.New("tls=verify-ca needs tls-ca: a public authority certifies any name")
	}
	config.InsecureSkipVerify = true //nolint:gosec // VerifyConnection verifies all but the name
	config.VerifyConnection = func(s tls.ConnectionState) error {
		options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range s.PeerCertificates[1:] {
			options.Intermediates.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(options)
		return err
	}
	return config, nil
}
