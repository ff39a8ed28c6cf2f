package bench

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// filled is a data folder with contacts that `onramp seed` made.
type filled struct {
	data         string
	organization string
	// bytes is the size that the contacts added to the database.
	bytes int64
}

// fill returns the data folder with contacts, which all rows of a run share.
func (s *scene) fill() (*filled, error) {
	if s.filled != nil {
		return s.filled, nil
	}
	data := filepath.Join(s.folder, "contacts")
	f, err := s.empty(data)
	if err != nil {
		return nil, err
	}
	if f.bytes, err = s.seed(f, s.Contacts); err != nil {
		return nil, err
	}
	s.filled = f
	return f, nil
}

// empty makes a data folder without contacts.
func (s *scene) empty(data string) (*filled, error) {
	o, err := s.serve(data)
	if err != nil {
		return nil, err
	}
	o.stop()
	return &filled{data: data, organization: o.demo.OrganizationID}, nil
}

// seed adds contacts and returns the bytes that they added to the database. No serve may run.
func (s *scene) seed(f *filled, n int) (int64, error) {
	before, err := databaseBytes(f.data)
	if err != nil {
		return 0, err
	}
	if _, err := s.output(s.Onramp, "seed", "--data", f.data, "--organization", f.organization, "--contacts",
		strconv.Itoa(n)); err != nil {
		return 0, err
	}
	after, err := databaseBytes(f.data)
	return after - before, err
}

// databaseBytes returns the size of the SQLite files of a data folder.
func databaseBytes(data string) (total int64, err error) {
	files, err := filepath.Glob(filepath.Join(data, "onramp.db*"))
	if err != nil {
		return 0, err
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}

// contacts is the beginning of a page of contacts.
type contacts struct {
	TotalCount int    `json:"totalCount"`
	SID        string `json:"sId"`
}

func (o *onramp) contacts(query string) (*contacts, time.Duration, error) {
	var page contacts
	start := time.Now()
	err := o.call(&page, http.StatusOK, http.MethodGet,
		"/v2/customers/organizations/"+o.demo.OrganizationID+"?"+query, "", o.manager...)
	return &page, time.Since(start), err
}

// filters are those of which any two are combined.
var filters = []string{"hasEmail=true", "emailVerified=false", "hasPhone=true", "phoneVerified=true",
	"mktgCommunications=true", "createdStart=" + url.QueryEscape("2025-06-01T00:00:00Z")}

// filtered measures the first page of 100, newest first, with its total, of any two filters, beside
// count(*) over the narrowest index. The slowest pair counts.
func filtered(s *scene) (*sides, error) {
	f, err := s.fill()
	if err != nil {
		return nil, err
	}
	o, err := s.serve(f.data)
	if err != nil {
		return nil, err
	}
	bare, err := s.ceiling("--file", filepath.Join(f.data, "onramp.db"))
	if err != nil {
		return nil, err
	}
	var slowest float64
	var worst, ratios []string
	var count float64
	for i, one := range filters {
		for _, other := range filters[i+1:] {
			total := 0
			ours, beside, err := alternate(s.pick(9, 5), func() (float64, error) {
				page, took, err := o.contacts("sortBy=created&sortReverse=true&" + one + "&" + other)
				total = page.TotalCount
				return milliseconds(took), err
			}, func() (float64, error) {
				start := time.Now()
				_, err := o.send(s.ctx, http.StatusOK, http.MethodGet, bare+"/count?organization="+f.organization, "")
				return milliseconds(time.Since(start)), err
			})
			if err != nil {
				return nil, err
			}
			ratios = append(ratios, fmt.Sprintf("%.2f", ours/beside))
			if slowest == 0 || ours/beside > slowest/count {
				slowest, count = ours, beside
				worst = []string{name(one), name(other), strconv.Itoa(total)}
			}
		}
	}
	return &sides{
		measured: Figure{slowest, "ms"}, beside: Figure{count, "ms"},
		note: fmt.Sprintf("slowest: %s and %s, %s of %d contacts; all pairs: %s", worst[0], worst[1], worst[2],
			s.Contacts, strings.Join(ratios, ", ")),
	}, nil
}

func name(filter string) string {
	name, _, _ := strings.Cut(filter, "=")
	return name
}

// pages measures the last pages of 100 of all contacts, beside the first ones.
func pages(s *scene) (*sides, error) {
	f, err := s.fill()
	if err != nil {
		return nil, err
	}
	o, err := s.serve(f.data)
	if err != nil {
		return nil, err
	}
	const few = 15 // pages at each end
	var first, last []float64
	for range s.rounds() {
		var took []float64
		for query := "size=100"; query != ""; {
			page, t, err := o.contacts(query)
			if err != nil {
				return nil, err
			}
			took = append(took, milliseconds(t))
			if query = ""; page.SID != "" {
				query = "sid=" + url.QueryEscape(page.SID)
			}
		}
		if len(took) < 3*few {
			return nil, fmt.Errorf("only %d pages", len(took))
		}
		first = append(first, took[1:1+few]...) // the first counts all contacts as well
		last = append(last, took[len(took)-1-few:len(took)-1]...)
	}
	return &sides{
		measured: Figure{median(last), "ms"}, beside: Figure{median(first), "ms"},
		note: fmt.Sprintf("%d contacts by ID", s.Contacts),
	}, nil
}

// largePages measures the peak of serve's resident memory while it answers pages of 10,000, beside
// pages of 100.
func largePages(s *scene) (*sides, error) {
	f, err := s.fill()
	if err != nil {
		return nil, err
	}
	peak := func(size, requests int) func() (float64, error) {
		return func() (float64, error) {
			o, err := s.serve(f.data)
			if err != nil {
				return 0, err
			}
			defer o.stop()
			if err := resetPeak(o.Process.Pid); err != nil {
				return 0, err
			}
			for range requests {
				if _, _, err := o.contacts("size=" + strconv.Itoa(size)); err != nil {
					return 0, err
				}
			}
			_, most, err := resident(o.Process.Pid)
			return most, err
		}
	}
	large, small, err := alternate(s.rounds(), peak(10_000, 5), peak(100, 200))
	return &sides{measured: Figure{large, "MiB"}, beside: Figure{small, "MiB"}}, err
}

// seeds measures contacts that `onramp seed` creates, its start and end included, beside
// registrations one at a time.
func seeds(s *scene) (*sides, error) {
	f, err := s.empty(s.path("seeded"))
	if err != nil {
		return nil, err
	}
	o, err := s.serve(s.path("data"))
	if err != nil {
		return nil, err
	}
	n, each, turn := s.pick(10_000, 4000), s.pick(1000, 400), 0
	seeded, registered, err := alternate(s.rounds(), func() (float64, error) {
		start := time.Now()
		_, err := s.seed(f, n)
		return float64(n) / time.Since(start).Seconds(), err
	}, func() (float64, error) {
		turn++
		return drive(1, each, func(i int) error {
			return o.register(nil, fmt.Sprintf("s%d.", turn), i)
		})
	})
	return &sides{measured: Figure{seeded, "contacts/s"}, beside: Figure{registered, "registrations/s"}}, err
}

// starts measures the time until serve answers on a database with contacts, beside one without.
func starts(s *scene) (*sides, error) {
	f, err := s.fill()
	if err != nil {
		return nil, err
	}
	none, err := s.empty(s.path("empty"))
	if err != nil {
		return nil, err
	}
	side := func(data string) func() (float64, error) {
		return func() (float64, error) {
			o := &onramp{scene: s, data: data, client: newClient()}
			start := time.Now()
			err := o.launch()
			took := milliseconds(time.Since(start))
			if err == nil {
				o.stop()
			}
			return took, err
		}
	}
	full, empty, err := alternate(s.pick(9, 5), side(f.data), side(none.data))
	return &sides{
		measured: Figure{full, "ms"}, beside: Figure{empty, "ms"}, note: fmt.Sprintf("%d contacts", s.Contacts),
	}, err
}

// idleLimit is the resident memory in MiB that an idle serve may take.
const idleLimit = 64

// idle measures the resident memory of a serve without requests, some seconds after its start.
func idle(s *scene) (*sides, error) {
	f, err := s.fill()
	if err != nil {
		return nil, err
	}
	o, err := s.serve(f.data)
	if err != nil {
		return nil, err
	}
	var samples []float64
	for range s.pick(10, 5) {
		select {
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		case <-time.After(time.Second):
		}
		now, _, err := resident(o.Process.Pid)
		if err != nil {
			return nil, err
		}
		samples = append(samples, now)
	}
	return &sides{
		measured: Figure{median(samples), "MiB"}, beside: Figure{idleLimit, "MiB"},
		note: fmt.Sprintf("%d contacts", s.Contacts),
	}, nil
}

// contactBytes is the size in bytes that a contact takes in a table without any care for space.
const contactBytes = 3000

// disk measures the growth of the SQLite file for each contact that `onramp seed` made.
func disk(s *scene) (*sides, error) {
	f, err := s.fill()
	if err != nil {
		return nil, err
	}
	return &sides{
		measured: Figure{float64(f.bytes) / float64(s.Contacts), "bytes"}, beside: Figure{contactBytes, "bytes"},
		note: "with consents, credential, event, audit and search terms",
	}, nil
}
