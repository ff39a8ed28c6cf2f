// Package auth knows who may ask Onramp for what: client keys, the tokens
// they are traded for, and the roles and scopes those tokens carry. It speaks
// neither HTTP nor SQL; the server asks it at the door, the store keeps what
// it makes.
//
// # From a key to an answer
//
// An operator makes a client key for an organization ([NewClientKey]) and
// gives its secret to a program, once. The database keeps the secret's hash
// ([HashSecret]). At login the program shows key and secret, the service
// compares ([CompareSecret]) and issues a token of one day ([Keyring.Issue]).
// Each further request carries the token; [Keyring.Verify] turns it into a
// [Principal], and [Principal.Allows] answers whether the route is open to it.
//
// # Roles bound, scopes permit
//
// A [Role] says what kind of program holds the key, and so which scopes the
// key can have at most; a [Scope] opens routes. Wide scopes hold narrow ones
// (organization_read holds customer_read), which [Scopes.Has] knows, so a
// route names the narrowest scope that is enough and nothing else.
//
// A scope alone never opens another person's data to a [PublicApp]: its key
// can be pulled out of any copy of the app, so it must also prove the device
// with a guid of that customer ([HashGuid]), or be the token that created or
// checked the customer. That rule is the service's; the
// Principal only says which role is asking.
//
// # What is kept, and how
//
// Secrets, guids and activation tokens are kept as SHA-256 hashes. They are
// long and random, so nobody can run through the candidates, and a slow
// password hash would only make the login an easy target for exhaustion.
// Each kind is hashed under its own label: a hash stolen from one column is
// worth nothing in another. The Wi-Fi password is the exception among
// Onramp's secrets, for a profile must carry it: it is sealed elsewhere, and
// only made here ([GeneratePassword]).
package auth

// ValidID reports whether s is an identifier as the API writes them: 32
// lower-case hexadecimal digits.
func ValidID(s string) bool {
	if len(s) != 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
