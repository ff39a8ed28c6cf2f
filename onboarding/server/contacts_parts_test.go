package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"onramp/onboarding"
)

// TestLargePage checks that a page of several parts has the same contacts as a scroll of small
// pages, in both directions, and that its sId goes on after its last contact.
func TestLargePage(t *testing.T) {
	h := newHouse(t)
	const all = 2*contactsAtOnce + 100
	enrolMany(t, h, all)
	ask := func(query string) *answer {
		t.Helper()
		return h.get(searchPath+"?"+query, h.manager)
	}
	for _, order := range []string{
		"", "&sortBy=email", "&sortBy=created&sortReverse=true", "&hasEmail=true&sortBy=gender",
	} {
		var small []string
		for page := ask("size=300" + order); ; page = ask("sid=" + page.text("sId")) {
			small = append(small, page.cids()...)
			if _, more := page.json["sId"]; !more {
				break
			}
		}
		whole := ask("size=10000" + order)
		if whole.json["count"] != float64(all) || whole.json["totalCount"] != float64(all) || whole.json["sId"] != nil {
			t.Errorf("%s: count %v of %v, sId %v", order, whole.json["count"], whole.json["totalCount"],
				whole.json["sId"])
		}
		if !slices.Equal(whole.cids(), small) {
			t.Errorf("%s: one page of %d differs from the pages of 300", order, len(whole.cids()))
		}
		for _, size := range []int{contactsAtOnce, contactsAtOnce + 1, 2 * contactsAtOnce} {
			first := ask("size=" + strconv.Itoa(size) + order)
			rest := ask("sid=" + first.text("sId"))
			if got := slices.Concat(first.cids(), rest.cids()); first.json["count"] != float64(size) ||
				!slices.Equal(got, small[:len(got)]) {
				t.Errorf("%s: pages of %d have %v contacts, and differ from the pages of 300", order, size,
					first.json["count"])
			}
		}
	}
}

// TestCompressedAnswers checks the codings of a long answer, and that errors come as they are.
func TestCompressedAnswers(t *testing.T) {
	h := newHouse(t)
	enrolMany(t, h, 100)
	for _, tt := range []struct{ accept, coding string }{
		{"", ""}, {"identity", ""}, {"br", ""}, {"gzip", "gzip"}, {"zstd", "zstd"}, {"gzip, zstd", "zstd"},
		{"zstd;q=0, gzip", "gzip"}, {"gzip;q=0", ""},
	} {
		for query, status := range map[string]int{"": http.StatusOK, "?size=0": http.StatusConflict} {
			r := httptest.NewRequest(http.MethodGet, searchPath+query, nil)
			r.Header.Set("Authorization", "Bearer "+h.manager)
			r.Header.Set("Accept-Encoding", tt.accept)
			w := httptest.NewRecorder()
			h.server.API().ServeHTTP(w, r)
			coding := tt.coding
			if status != http.StatusOK {
				coding = ""
			}
			if w.Code != status || w.Header().Get("Content-Encoding") != coding ||
				!strings.Contains(w.Header().Get("Vary"), "Accept-Encoding") {
				t.Errorf("%q %q: %d %v", tt.accept, query, w.Code, w.Header())
			}
			if length := w.Header().Get("Content-Length"); coding != "" && length != "" {
				t.Errorf("%q: a compressed answer has the length %s", tt.accept, length)
			}
			var body struct {
				Customers []any  `json:"customers"`
				Field     string `json:"field"`
			}
			if err := json.Unmarshal(decoded(t, coding, w.Body.Bytes()), &body); err != nil {
				t.Fatalf("%q %q: %v", tt.accept, query, err)
			}
			if status == http.StatusOK && len(body.Customers) != 100 ||
				status != http.StatusOK && body.Field != "size" {
				t.Errorf("%q %q: %d contacts, field %q", tt.accept, query, len(body.Customers), body.Field)
			}
		}
	}
}

func decoded(t testing.TB, coding string, body []byte) []byte {
	t.Helper()
	var from io.Reader = bytes.NewReader(body)
	var err error
	switch coding {
	case "gzip":
		from, err = gzip.NewReader(from)
	case "zstd":
		from, err = zstd.NewReader(from)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tearingStore fails to read the second part of a page.
type tearingStore struct {
	onboarding.Store
	reads *int
}

func (s tearingStore) Contacts(
	ctx context.Context, q *onboarding.ContactQuery,
) ([]*onboarding.Customer, *onboarding.ContactPosition, error) {
	if *s.reads++; *s.reads == 2 {
		return nil, nil, errors.New("disk on fire")
	}
	return s.Store.Contacts(ctx, q)
}

// TestTornPage checks that a client notices an answer that ends before its last part, in every
// coding.
func TestTornPage(t *testing.T) {
	for _, coding := range []string{"identity", "gzip", "zstd"} {
		reads := 0
		h := newHouseOn(t, tearingStore{openSQLite(t), &reads}, nil)
		enrolMany(t, h, contactsAtOnce+100)
		served := httptest.NewServer(h.server.API())
		t.Cleanup(served.Close)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, served.URL+searchPath+"?size=10000", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+h.manager)
		r.Header.Set("Accept-Encoding", coding)
		response, err := http.DefaultClient.Do(r)
		if err != nil { // nothing was sent yet
			continue
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err == nil {
			t.Errorf("%s: the answer seems complete: %d, %d bytes", coding, response.StatusCode, len(body))
		}
		if reads != 2 {
			t.Errorf("%s: %d reads", coding, reads)
		}
	}
}
