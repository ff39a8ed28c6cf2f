package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding/ports"
)

// connections is the number of connections of each side to PostgreSQL.
const connections = 16

// postgres starts a private server with its defaults, which make each commit durable, with the
// databases "onramp" and "bare", and returns the URL of each.
func (s *scene) postgres() (onramp, bare string, err error) {
	programs, err := postgresPrograms()
	if err != nil {
		return "", "", err
	}
	// PostgreSQL's user cannot enter the folder of the run.
	folder, err := os.MkdirTemp("", "onramp-bench-postgres-")
	if err != nil {
		return "", "", err
	}
	s.atEnd(func() { _ = os.RemoveAll(folder) })
	as, err := asPostgres(folder)
	if err != nil {
		return "", "", err
	}
	data := filepath.Join(folder, "data")
	initdb := exec.CommandContext(s.ctx, filepath.Join(programs, "initdb"), "-D", data, "-E", "UTF8",
		"--locale=C.UTF-8", "-U", "onramp", "-A", "trust")
	initdb.Dir, initdb.SysProcAttr = folder, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("initdb: %w\n%s", err, tail(out))
	}
	port, err := ports.Free()
	if err != nil {
		return "", "", err
	}
	server := s.command(filepath.Join(programs, "postgres"), "-D", data, "-c", "port="+strconv.Itoa(port), "-c",
		"listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+folder)
	server.Dir, server.SysProcAttr = folder, as
	p, err := s.start(server, "ready to accept connections")
	if err != nil {
		return "", "", err
	}
	s.atEnd(p.stop) // before kill, so that no child of it remains
	url := func(database string) string {
		return fmt.Sprintf("postgres://onramp@%s/%s?sslmode=disable", ports.Loopback(port), database)
	}
	for _, name := range []string{"onramp", "bare"} {
		if err := execute(s.ctx, url("postgres"), "CREATE DATABASE "+name); err != nil {
			return "", "", err
		}
	}
	return url("onramp") + "&pool_max_conns=" + strconv.Itoa(connections), url("bare"), nil
}

func execute(ctx context.Context, url, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// postgresPrograms returns the folder of initdb and postgres: on the PATH, or of the newest version
// where Debian installs it.
func postgresPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path) // its siblings may not be linked
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", missingError("PostgreSQL is not installed")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}
