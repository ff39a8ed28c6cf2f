package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Options configure [Run].
type Options struct {
	// Onramp is the path of the program that is measured, Self of the program whose hidden command
	// `ceiling` runs those of package ceiling.
	Onramp, Self string
	// Short makes rounds fewer and smaller.
	Short bool
	// Only names the rows to run; empty: all.
	Only []string
	// Contacts is the number of contacts of the rows that search them; 0: 100,000, or 10,000 with
	// Short.
	Contacts int
	// Progress receives a line when a row begins.
	Progress io.Writer
}

// Check returns an error for an unknown row or too few contacts.
func (o *Options) Check() error {
	if o.Contacts != 0 && o.Contacts < minContacts {
		return fmt.Errorf("at least %d contacts are necessary, for the largest page", minContacts)
	}
	_, err := selected(o.Only)
	return err
}

// A Report is the outcome of [Run].
type Report struct {
	Machine  Machine   `json:"machine"`
	Versions Versions  `json:"versions"`
	Settings Settings  `json:"settings"`
	Began    time.Time `json:"began"`
	Seconds  float64   `json:"seconds"`
	Rows     []*Row    `json:"rows"`
}

// Settings are the settings of a run.
type Settings struct {
	Short    bool     `json:"short"`
	Rounds   int      `json:"rounds"`
	Contacts int      `json:"contacts"`
	Clients  int      `json:"clients"`
	Serve    []string `json:"serve"`
}

const (
	// clients is the number of clients that send requests at a time.
	clients = 64
	// minContacts are needed for the largest page.
	minContacts = 10_000
)

// run is the state of a run.
type run struct {
	Options
	ctx    context.Context
	folder string
	// filled is a data folder with contacts, made by the first row that needs it.
	filled *filled
}

// Run measures the rows one after another.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.Contacts == 0 {
		o.Contacts = 100_000
		if o.Short {
			o.Contacts = minContacts
		}
	}
	chosen, err := selected(o.Only)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "onramp-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	r := &run{Options: o, ctx: ctx, folder: folder}
	report := &Report{Began: time.Now().UTC().Truncate(time.Second), Rows: []*Row{}}
	if report.Versions, err = versions(ctx, o.Onramp); err != nil {
		return nil, err
	}
	report.Machine = machineOf(folder)
	report.Settings = Settings{
		Short: o.Short, Rounds: r.rounds(), Contacts: o.Contacts, Clients: clients, Serve: serveFlags,
	}
	for i, m := range chosen {
		fmt.Fprintf(o.Progress, "%d of %d: %s\n", i+1, len(chosen), m.name)
		s, err := r.newScene(m.name)
		if err != nil {
			return nil, err
		}
		got, err := m.run(s)
		s.end()
		if ctx.Err() != nil {
			return nil, errors.New("interrupted")
		}
		report.Rows = append(report.Rows, m.row(got, err))
	}
	report.Seconds = time.Since(report.Began).Seconds()
	return report, nil
}

func (r *run) rounds() int { return r.pick(5, 3) }

// pick returns the size of a round, the second with Short.
func (r *run) pick(full, short int) int {
	if r.Short {
		return short
	}
	return full
}

// scene is the place of one row: its folder, and the programs that end with it.
type scene struct {
	*run
	dir  string
	ends []func()
}

func (r *run) newScene(name string) (*scene, error) {
	dir := filepath.Join(r.folder, name)
	return &scene{run: r, dir: dir}, os.Mkdir(dir, 0o755) // PostgreSQL's user enters it
}

func (s *scene) path(name string) string { return filepath.Join(s.dir, name) }

// atEnd has a function called at the end of the row.
func (s *scene) atEnd(f func()) { s.ends = append(s.ends, f) }

// end stops the programs of the row, the last started first, and removes its folder.
func (s *scene) end() {
	for i := len(s.ends) - 1; i >= 0; i-- {
		s.ends[i]()
	}
	_ = os.RemoveAll(s.dir)
}
