package tenant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"onramp/onboarding"
)

// Applier is the part of onboarding.Service that Apply needs.
type Applier interface {
	ApplyOrganizations(ctx context.Context, organizations []*onboarding.Organization) ([]onboarding.Applied, error)
	CheckOrganizations(ctx context.Context, organizations []*onboarding.Organization) ([]onboarding.Complaint, error)
	SealHotspotSecret(hotspotID string, secret []byte) (onboarding.Sealed, error)
}

// Exporter is the part of onboarding.Service that ExportTo needs.
type Exporter interface {
	ExportOrganizations(ctx context.Context, id string) ([]*onboarding.Organization, error)
}

// standardInput is what complaints call the file "-".
const standardInput = "stdin"

// Apply applies the organizations of all files at once; "-" is stdin, and names in it are relative to the working folder. It prints
// one line per organization to stdout, and every complaint and warning to stderr. When something is refused nothing is changed, and the error is a
// *RefusedError, which says only how many complaints were printed.
func Apply(ctx context.Context, s Applier, names []string, stdin io.Reader, stdout, stderr io.Writer) error {
	r := &run{}
	for _, name := range names {
		if err := r.read(name, stdin, s); err != nil {
			return err
		}
	}
	var refusal *RefusedError
	done, err := r.apply(ctx, s)
	if errors.As(err, &refusal) {
		Print(stderr, r.complaints)
		return err
	}
	if err != nil {
		return err
	}
	Print(stderr, r.complaints)
	for _, a := range done {
		fmt.Fprintf(stdout, "%s %s: %s\n", a.ID, printed(a.Name), a.Change)
	}
	return nil
}

// run is one apply: its files, and where each organization stands in them.
type run struct {
	files         []*File
	organizations []*onboarding.Organization
	homes         []home
	complaints    []Complaint // of both severities
}

type home struct {
	file  *File
	index int
}

func (r *run) read(name string, stdin io.Reader, s Applier) error {
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
		return fmt.Errorf("%s: %w", shownName, err)
	}
	f := Parse(shownName, data, Environment{
		ReadFile: func(name string) ([]byte, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(folder, name)
			}
			return readFile(name, maxNamedFile)
		},
		Seal: s.SealHotspotSecret,
	})
	r.files = append(r.files, f)
	r.complaints = append(r.complaints, f.Complaints...)
	for i, o := range f.Organizations {
		r.organizations = append(r.organizations, o)
		r.homes = append(r.homes, home{f, i})
	}
	return nil
}

// apply applies, or gathers everything that is wrong.
func (r *run) apply(ctx context.Context, s Applier) ([]onboarding.Applied, error) {
	if len(r.complaints) > 0 { // nothing can be applied, but the meaning can be checked all the same
		found, err := s.CheckOrganizations(ctx, r.organizations)
		if err != nil {
			return nil, err
		}
		return nil, r.refused(found)
	}
	done, err := s.ApplyOrganizations(ctx, r.organizations)
	if refused, ok := errors.AsType[*onboarding.ApplyError](err); ok {
		return nil, r.refused(append(refused.Complaints, refused.Warnings...))
	}
	if err != nil {
		return nil, err
	}
	for i, a := range done {
		for _, finding := range a.Findings {
			r.complaints = append(r.complaints, r.homes[i].file.Complaint(r.homes[i].index, finding))
		}
	}
	sortComplaints(r.complaints, r.files)
	return done, nil
}

// refused adds what was found to the complaints about the form.
func (r *run) refused(found []onboarding.Complaint) *RefusedError {
	for _, c := range found {
		if h := r.homes[c.Index]; !h.file.explained(h.index, c.Finding) {
			r.complaints = append(r.complaints, h.file.Complaint(h.index, c.Finding))
		}
	}
	sortComplaints(r.complaints, r.files)
	return &RefusedError{Complaints: slices.DeleteFunc(slices.Clone(r.complaints), func(c Complaint) bool {
		return c.Severity != onboarding.SeverityError
	})}
}

// maxNamedFile bounds certificates and secrets: a name may be that of a device that never ends.
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

// reason drops the file's name, which the complaint has already.
func reason(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// ExportTo writes the organization with that ID, or all when it is empty.
func ExportTo(ctx context.Context, s Exporter, id string, w io.Writer) error {
	organizations, err := s.ExportOrganizations(ctx, id)
	if err != nil {
		return err
	}
	return Export(w, organizations)
}
