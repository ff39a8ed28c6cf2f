// Package brand holds the pure rules of a tenant's brand: which SVG logos are accepted and in which
// form they are served, and which colours an accent becomes on light and on dark pages.
//
// A logo is never passed on as it was given. It is parsed, checked against a list of allowed
// elements and attributes, and written anew from the parsed tree, so that a browser never reads
// text that this package has read differently.
package brand
