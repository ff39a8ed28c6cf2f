// Package judge holds the vocabulary of the simulated phone's verdicts: [Verdict], [Finding],
// [Rule], and the [View] and [Network] that a device reads from an accepted profile. It also holds
// the few helpers that several formats share.
//
// The packages below it implement one format each, as a [Checker]: android, apple, windows,
// eapconfig, wpasupplicant, networkmanager, iwd, onc and settings. Package platforms selects the
// checker by platform name. xmldoc, jsondoc and java are their parsers; judgetest holds their
// fixtures.
//
// # Where the rules come from
//
// Each format package names its sources: the platform's own parser, the vendor's schema or the RFC.
//
// # Stricter than a phone
//
// A phone accepts some files that then never work, or that do something other than intended: two CA
// certificates of which the last silently wins, or a password that is not encoded. Such files are
// refused as well. A file that is unusual but works is accepted with a warning.
//
// # Written by hand
//
// XML parsing and canonicalisation, CMS and the Android envelope are written by hand here, although
// libraries exist. Package profiles and package signing use those libraries; these packages are a
// second, independent opinion on their output. They import no other package of Onramp.
package judge
