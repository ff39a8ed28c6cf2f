// Package auth implements the authentication and authorization of API clients:
// client keys, tokens, roles and scopes. It also hashes and generates the other
// secrets: guids, link tokens and Wi-Fi passwords. It uses neither HTTP nor SQL.
//
// # From a client key to a request
//
// An operator creates a client key for an organization with [NewClientKey] and
// gives its secret to a program. The database stores only the secret's hash
// ([HashSecret]). At login the program sends key and secret; the service compares
// the secret with [CompareSecret] and issues a token with [Keyring.Issue], which is
// valid for one day. All other requests carry the token. [Keyring.Verify] returns
// its [Principal], and [Principal.Allows] reports whether it may use a route.
//
// # Roles and scopes
//
// A [Role] is the kind of program that holds a key, and limits the scopes that the
// key can have. A [Scope] permits routes. A wide scope includes narrow ones: for
// example, organization_read includes customer_read. [Scopes.Has] resolves this, so
// a route requires only the narrowest scope that is sufficient.
//
// A scope alone never gives a [PublicApp] access to a customer. Its key can be
// extracted from any copy of the app, so the app must also prove its device with a
// guid of the customer ([HashGuid]), or use the token that created or checked the
// customer. The use cases enforce this rule, based on the Principal's role.
//
// # Hashes
//
// Secrets, guids and link tokens are stored as SHA-256 hashes. They are long and
// random, so a fast hash cannot be reversed by guessing, and a slow password hash
// would only make denial of service easier. Each kind is hashed with its own label,
// so that a hash of one kind is useless as another. The Wi-Fi password is not
// hashed, because profiles contain it: it is generated here ([GeneratePassword]) and
// encrypted by the use cases.
package auth

// ValidID reports whether s is an identifier of the API: 32 lower-case hexadecimal
// digits.
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
