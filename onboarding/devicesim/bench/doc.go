// Package bench measures Onramp on this machine against its ceilings: it starts the real program,
// and FreeRADIUS and PostgreSQL where they are installed, on private ports and in a temporary
// folder. [Run] returns one [Row] a figure. Where a ceiling is a rate or a time, both sides run in
// one run on the same cores, in short alternating rounds, and the medians are compared; package
// ceiling holds the programs of the other side.
//
// # Decisions
//
// A row whose parts are missing is reported as not run, never as a number. Reason: a reader cannot
// distinguish a number that was made up from a measured one.
//
// The ratio of a row is the quotient of the medians that it shows. Reason: readers can check it.
package bench
