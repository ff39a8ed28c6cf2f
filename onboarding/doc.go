// Package onboarding holds the vocabulary of Onramp: its nouns, the storage contract, the error
// kinds, and the parsers of names, numbers and times that all use cases share. The business rules
// are in the use cases below it.
//
// # The nouns
//
// An Organization (a tenant) declares its policies, Wi-Fi networks, locations and segments. A
// visitor becomes a Customer by accepting the mandatory policies; each decision is a Consent in an
// append-only ledger. A customer has one Credential. A Link allows a browser to download profiles
// that contain it; an Installation reports that a phone installed one. A Device is a phone as
// described by the venue's app.
//
// From then on FreeRADIUS authenticates the phone and reports its Connections. A Station is a
// phone as seen by access points. Connections that follow each other form a Visit; the visits of a
// customer are counted in a Tally, from which Metrics and Segments are computed. Operators see
// customers as contacts, and their history as Events.
//
// # The use cases
//
// Each use case is a package with its own small Store interface:
//
//   - access authenticates client keys, checks proofs of a customer, enforces limits, and seals
//     the cursors of lists.
//   - registration registers, updates, checks, locks and deletes customers.
//   - links makes links, builds and signs profiles, and records installations.
//   - radius authorizes logins, merges accounting records into connections, and ends connections.
//     radius/freeradius writes FreeRADIUS's configuration, radius/disconnect sends the requests,
//     radius/eap authenticates as a phone does.
//   - visits derives visits, metrics and segments from connections and consents.
//   - contacts searches and shows customers, their events and connections, and exports them.
//   - forecast predicts which of the profiles on phones accept another RADIUS certificate; trust
//     holds the rules of the platforms.
//   - connectivity answers whether a person is connected and, if not, why.
//   - statistics counts events by time, location and platform.
//   - tenant checks, plans and applies the declarations of organizations; tenantfile reads and
//     writes their YAML.
//
// Package deployment opens all of them on one database. The adapters around them are server (HTTP),
// store (SQLite and PostgreSQL), doctor (diagnosis), and datafolder (files). devicesim is a
// simulated phone that checks everything independently.
//
// A request passes through the code in one direction:
//
//	phone -> server -> use case -> store -> profiles -> signing -> phone
//	FreeRADIUS -> server/aaa -> radius -> store
//
// # Storage
//
// The Store interface is the union of small interfaces, one or two for each noun (store.go,
// store_contacts.go, store_accounting.go, store_metrics.go). Each use case asks only for those it
// uses. Package store implements them; package storetest checks every documented requirement on
// both engines. Reads never wait for the writer. All changes are made inside Writer.Write, which
// returns when they are durable.
//
// # Errors
//
// An error that a caller may see is an *Error with a Kind: Invalid, Conflict, Unauthenticated,
// Forbidden, NotFound, Gone, TooLarge, TooMany or Unavailable. Package server maps kinds to HTTP
// status codes in one place. Every other error is internal: it is logged and never sent. Faults
// collects several errors of one request.
//
// # Decisions
//
// The vocabulary contains no use case. Reason: each use case depends on its own few fields and
// store interfaces, and a change to one cannot reach into another.
//
// The vocabulary knows neither HTTP nor SQL, and a test enforces the imports. Reason: the rules are
// tested without a server, and both engines stay interchangeable.
//
// A Wi-Fi password is sealed, not hashed. Reason: a profile contains it, and MSCHAPv2 needs it. It
// is encrypted with a master key that is never in the database. Client secrets, link tokens and
// guids are only compared, so that they are stored as hashes.
//
// A resource of another organization returns the same error as a missing one. Reason: callers must
// not learn which customers exist elsewhere.
//
// The consent ledger is never rewritten. Reason: it is evidence. Deleting a customer replaces the
// customer's ID with a random alias and clears address and agent; nothing else ever changes.
//
// Secrets, cursors and form tokens are encrypted by one type, Box, for a purpose. Reason: a
// value that is copied to another row, route or form does not open.
//
// Identifiers are UUIDv7 as 32 hex digits. Reason: the API has always shown that form, and IDs
// ordered by creation time suit lists that are read page by page.
//
// # Our words
//
//   - access point: a sender of RADIUS packets; a declared one is a hotspot.
//   - anonymous connection: one with times and counters and no link to a person.
//   - app: the venue's own app; it calls the API with a publicApp key.
//   - attempt: the authentications of one station at one access point within an hour with the same
//     customer and result, accepted or not.
//   - budget: the remaining allowance of a limit for one address, location, key or user name.
//   - cause: the stable name of the reason why a person is not connected; a detail refines it.
//   - claim: the MAC address that the address of the portal names at a sign-up; it proves nothing.
//   - client key: the API client's name and secret; the wire calls its holder a service.
//   - connection: one connection of a station, from accounting records (RADIUS: session).
//   - consent: one decision of a customer about one policy, with its evidence.
//   - contact: a customer as operators see it.
//   - contact export: all stored data about one customer.
//   - credential: a customer's user name and Wi-Fi password; replacing the password (rotation)
//     begins a new generation.
//   - cursor: the sealed position in a list that is read page by page (scrolled).
//   - customer: a person registered with one organization.
//   - decoy: a credential of no customer; unknown user names are checked against it.
//   - deployment: all processes on one database; each process is a replica.
//   - device: a phone as described by the venue's app.
//   - download: a customer's requests for one platform's profile with the same settings.
//   - event: an entry in the history of a customer and an organization.
//   - evidence: the dated observations on which a verdict rests.
//   - finding: a broken rule or a warning about an organization's declaration.
//   - forecast: the prediction for each profile on a phone whether it accepts a RADIUS certificate.
//   - guid: a secret identifier that an app generates for its phone; it proves the customer.
//   - hit: one download through a link.
//   - hotspot: a declared access point or controller at a location.
//   - installation: the report of an app or a browser that a phone installed a profile.
//   - kiosk: an operator's terminal that registers visitors and fetches their profiles.
//   - link: a short-lived address for the download of a customer's profiles.
//   - location: a venue of an organization, with a time zone.
//   - lock: a mark on a customer that withholds password, profiles and links.
//   - master key: the key outside the database that seals every secret in it.
//   - minimised customer: one who refused the processing of personal data (ppd).
//   - organization: a tenant; it sees no other organization's data.
//   - policy: a text (terms of use, privacy, marketing, ...) that a customer accepts or refuses.
//   - portal: an organization's sign-up page.
//   - probe: a request or an authentication of Onramp itself that tests FreeRADIUS.
//   - profile: the document that configures a phone's Wi-Fi, in the format of its platform.
//   - profiled customer: one who consents to profiling; only then visits are counted.
//   - proof: a guid or a token that shows that the caller may act for a customer.
//   - resume code: a short code that continues a link in another browser.
//   - refusal: the count of refused authentications by hour, cause and access point.
//   - segment: a named set of customers, declared by conditions.
//   - sign-up: a registration by the visitor on the portal.
//   - station: a phone as seen by access points, by its hardware address.
//   - statistic: counts of events in a quarter of an hour, by location and platform.
//   - tally: counts and sums of a customer's visits.
//   - token: a signed permission of one day for the holder of a client key (a JWT).
//   - verdict: the answer whether a person is connected and, if not, why; in forecasts, whether a
//     profile accepts a certificate.
//   - visit: a customer's connections at one location, with pauses below the visit gap.
//
// # Words of the field
//
//   - AAA: authentication, authorization and accounting, the services of RADIUS.
//   - accounting: a NAS's reports about a connection: Start, Interim-Update, Stop (RFC 2866).
//   - ANQP: the protocol by which phones query Passpoint networks before they connect.
//   - BSSID: the hardware address of a radio of an access point.
//   - Called-Station-Id: the access point's hardware address and the SSID.
//   - Calling-Station-Id: the phone's hardware address.
//   - captive sheet: the restricted browser window that opens in a Wi-Fi network without Internet.
//   - Class: an opaque attribute of an Access-Accept that the NAS repeats in accounting records.
//   - CMS: Cryptographic Message Syntax (RFC 5652), the format of signatures on Apple profiles.
//   - Disconnect-Request: the order to a NAS to end a connection (RFC 5176).
//   - E.164: the international form of phone numbers (+39...).
//   - EAP: Extensible Authentication Protocol (RFC 3748); EAP-TTLS and PEAP carry a password
//     through a TLS tunnel to the RADIUS server.
//   - eap-config: an XML profile format for Wi-Fi clients.
//   - HomeSP: the home service provider in a Passpoint profile.
//   - inner method: PAP or MSCHAPv2, the password check inside the TLS tunnel.
//   - MCC/MNC: the codes of a mobile network's country and operator.
//   - NAI: Network Access Identifier, user@realm (RFC 7542).
//   - NAS: Network Access Server, the RADIUS client: an access point or its controller.
//   - ONC: Open Network Configuration, the profile format of ChromeOS.
//   - outer identity: the user name outside the TLS tunnel, visible on the network.
//   - Passpoint: the Wi-Fi Alliance's programme for automatic selection of networks (Hotspot 2.0).
//   - RADIUS: the protocol between a NAS and the authentication server (RFC 2865).
//   - RCOI: Roaming Consortium Organization Identifier; phones recognize partner networks by it.
//   - realm: the part of an NAI after the @; it selects the home organization.
//   - Session-Timeout: the attribute that limits the length of a connection.
//   - SSID: the name of a Wi-Fi network.
package onboarding
