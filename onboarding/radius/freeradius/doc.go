// Package freeradius writes the configuration of the RADIUS server that asks Onramp: a folder with which `freeradius -d FOLDER` starts.
//
// FreeRADIUS ends the phones' tunnels (EAP-TTLS, PEAP) and checks the password inside; what the password is and who may connect it asks over HTTP
// (rlm_rest), and it reports logins and accounting the same way. While Onramp is away it rejects within its time limits and keeps accounting in a
// file, which it replays.
//
// # Quoting
//
// The files are templates (templates/freeradius). Every text that is put into one is printed as a single-quoted word, in which FreeRADIUS
// expands nothing, so that no secret can break out of its place. Its quoting has a gap: a backslash can stand neither at the end of a word nor
// before its quote. Such a text is written in double quotes if that is possible, or refused.
package freeradius
