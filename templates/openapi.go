package templates

import "embed"

// OpenAPI contains the description of the HTTP API and the page that shows it.
// All *.yaml files together are one OpenAPI 3.1 document: document.yaml holds the
// shared parts, and each other file one resource. docs.html is a template for
// html/template, and docs.css its stylesheet.
//
//go:embed openapi
var OpenAPI embed.FS
