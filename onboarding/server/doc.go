// Package server is everything that speaks HTTP: the API, the pages for browsers, the RADIUS side and the operator's
// own listener.
//
// # From a request to an answer
//
// routes.go is the one table of what can be asked: method, pattern, handler, and beside each who may ask, with which
// scope and how large a body. mount puts the same middleware around every listener: observe gives the request an ID, measures it,
// logs it and catches what panics; guard holds the table's rules. What is left is the handler's: it binds
// (bind.go for a body, query.go for parameters), calls one method of onboarding.Service, and responds (respond.go).
//
// # What is refused where
//
// The server knows the form of a request: that a body is JSON, that a member is a text. It knows roles and scopes. What a value
// may be, and whose customer may be seen by whom, is decided by the Service, which checks again. Nothing but respond.go
// turns an error into a status.
//
// # What is told of it
//
// /openapi.yaml and /docs are made of templates/openapi. Tests hold the description against the table, and every answer of every test against
// the description (openapi_answers_test.go): a new route or member is described first.
//
// # What JSON means here
//
// A body is one JSON object of RFC 7493's kind (I-JSON): UTF-8, no lone surrogate, no member given twice; anything else is malformed. Names are
// compared exactly. A member that is null counts as not given, for SDKs write null for what they do not know. A member that is not known is
// ignored.
package server
