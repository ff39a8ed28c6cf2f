// Package web holds the parts of an HTTP handler that the API, the visitor's pages and FreeRADIUS's
// routes share.
//
// A [Route] is one line of the server's table of routes. The server calls [Begin] before a route's
// handler runs; the handler then reads the caller, the path, the query and the body from the
// request's context, within the limits of its route, and answers with [Send] or returns an error.
// [Translate] is the one mapping of errors to HTTP statuses.
//
// A JSON body is one object of RFC 7493's kind (I-JSON): UTF-8, no lone surrogate, no member given
// twice. Names are compared exactly, null counts as absent, and unknown members are skipped.
package web
