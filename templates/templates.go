// Package templates embeds the texts that people edit: the device documents,
// the pages, the poster, the OpenAPI description, the FreeRADIUS configuration and the demo
// organization. Each folder has one Go file that embeds it.
//
// Templates never escape values themselves. The package that renders a folder
// escapes all values for its format: html/template for the pages, and [Escape]
// with an escaper of their own for the others.
package templates
