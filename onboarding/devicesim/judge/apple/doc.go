// Package apple judges .mobileconfig files as the profile installers of iOS and macOS do.
//
// A file is a CMS SignedData (RFC 5652) around an XML property list. The keys are those of Apple's
// device-management schema, restated in schema.go. CMS is verified with encoding/asn1 rather than a
// CMS library, because package signing uses one and this is the second opinion on its signatures.
package apple
