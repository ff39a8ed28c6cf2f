// Package xmldoc parses XML 1.0 (and 1.1 where allowed) into a tree, resolves namespaces, matches
// content models as XML Schema writes them, and implements Canonical XML 1.0 and Exclusive XML
// Canonicalization (W3C, 2001 and 2002).
//
// The parser is stricter than encoding/xml: it refuses documents that are not well-formed, resolves
// only the five predefined entities, and bounds the cost of hostile documents. It is written by
// hand because it is the second opinion on documents that libraries write and sign.
package xmldoc
