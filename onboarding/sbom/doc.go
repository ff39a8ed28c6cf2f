// Package sbom describes the software that a build of Onramp contains: a bill of materials in
// CycloneDX 1.6 and the texts of the licences.
//
// Both come from the record that Go keeps in each program: the modules that are linked into it,
// with their versions and the hashes of go.sum, so they describe the program at hand.
package sbom
