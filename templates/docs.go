package templates

import "embed"

// Docs holds the documentation that a deployment serves under /docs: docs/*.html for html/template,
// docs/docs.css and docs/reference.js as they are sent, docs/swagger-ui the unchanged files of an
// npm package (SHA256SUMS has its name and version), and guides/*.md a guide each. A new guide is a
// new file.
//
//go:embed docs guides
var Docs embed.FS
