// Package disconnect sends Disconnect-Requests (RFC 5176): an access point is told to end a connection now, because the credential it was made with
// works no more. Which connection, where to and with which secret, the domain says (onboarding.Disconnector); it also repeats what is not answered.
package disconnect
