// Package android judges application/x-wifi-config files as the Passpoint installer of Android 9
// and later does.
//
// The rules are those of ConfigParser, PpsMoParser and PasspointConfiguration in the Android Open
// Source Project. The file is base64 of a MIME message, whose lines are compared byte by byte. It
// holds an OMA-DM tree (Wi-Fi Alliance, Passpoint specification, PerProviderSubscription MO) in
// which one unknown node is fatal. Envelope and tree are parsed by hand, because these parsers
// accept other input than any MIME or OMA-DM library.
package android
