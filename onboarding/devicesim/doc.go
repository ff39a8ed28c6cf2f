// Package devicesim is the simulated phone: the adversary of everything else in this project.
//
// Four things live here. [Check] reads a profile the way the device would and says whether it takes it:
// each refusal carries the stable name of a rule, the offending value and what the device does. [Onboard]
// plays a visitor's whole browser journey, from a portal link to a downloaded, checked and reported profile,
// with the headers that real phones send. [Connect] hands the network of an accepted profile to the real
// eapol_test program, with the server-name and trust rules of that platform, and so really authenticates. A [Day] is
// what the access points of a venue then report in RADIUS accounting, with all that goes wrong there.
//
// # Where the rules come from
//
// Android refuses what its ConfigParser and PpsMoParser refuse: the file is base64 of a MIME message whose
// lines are compared byte by byte, holding an OMA-DM tree (Wi-Fi Alliance, Passpoint, PerProviderSubscription
// MO) in which one unknown node is fatal. Apple's devices read a CMS SignedData (RFC 5652) around an XML
// property list whose keys Apple publishes in its device-management schema; the project keeps its own Go
// table of that schema in apple_schema.go. An eap-config file has to suit the geteduroam clients for Linux,
// Windows, Android and iOS at once, and its schema. Windows files follow Microsoft's CarrierControl schemas. The
// settings documents may hold only what the public SDKs let an ordinary app call. iwd's files are read as its
// settings library reads them. The remaining formats follow their own documents: Chromium's ONC,
// wpa_supplicant's and NetworkManager's file formats.
//
// # Stricter than a phone
//
// Some files are taken by a phone and then never work, or do something other than what was meant: two CA
// certificates of which the second silently wins, a password that was not encoded. Those are refused too.
// What a phone takes and does right, though unusually, is accepted with a warning.
//
// The package imports no other package of the project, on purpose. A simulator that shared code with the
// generator could only confirm the generator's mistakes.
package devicesim
