package tenantfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"onramp/onboarding"
	"onramp/onboarding/tenant"
)

// Applier is the part of onboarding.Service that Apply needs.
type Applier interface {
	Apply(ctx context.Context, organizations []*onboarding.Organization) ([]tenant.Applied, error)
	Check(ctx context.Context, organizations []*onboarding.Organization) ([]tenant.Applied, error)
	Plan(ctx context.Context, organizations []*onboarding.Organization) ([]tenant.Planned, error)
	SealHotspotSecret(hotspotID string, secret []byte) (onboarding.Sealed, error)
	SealGrantKey(key []byte) (onboarding.Sealed, error)
}

// Exporter is the part of onboarding.Service that ExportTo needs.
type Exporter interface {
	ExportAudited(ctx context.Context, id string) ([]*onboarding.Organization, error)
}

// standardInput is the name of the file "-" in diagnostics.
const standardInput = "stdin"

// Apply applies the organizations of all files at once, and returns them as declared. The name "-"
// is stdin; file names in it are relative to the working folder. Apply prints one line per
// organization to stdout, and every diagnostic to stderr. If anything is refused nothing is
// changed, and the error is a *RefusedError, whose text is only the number of errors.
func Apply(
	ctx context.Context, s Applier, names []string, stdin io.Reader, stdout, stderr io.Writer,
) ([]*onboarding.Organization, error) {
	r := readAll(s, names, stdin)
	applied, err := r.apply(ctx, s)
	if _, refused := errors.AsType[*RefusedError](err); err == nil || refused {
		Print(stderr, r.diagnostics)
	}
	if err != nil {
		return nil, err
	}
	for _, a := range applied {
		fmt.Fprintf(stdout, "%s %s: %s\n", a.ID, printed(a.Name), a.Change)
	}
	return r.organizations, nil
}

// DryRun prints the changes of an Apply to stdout: a line for each organization, and below it one
// for each value that would be added (+), removed (-) or changed (~). Long values are shortened,
// and secrets are not shown. It prints every diagnostic to stderr, returns the error that Apply
// would return, and writes nothing.
func DryRun(ctx context.Context, s Applier, names []string, stdin io.Reader, stdout, stderr io.Writer) error {
	r := readAll(s, names, stdin)
	planned, err := s.Plan(ctx, r.organizations)
	if err != nil {
		return err
	}
	all := make([]tenant.Applied, len(planned))
	for i, p := range planned {
		all[i] = p.Applied
	}
	if err := r.judge(all); err != nil {
		Print(stderr, r.diagnostics)
		return err
	}
	Print(stderr, r.diagnostics)
	for _, p := range planned {
		change := "unchanged"
		if p.Change != tenant.Unchanged {
			change = "would be " + string(p.Change)
		}
		fmt.Fprintf(stdout, "%s %s: %s\n", p.ID, printed(p.Name), change)
		for _, e := range Diff(p.Before, p.After) {
			fmt.Fprintf(stdout, "  %s\n", printed(e.String()))
		}
	}
	return nil
}

// judge adds the findings about the organizations to the diagnostics. It returns a *RefusedError if
// any of the two is an error.
func (r *run) judge(checked []tenant.Applied) error {
	for _, a := range checked {
		if slices.ContainsFunc(a.Findings, func(f onboarding.Finding) bool {
			return f.Severity == onboarding.SeverityError
		}) {
			return r.refused(checked)
		}
	}
	if len(r.diagnostics) > 0 {
		return r.refused(checked)
	}
	r.accepted(checked)
	return nil
}

// readAll reads the files. A file that cannot be read is a diagnostic, so that the errors of the
// others are reported as well.
func readAll(s Applier, names []string, stdin io.Reader) *run {
	r := &run{}
	for _, name := range names {
		r.read(name, stdin, s)
	}
	return r
}

// run is one apply: its files, and the position of each organization in them.
type run struct {
	files         []*File
	organizations []*onboarding.Organization
	positions     []position // of each organization
	diagnostics   []Diagnostic
}

// position is the index of an organization in a file.
type position struct {
	file  *File
	index int
}

func (r *run) read(name string, stdin io.Reader, s Applier) {
	var data []byte
	var err error
	shownName, folder := name, filepath.Dir(name)
	if name == "-" {
		shownName, folder = standardInput, "."
		data, err = io.ReadAll(io.LimitReader(stdin, maxSize+1))
	} else {
		data, err = readFile(name, maxSize+1)
	}
	if err != nil {
		r.files = append(r.files, &File{Name: shownName})
		r.diagnostics = append(r.diagnostics, Diagnostic{File: shownName, Line: 1, Finding: onboarding.Finding{
			Severity: onboarding.SeverityError, Field: "organizations", Rule: "file",
			Message: fmt.Sprintf("the file cannot be read: %v", err),
		}})
		return
	}
	f := Parse(shownName, data, Environment{
		ReadFile: func(name string) ([]byte, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(folder, name)
			}
			return readFile(name, maxNamedFile)
		},
		Seal: s.SealHotspotSecret, SealKey: s.SealGrantKey,
	})
	r.files = append(r.files, f)
	r.diagnostics = append(r.diagnostics, f.Diagnostics...)
	for i, o := range f.Organizations {
		r.organizations = append(r.organizations, o)
		r.positions = append(r.positions, position{f, i})
	}
}

// apply applies the organizations, or collects all diagnostics and returns a *RefusedError.
func (r *run) apply(ctx context.Context, s Applier) ([]tenant.Applied, error) {
	if len(r.diagnostics) > 0 { // refused already; the rules are checked as well, to report all errors at once
		checked, err := s.Check(ctx, r.organizations)
		if err != nil {
			return nil, err
		}
		return nil, r.refused(checked)
	}
	applied, err := s.Apply(ctx, r.organizations)
	if refused, ok := errors.AsType[*tenant.ApplyError](err); ok {
		return nil, r.refused(refused.Organizations)
	}
	if err != nil {
		return nil, err
	}
	r.accepted(applied)
	return applied, nil
}

// accepted adds the findings about accepted organizations to the diagnostics.
func (r *run) accepted(applied []tenant.Applied) {
	for i, a := range applied {
		for _, finding := range a.Findings {
			r.diagnostics = append(r.diagnostics, r.positions[i].file.diagnostic(r.positions[i].index, finding))
		}
	}
	sortDiagnostics(r.diagnostics, r.files)
}

// refused adds the findings about the organizations, except notes, to the diagnostics about the
// form.
func (r *run) refused(checked []tenant.Applied) *RefusedError {
	for i, a := range checked {
		p := r.positions[i]
		for _, finding := range a.Findings {
			if finding.Severity != onboarding.SeverityNote && !p.file.explained(p.index, finding) {
				r.diagnostics = append(r.diagnostics, p.file.diagnostic(p.index, finding))
			}
		}
	}
	sortDiagnostics(r.diagnostics, r.files)
	return &RefusedError{slices.DeleteFunc(slices.Clone(r.diagnostics), func(d Diagnostic) bool {
		return d.Severity != onboarding.SeverityError
	})}
}

// maxNamedFile limits files of certificates and secrets, which may be endless devices.
const maxNamedFile = 1 << 20

func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return nil, reason(err)
	}
	return data, nil
}

// reason returns an error without the file's name, which the diagnostic holds already.
func reason(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// ExportTo writes the organization with that ID, or all if id is empty.
func ExportTo(ctx context.Context, s Exporter, id string, w io.Writer) error {
	organizations, err := s.ExportAudited(ctx, id)
	if err != nil {
		return err
	}
	return Export(w, organizations)
}
