package links

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/profiles"
)

// shelf is a small cache with a clock that the test moves.
type shelf struct {
	*testing.T
	*signedCache
	clock time.Time
}

func newShelf(t *testing.T, most int) *shelf {
	s := &shelf{T: t, clock: time.Unix(1e9, 0)}
	s.signedCache = newSignedCache(most, func() time.Time { return s.clock })
	return s
}

// boxOf returns the box of a document with that unsigned content.
func (s *shelf) boxOf(signer, unsigned string) *onboarding.Box {
	s.Helper()
	box, err := s.box(signer, &profiles.Document{Body: []byte(unsigned)})
	if err != nil {
		s.Fatal(err)
	}
	return box
}

func keyOf(customer string) signedKey { return signedKey{"org", customer, profiles.IOS} }

// has checks which of the customers' documents are held, without using them.
func (s *shelf) has(want ...string) {
	s.Helper()
	var got []string
	for _, k := range s.entries.Keys() {
		got = append(got, k.customerID)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		s.Errorf("held are %v, want %v", got, want)
	}
	sum := 0
	for _, e := range s.entries.Values() {
		sum += e.size()
	}
	if sum != s.bytes || s.bytes > s.most {
		s.Errorf("%d bytes are held, counted as %d, the most is %d", sum, s.bytes, s.most)
	}
}

// TestSignedCacheOpensForTheSameDocument: only the same unsigned document, signer, customer and
// platform find a signed document, and what is held shows nothing of it.
func TestSignedCacheOpensForTheSameDocument(t *testing.T) {
	s := newShelf(t, 1<<20)
	k, signed := keyOf("anna"), []byte("signed: the password is sesame")
	s.put(k, s.boxOf("chain", "password sesame"), signed)
	if got := s.get(k, s.boxOf("chain", "password sesame")); !bytes.Equal(got, signed) {
		t.Errorf("found %q", got)
	}
	e, _ := s.entries.Peek(k)
	if bytes.Contains(e.sealed, []byte("sesame")) || bytes.Contains(e.sealed, []byte("signed")) {
		t.Error("the password is in memory in the clear")
	}
	for name, other := range map[string]*onboarding.Box{
		"another password": s.boxOf("chain", "password simsim"),
		"another signer":   s.boxOf("renewed", "password sesame"),
		"another process":  newShelf(t, 1<<20).boxOf("chain", "password sesame"),
	} {
		s.put(k, s.boxOf("chain", "password sesame"), signed)
		if got := s.get(k, other); got != nil {
			t.Errorf("%s finds %q", name, got)
		}
		s.has() // dropped
	}
	s.put(k, s.boxOf("chain", "password sesame"), signed)
	for _, other := range []signedKey{
		{"other", "anna", profiles.IOS}, {"org", "berta", profiles.IOS}, {"org", "anna", profiles.MacOS},
	} {
		if got := s.get(other, s.boxOf("chain", "password sesame")); got != nil {
			t.Errorf("%v finds %q", other, got)
		}
		moved, _ := s.entries.Peek(k)
		s.entries.Add(other, moved) // as if two rows were exchanged
		if got := s.get(other, s.boxOf("chain", "password sesame")); got != nil {
			t.Errorf("a document that was moved to %v opens", other)
		}
		s.bytes += moved.size() // the move did not count it
	}
	if bytes, hits, misses := s.state(); hits != 1 || misses != 9 || bytes != s.bytes {
		t.Errorf("%d bytes, %d hits, %d misses", bytes, hits, misses)
	}
}

// TestSignedCacheIsBounded: beyond the bytes, the document that was used least recently is dropped;
// a document that is too large is not held.
func TestSignedCacheIsBounded(t *testing.T) {
	const each = 600
	s := newShelf(t, 20*(each+28+signedCacheEntry))
	body, box := make([]byte, each), s.boxOf("chain", "x")
	for n := range 20 {
		s.put(keyOf(fmt.Sprintf("%02d", n)), box, body)
	}
	s.get(keyOf("00"), box)
	s.put(keyOf("20"), box, body)
	s.put(keyOf("20"), box, body)
	if _, held := s.entries.Peek(keyOf("00")); !held {
		t.Error("the document that was just used is dropped")
	}
	if _, held := s.entries.Peek(keyOf("01")); held || s.entries.Len() != 20 {
		t.Errorf("the oldest document is held: %t, of %d", held, s.entries.Len())
	}
	s.put(keyOf("large"), box, make([]byte, s.most/signedCacheShare+1))
	if _, held := s.entries.Peek(keyOf("large")); held {
		t.Error("a document of more than its share is held")
	}
	for n := range 500 {
		s.put(keyOf(fmt.Sprint("many", n)), box, make([]byte, n))
		if s.bytes > s.most {
			t.Fatalf("%d bytes are held, the most is %d", s.bytes, s.most)
		}
	}
}

// TestSignedCacheDrops: documents that are not used, or that are to be forgotten, are dropped.
func TestSignedCacheDrops(t *testing.T) {
	s := newShelf(t, 1<<20)
	box := s.boxOf("chain", "x")
	for _, name := range []string{"anna", "berta", "carla"} {
		s.put(keyOf(name), box, []byte(name))
	}
	s.forget(keyOf("anna"), keyOf("nobody"))
	s.has("berta", "carla")
	s.clock = s.clock.Add(signedCacheIdle - time.Second)
	if s.get(keyOf("berta"), box) == nil {
		t.Error("dropped too early")
	}
	s.clock = s.clock.Add(2 * time.Second)
	s.put(keyOf("dora"), box, []byte("dora"))
	s.has("berta", "dora")
	s.clock = s.clock.Add(signedCacheIdle)
	if s.get(keyOf("berta"), box) != nil {
		t.Error("found after its time")
	}
	s.has()
}

// TestSignedCacheAtOnce uses one cache from many goroutines.
func TestSignedCacheAtOnce(t *testing.T) {
	s := newShelf(t, 50*1024)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for n := range 300 {
				k := keyOf(fmt.Sprint(n % 70))
				unsigned := fmt.Sprint(n%70, "generation", n/100)
				box, err := s.box("chain", &profiles.Document{Body: []byte(unsigned)})
				if err != nil {
					t.Error(err)
				}
				if got := s.get(k, box); got == nil {
					s.put(k, box, bytes.Repeat([]byte(unsigned), 40))
				} else if !bytes.HasPrefix(got, []byte(unsigned)) {
					t.Errorf("%s finds %q", unsigned, got[:30])
				}
				if n%50 == g {
					s.forget(k)
				}
			}
		})
	}
	all.Wait()
	if bytes, hits, misses := s.state(); bytes > s.most || hits+misses != 8*300 {
		t.Errorf("%d bytes, %d hits, %d misses", bytes, hits, misses)
	}
}
