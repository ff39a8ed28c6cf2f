package templates

import "embed"

// OpenAPI is the description of the HTTP API and the page that shows it. Each *.yaml is a part of one OpenAPI 3.1 document: document.yaml what the
// whole shares, the others a resource each. docs.html is for html/template, docs.css its stylesheet.
//
//go:embed openapi
var OpenAPI embed.FS
