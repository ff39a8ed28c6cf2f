// Package freeradius writes the configuration of a FreeRADIUS server for Onramp: a folder with
// which `freeradius -d FOLDER` starts.
//
// FreeRADIUS terminates the phones' tunnels (EAP-TTLS, PEAP) and verifies the password inside. It
// requests the password and the decision over HTTP (rlm_rest), and reports logins and accounting
// the same way. While Onramp is unavailable, it rejects within its time limits and keeps accounting
// records in a file, which it sends later.
//
// # Resumed sessions
//
// FreeRADIUS keeps the TLS sessions of accepted devices in its memory (rlm_cache), with the Class
// and the user name of each. A device that resumes one skips the tunnel; Onramp decides by the same
// rules, with the Class in place of the password (radius.AAA.Resume). Files of sessions
// (persist_dir) would be written before an authentication, so that anybody could fill the disk.
//
// # Quoting
//
// The files are templates (templates/freeradius). Every text value is printed as a single-quoted
// word, in which FreeRADIUS expands nothing, so that no secret can change the configuration. Its
// quoting cannot express a backslash at the end of a word or before a quote. Such a text is printed
// in double quotes if that is possible, or refused.
package freeradius
