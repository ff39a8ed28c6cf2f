package links

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"onramp/onboarding"
	"onramp/profiles"
)

const (
	// signedCacheBytes is the most memory for signed documents, about 2,000 of them.
	signedCacheBytes = 16 << 20
	// signedCacheShare is the part of it that one document may take.
	signedCacheShare = 16
	// signedCacheEntry is added for the key and the lists of an entry.
	signedCacheEntry = 400
	// signedCacheIdle is the time after which a document that was not downloaded again is dropped.
	signedCacheIdle = 10 * time.Minute
)

// signedCache holds signed documents in memory, for repeated downloads of an unchanged document. It
// replaces the signature alone: the unsigned document is built for each download, and decides
// whether there is one.
//
// A document holds the Wi-Fi password. Each is therefore encrypted under a key of its own, which is
// derived from a random key of this process, the signer and the unsigned document. So only the same
// unsigned document opens it: a new password, changed settings, another language or a renewed
// signer need no invalidation, and once the credential is replaced or deleted, nothing in the
// process can open the entry.
type signedCache struct {
	processKey []byte
	now        func() time.Time
	most       int // bytes

	mu      sync.Mutex
	entries *simplelru.LRU[signedKey, *signedEntry]
	bytes   int
	hits    int64
	misses  int64
}

// signedKey identifies a document. There is one entry for each, so that a new one replaces it.
type signedKey struct {
	organizationID, customerID string
	platform                   profiles.Platform
}

// purpose binds an encrypted document to its customer and platform.
func (k signedKey) purpose() string {
	return "signed document " + k.organizationID + " " + k.customerID + " " + string(k.platform)
}

// signedEntry is an encrypted document and the time of its last use.
type signedEntry struct {
	sealed []byte
	used   time.Time
}

func (e *signedEntry) size() int { return len(e.sealed) + signedCacheEntry }

func newSignedCache(most int, now func() time.Time) *signedCache {
	c := &signedCache{processKey: make([]byte, onboarding.BoxKeySize), now: now, most: most}
	_, _ = rand.Read(c.processKey) // never fails (crypto/rand)
	// The bytes bound the entries; the library requires a number, too.
	entries, err := simplelru.NewLRU(max(most/signedCacheEntry, 1), func(_ signedKey, e *signedEntry) {
		c.bytes -= e.size()
	})
	if err != nil {
		panic(err) // the number is positive
	}
	c.entries = entries
	return c
}

// box returns the box of an unsigned document that a signer signs.
func (c *signedCache) box(signer string, d *profiles.Document) (*onboarding.Box, error) {
	h := hmac.New(sha256.New, c.processKey)
	h.Write([]byte(signer + "\x00"))
	h.Write(d.Body)
	return onboarding.NewBox(h.Sum(nil))
}

// get returns the signed form of an unsigned document, nil if it is not held. What is held of
// another content is dropped.
func (c *signedCache) get(k signedKey, box *onboarding.Box) []byte {
	c.mu.Lock()
	c.expire()
	e, held := c.entries.Get(k)
	if held {
		e.used = c.now()
	}
	c.mu.Unlock()
	var body []byte
	if held {
		body, _ = box.Open(e.sealed, k.purpose()) // nil for another content
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if body != nil {
		c.hits++
		return body
	}
	c.misses++
	if current, _ := c.entries.Peek(k); held && current == e {
		c.entries.Remove(k)
	}
	return nil
}

// put keeps the signed form of an unsigned document in place of an earlier one.
func (c *signedCache) put(k signedKey, box *onboarding.Box, body []byte) {
	if len(body) > c.most/signedCacheShare {
		return
	}
	e := &signedEntry{sealed: box.Seal(body, k.purpose()), used: c.now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(k)
	c.bytes += e.size() // before Add, which may evict
	c.entries.Add(k, e)
	for c.bytes > c.most {
		c.entries.RemoveOldest()
	}
	c.expire()
}

// expire drops the documents that were not used for long. The caller holds mu.
func (c *signedCache) expire() {
	end := c.now().Add(-signedCacheIdle)
	for {
		if _, e, any := c.entries.GetOldest(); !any || e.used.After(end) {
			return
		}
		c.entries.RemoveOldest()
	}
}

// forget drops documents.
func (c *signedCache) forget(keys ...signedKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		c.entries.Remove(k)
	}
}

// state returns the number of bytes held, and the numbers of documents that were found and not.
func (c *signedCache) state() (bytes int, hits, misses int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, c.hits, c.misses
}
