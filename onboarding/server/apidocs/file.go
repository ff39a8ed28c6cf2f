package apidocs

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The Content-Security-Policy of pages. Swagger UI sends requests to this server only, and its
// stylesheet holds images as data: addresses.
const (
	textPolicy      = "default-src 'none'; style-src 'self'; img-src data:; " + strictEnd
	referencePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
		strictEnd
	strictEnd = "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)

// Values of Cache-Control.
const (
	revalidate = "public, no-cache"
	keep       = "public, max-age=31536000, immutable"
	never      = "no-store"
)

// file is one response body, the same for every client.
type file struct {
	contentType string
	content     []byte
	tag         string // the ETag
	cache       string
	policy      string // the Content-Security-Policy of a page
}

func newFile(contentType string, content []byte) *file {
	sum := sha256.Sum256(content)
	return &file{
		contentType: contentType, content: content, cache: revalidate,
		tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`,
	}
}

// serve answers with the file, or with 304 for a client that has it. Ranges are not supported.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	f.setHeader(w.Header())
	w.Header().Set("ETag", f.tag)
	// ServeContent compares ETags (RFC 9110, section 13.1.2). It is given no other header of the
	// request, so that it serves no ranges.
	conditional := &http.Request{Method: r.Method, Header: http.Header{}}
	if known := r.Header.Values("If-None-Match"); len(known) > 0 {
		conditional.Header.Set("If-None-Match", strings.Join(known, ", "))
	}
	http.ServeContent(unranged{w}, conditional, "", time.Time{}, bytes.NewReader(f.content))
}

func (f *file) serveMissing(w http.ResponseWriter) {
	f.setHeader(w.Header())
	w.Header().Set("Cache-Control", never)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.content)))
	w.WriteHeader(http.StatusNotFound)
	w.Write(f.content) //nolint:errcheck // the client is gone
}

func (f *file) setHeader(header http.Header) {
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", f.cache)
	if f.policy != "" {
		header.Set("Content-Security-Policy", f.policy)
		header.Set("X-Frame-Options", "DENY")
	}
}

// unranged removes the Accept-Ranges header that ServeContent sets.
type unranged struct{ http.ResponseWriter }

func (w unranged) WriteHeader(status int) {
	w.Header().Del("Accept-Ranges")
	w.ResponseWriter.WriteHeader(status)
}
