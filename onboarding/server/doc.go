// Package server serves HTTP: the API, the visitor's pages, FreeRADIUS's routes and the operator's
// listener.
//
// # From a request to an answer
//
// routes.go is the table of routes: method, pattern, handler, callers, scope and the limit of the
// body. Every listener has the same middleware: observe assigns an ID, measures, logs and recovers
// panics; guard enforces the table. A handler decodes its input (bind.go for a body, web.QueryOf
// for parameters), calls one use case, and answers with web.Send or returns an error. Package pages
// serves the visitor's pages, package aaa the routes of FreeRADIUS; package web holds the parts
// that they share with the API. A file has the name of the noun that its routes serve.
//
// # Validation
//
// The server checks the form of a request: JSON, the types of members, roles and scopes. The use
// cases validate values and decide which caller may access which customer. web.Translate is the
// only place that maps errors to statuses.
//
// # The description
//
// /openapi.yaml and /docs are generated from templates/openapi, and /schema/tenant.json and
// /docs/tenant-keys from the tables of keys in package tenantfile. Tests compare the description
// with the table of routes, and validate every answer of every test against it
// (openapi_answers_test.go), so a new route or member must be described first.
//
// # JSON
//
// A body is one JSON object of RFC 7493's kind (I-JSON): UTF-8, no lone surrogate, no repeated
// member. Names are compared exactly. A member that is null counts as absent, because SDKs write
// null for unknown values. Unknown members are ignored.
package server
