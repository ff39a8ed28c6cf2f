package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding/ports"
)

// Pair is a primary and a synchronous standby, each a private server like a Server.
// Failover kills the primary and promotes the standby; Rebuild replaces the old primary by a new
// standby. A commit is acknowledged only after both servers have it.
type Pair struct {
	nodes   [2]*pairNode
	primary int // index into nodes
}

type pairNode struct {
	folder string
	port   int
	alive  *os.File // closing it ends the server
	ended  chan struct{}
	bin    string
	as     *syscall.SysProcAttr
}

// standbyName is the standby's application name.
const standbyName = "standby"

// NewPair starts a pair and stops it at the end of the test. Without PostgreSQL it skips or
// fails the test as Require does.
func NewPair(t testing.TB) *Pair {
	t.Helper()
	bin, err := programs()
	missing(t, err)
	if initdb, err := filepath.EvalSymlinks(filepath.Join(bin, "initdb")); err == nil {
		bin = filepath.Dir(initdb) // the other programs are in the same folder
	}
	p := &Pair{}
	for i := range p.nodes {
		//nolint:usetesting // the postgres user cannot enter t.TempDir
		folder, err := os.MkdirTemp("", "onramp-pair-")
		missing(t, err)
		as, err := asUser(folder)
		missing(t, err)
		port, err := ports.Free()
		missing(t, err)
		p.nodes[i] = &pairNode{folder: folder, port: port, bin: bin, as: as}
	}
	t.Cleanup(p.stop)
	first := p.nodes[0]
	missing(t, first.run("initdb", "-D", first.data(), "-N", "-E", "UTF8", "--locale=C.UTF-8", "-U", "onramp", "-A",
		"trust"))
	missing(t, first.start())
	missing(t, p.Rebuild())
	return p
}

// URL returns the URL of a database with both hosts, among which a client finds the primary.
func (p *Pair) URL(database string) string {
	hosts := fmt.Sprintf("127.0.0.1:%d,127.0.0.1:%d", p.nodes[0].port, p.nodes[1].port)
	return "postgres://onramp@" + hosts + "/" + database +
		"?target_session_attrs=read-write&connect_timeout=1&sslmode=disable"
}

// Exec runs a statement on the primary as superuser.
func (p *Pair) Exec(statement string) error { return p.nodes[p.primary].exec(statement) }

// Failover kills every process of the primary with SIGKILL, promotes the standby and clears its
// synchronous_standby_names, as a failover tool does.
func (p *Pair) Failover() error {
	old, next := p.nodes[p.primary], p.nodes[1-p.primary]
	if err := old.kill(); err != nil {
		return err
	}
	if err := next.exec("SELECT pg_promote()"); err != nil {
		return err
	}
	p.primary = 1 - p.primary
	return next.synchronous("")
}

// Rebuild creates a new standby in place of the other node and waits until commits are synchronous
// again.
func (p *Pair) Rebuild() error {
	primary, standby := p.nodes[p.primary], p.nodes[1-p.primary]
	if err := standby.end(); err != nil {
		return err
	}
	if err := os.RemoveAll(standby.data()); err != nil {
		return err
	}
	source := fmt.Sprintf("host=127.0.0.1 port=%d user=onramp application_name=%s", primary.port, standbyName)
	if err := standby.run("pg_basebackup", "-D", standby.data(), "-R", "-X", "stream", "-c", "fast", "-d",
		source); err != nil {
		return err
	}
	if err := standby.start(); err != nil {
		return err
	}
	if err := primary.synchronous(standbyName); err != nil {
		return err
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if state, err := primary.value("SELECT coalesce(max(sync_state), '') FROM pg_stat_replication WHERE state " +
			"= 'streaming'"); err == nil && state == "sync" {
			return nil
		}
	}
	return errors.New("standby does not become synchronous")
}

// Idle waits until no client is connected to a database: the statements of a client that was killed
// may still be in progress.
func (p *Pair) Idle(database string) error {
	query := "SELECT count(*)::text FROM pg_stat_activity WHERE datname = '" + database + "'"
	var count string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if count, err = p.nodes[p.primary].value(query); err == nil && count == "0" {
			return nil
		}
	}
	return fmt.Errorf("%q clients are still connected to the database %s", count, database)
}

// Freeze stops every process of the primary with SIGSTOP, and Thaw continues them.
func (p *Pair) Freeze() error { return p.nodes[p.primary].signal(syscall.SIGSTOP) }

// Thaw continues the primary after Freeze.
func (p *Pair) Thaw() error { return p.nodes[p.primary].signal(syscall.SIGCONT) }

func (p *Pair) stop() {
	for _, n := range p.nodes {
		_ = n.end()
		_ = os.RemoveAll(n.folder)
	}
}

func (n *pairNode) data() string { return filepath.Join(n.folder, "data") }

func (n *pairNode) url() string {
	u := url.URL{Scheme: "postgres", User: url.User("onramp"), Host: "127.0.0.1:" + strconv.Itoa(n.port),
		Path: "/postgres", RawQuery: "sslmode=disable"}
	return u.String()
}

// run runs one of PostgreSQL's programs.
func (n *pairNode) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(n.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = n.folder, n.as
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}

// start starts the server under a shell that ends it when this process closes the pipe or dies.
func (n *pairNode) start() error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	script := `"$@" >>server.log 2>&1 & server=$!; read -r _; kill -QUIT $server; wait $server`
	keeper := exec.Command("/bin/sh", "-c", script, "sh", filepath.Join(n.bin, "postgres"), "-D", n.data(),
		"-c", "port="+strconv.Itoa(n.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+
			n.folder,
		"-c", "wal_level=replica", "-c", "max_wal_senders=5", "-c", "wal_keep_size=64MB", "-c",
		"wal_retrieve_retry_interval=100ms", "-c", "hot_standby=on", "-c", "max_connections=200")
	keeper.Dir, keeper.SysProcAttr, keeper.Stdin = n.folder, n.as, read
	if err := keeper.Start(); err != nil {
		return errors.Join(err, write.Close())
	}
	ended := make(chan struct{})
	n.alive, n.ended = write, ended
	go func() { _ = keeper.Wait(); close(ended) }()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, err := n.value("SELECT '1'")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(n.folder, "server.log"))
			return fmt.Errorf("PostgreSQL does not start: %w\n%s", err, log)
		}
	}
}

// end stops the server if it is running.
func (n *pairNode) end() error {
	if n.alive == nil {
		return nil
	}
	err := n.alive.Close()
	<-n.ended
	n.alive = nil
	return err
}

// kill sends SIGKILL to the server and to each of its processes.
func (n *pairNode) kill() error { return n.signal(syscall.SIGKILL) }

// signal sends a signal to the server and to each of its processes.
func (n *pairNode) signal(signal syscall.Signal) error {
	text, err := os.ReadFile(filepath.Join(n.data(), "postmaster.pid"))
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	server, err := strconv.Atoi(line)
	if err != nil {
		return err
	}
	if err := syscall.Kill(server, signal); err != nil { // first, so that it starts no further process
		return err
	}
	children, err := childrenOf(server)
	if err != nil {
		return err
	}
	for _, child := range children {
		_ = syscall.Kill(child, signal) // it may have ended already
	}
	return nil
}

// childrenOf reads /proc for the processes whose parent is pid.
func childrenOf(pid int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var children []int
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ") // after the program's name: state, parent
		fields := strings.Fields(rest)
		if len(fields) < 2 || fields[1] != strconv.Itoa(pid) {
			continue
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			children = append(children, child)
		}
	}
	return children, nil
}

// synchronous sets the standby for which commits wait; none if the name is empty.
func (n *pairNode) synchronous(name string) error {
	if err := n.exec("ALTER SYSTEM SET synchronous_standby_names = '" + name + "'"); err != nil {
		return err
	}
	return n.exec("SELECT pg_reload_conf()")
}

func (n *pairNode) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, n.url())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func (n *pairNode) value(query string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, n.url())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var value string
	err = conn.QueryRow(ctx, query).Scan(&value)
	return value, err
}
