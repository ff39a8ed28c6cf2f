// Package importing takes over people from other systems: it reads a source, registers its rows in
// batches, and reports the rows that do not fit.
//
// # Decisions
//
// A source is read from its beginning in every run, and rows that were imported before are skipped.
// Reason: the record of an imported row is written in the transaction of its customer, so that an
// import that was killed continues without a state of its own, and a repeated one changes nothing.
//
// A row that does not fit is refused alone. Reason: of a hundred thousand people, some always have
// an address that no longer parses; the others should not wait for them.
package importing

import (
	"context"
	"errors"
	"io"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/registration"
)

// Source reads the people of another system.
type Source interface {
	// Next returns the next record, io.EOF after the last. Any other error ends the import.
	Next(ctx context.Context) (*Record, error)
}

// Record is a person as a source describes them.
type Record struct {
	Line int // in the file, or the position in a source without lines; from 1
	Row  registration.ImportRow
	// Broken holds the faults of a record whose values cannot be read.
	Broken onboarding.Faults
	// Field returns the source's name of a customer's member; nil: the same name.
	Field func(member string) string
}

// Finding is a fault of a record.
type Finding struct {
	Line           int
	Field, Message string // Field is empty if the fault concerns the whole record
}

// Report counts the records of a run. Those that it does not count as created, updated or refused
// were imported before.
type Report struct {
	Read, Created, Updated, Refused int
}

// Options are the settings of a run.
type Options struct {
	registration.ImportOptions
	Source Source
	// Found receives each fault of a refused record, in the order of the records; nil: none.
	Found func(Finding) error
	// Progress receives the report after each batch; nil: none.
	Progress func(Report)
}

// Registrar registers the rows of a batch.
type Registrar interface {
	Import(ctx context.Context, options registration.ImportOptions, rows []registration.ImportRow) (
		[]registration.ImportResult, error)
}

// Imports runs imports.
type Imports struct {
	registrar Registrar
}

// New returns the use case.
func New(r Registrar) *Imports { return &Imports{registrar: r} }

// batchSize is the number of records of one transaction. Other writers wait for it.
const batchSize = 250

// batch is the next records of a source, and the error after them.
type batch struct {
	records []*Record
	err     error
}

// Run imports a source, or plans it in a dry run. Records before an error are imported, and counted
// in the report.
func (i *Imports) Run(ctx context.Context, o Options) (Report, error) {
	ctx, stop := context.WithCancel(ctx)
	batches := make(chan batch, 1)
	done := make(chan struct{})
	go func() { // reads the next batch while one is written
		defer close(done)
		defer close(batches)
		read(ctx, o.Source, batches)
	}()
	defer func() {
		stop()
		<-done // the caller closes the source
	}()
	run := &run{imports: i, options: o}
	if o.DryRun {
		run.seen = newSeen()
	}
	for b := range batches {
		if err := run.write(ctx, b.records); err != nil {
			return run.report, err
		}
		if o.Progress != nil {
			o.Progress(run.report)
		}
		if b.err != nil {
			return run.report, b.err
		}
	}
	return run.report, ctx.Err()
}

// read sends the records of a source until its end, an error, or the end of the context.
func read(ctx context.Context, source Source, batches chan<- batch) {
	for more := true; more; {
		var b batch
		for more && len(b.records) < batchSize {
			record, err := source.Next(ctx)
			if err == nil {
				b.records = append(b.records, record)
				continue
			}
			more = false
			if !errors.Is(err, io.EOF) {
				b.err = err
			}
		}
		select {
		case batches <- b:
		case <-ctx.Done():
			return
		}
	}
}

// run is the state of one import.
type run struct {
	imports *Imports
	options Options
	report  Report
	seen    *seen // in a dry run
}

// write imports a batch and reports its findings.
func (r *run) write(ctx context.Context, records []*Record) error {
	rows := make([]registration.ImportRow, 0, len(records))
	for _, record := range records {
		if len(record.Broken) == 0 {
			rows = append(rows, record.Row)
		}
	}
	results, err := r.register(ctx, rows)
	if err != nil {
		return err
	}
	for _, record := range records {
		result := registration.ImportResult{Status: registration.ImportRefused, Faults: record.Broken}
		if len(record.Broken) == 0 {
			result, results = results[0], results[1:]
		}
		if r.seen != nil {
			r.seen.follow(&record.Row, &result)
		}
		if err := r.count(record, &result); err != nil {
			return err
		}
	}
	return nil
}

// count adds a record to the report.
func (r *run) count(record *Record, result *registration.ImportResult) error {
	r.report.Read++
	switch result.Status {
	case registration.ImportCreated:
		r.report.Created++
	case registration.ImportUpdated:
		r.report.Updated++
	case registration.ImportRefused:
		r.report.Refused++
	}
	var last Finding
	for _, fault := range result.Faults {
		f := Finding{Line: record.Line, Field: fault.Field, Message: fault.Message}
		if record.Field != nil {
			f.Field = record.Field(f.Field)
		}
		if f == last { // of several members that one column sets
			continue
		}
		if last = f; r.options.Found != nil {
			if err := r.options.Found(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// Waits while the database does not take writes, as during a failover.
const (
	firstWait = time.Second
	maxWaits  = 60
)

// register registers rows.
func (r *run) register(ctx context.Context, rows []registration.ImportRow) (
	results []registration.ImportResult, err error,
) {
	err = Patiently(ctx, func() error {
		results, err = r.imports.registrar.Import(ctx, r.options.ImportOptions, rows)
		return err
	})
	return results, err
}

// Patiently repeats a write that the database could not take for the moment.
func Patiently(ctx context.Context, write func() error) error {
	for waits := 0; ; waits++ {
		err := write()
		if onboarding.KindOf(err) != onboarding.Unavailable || waits == maxWaits {
			return err
		}
		if err := onboarding.Sleep(ctx, firstWait); err != nil {
			return err
		}
	}
}
