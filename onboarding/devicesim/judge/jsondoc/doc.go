// Package jsondoc parses a JSON document (RFC 8259) into a tree and compares objects with the
// members that a format allows.
package jsondoc
