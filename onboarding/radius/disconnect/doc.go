// Package disconnect sends Disconnect-Requests (RFC 5176), with which an access point ends a
// connection before its session timeout, for example because the credential was locked. Package
// radius selects the connection, the address and the secret (radius.Disconnector), and repeats
// unanswered requests.
package disconnect
