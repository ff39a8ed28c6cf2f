// Package onboarding is the domain of Onramp: the words, the rules and the order in which things
// happen when a venue's visitor is put onto secure Wi-Fi.
//
// An Organization (a tenant) declares its policies, its networks and its locations. A Customer
// registers by accepting the mandatory policies; each acceptance is a Consent in an append-only
// ledger. The customer gets one Credential, and any number of profiles are built from it. An
// Activation is the short-lived capability by which a browser fetches them; an Installation is an
// app's or a browser's claim that a phone took one. Later FreeRADIUS asks who may connect, and
// its accounting becomes Sessions, Visits and Stations.
//
// Service holds every decision. It asks for storage through the small interfaces of store.go,
// which onboarding/store implements and onboarding/storetest pins down, and for signatures
// through Signer. It knows neither HTTP nor SQL.
//
// Errors that a caller may see are *Error values with a Kind; any other error is internal, to be
// logged and never sent.
package onboarding
