package bench

// measurements are the rows of the table in their order.
var measurements = []measurement{
	{
		name: "profiles-rsa", what: "signed iOS profiles over HTTP, each of another customer, RSA-2048",
		beside: "bare crypto/rsa on all cores", target: 0.85, run: profiles("rsa2048", 1500, 400),
	},
	{
		name: "profiles-p256", what: "the same with P-256", beside: "bare crypto/ecdsa on all cores", target: 0.30,
		run: profiles("p256", 6000, 1500),
	},
	{
		name: "journeys", what: "whole journeys of iPhones, RSA-2048", beside: "bare crypto/rsa on all cores",
		target: 0.40, run: journeys,
	},
	{
		name: "registrations-sqlite", what: "registrations over HTTP, 64 at a time, SQLite",
		beside: "Echo with one group-committed insert", target: 0.40, run: registrations(onSQLite),
	},
	{
		name: "registrations-postgresql", what: "registrations over HTTP, 64 at a time, PostgreSQL",
		beside: "Echo with one insert, on as many connections", target: 0.40, run: registrations(onPostgreSQL),
	},
	{
		name: "authorize", what: "FreeRADIUS's authorize requests, 64 at a time",
		beside: "Echo with one prepared read by primary key", target: 0.60, run: authorizations,
	},
	{
		name: "accounting-sqlite", what: "accounting records, 64 at a time, SQLite",
		beside: "Echo with one group-committed insert", target: 0.40, run: accounting(onSQLite),
	},
	{
		name: "accounting-postgresql", what: "accounting records, 64 at a time, PostgreSQL",
		beside: "Echo with one insert, on as many connections", target: 0.40, run: accounting(onPostgreSQL),
	},
	{
		name: "freeradius-mschapv2", what: "FreeRADIUS's processor time of a full EAP-TTLS/MSCHAPv2 handshake",
		beside: "the same with its own module files", target: 1.15, atMost: true, run: handshakes("MSCHAPV2"),
	},
	{
		name: "freeradius-pap", what: "FreeRADIUS's processor time of a full EAP-TTLS/PAP handshake",
		beside: "the same with its own module files", target: 1.15, atMost: true, run: handshakes("PAP"),
	},
	{
		name: "returning", what: "processor time of FreeRADIUS and serve for a returning phone",
		beside: "a full authentication", target: 0.40, atMost: true, run: returns,
	},
	{
		name: "filters", what: "first page of 100 with its total, any two filters",
		beside: "count(*) by the narrowest index", target: 2, atMost: true, run: filtered,
	},
	{
		name: "pages", what: "a page of 100 at the end", beside: "at the start", target: 1.2, atMost: true, run: pages,
	},
	{
		name: "large-pages", what: "peak of memory with pages of 10,000", beside: "with pages of 100", target: 1.5,
		atMost: true, run: largePages,
	},
	{
		name: "seed", what: "contacts that `onramp seed` makes", beside: "registrations over HTTP, one at a time",
		target: 5, run: seeds,
	},
	{
		name: "start", what: "start of serve with contacts", beside: "without contacts", target: 1.5,
		atMost: true, run: starts,
	},
	{
		name: "idle", what: "resident memory of an idle serve", beside: "64 MiB", target: 1, atMost: true, run: idle,
	},
	{
		name: "disk", what: "disk for a contact, SQLite", beside: "3,000 bytes", target: 0.6, atMost: true, run: disk,
	},
	{
		name: "p99", what: "p99 of registrations at 70 % of the highest rate", beside: "p50", target: 10, atMost: true,
		run: waits,
	},
}
