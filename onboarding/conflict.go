package onboarding

// Conflicts that a store must return, wrapped or not, so that callers can tell them apart with
// errors.Is.
var (
	// ErrUsernameTaken reports that a customer of the deployment already has the user name.
	ErrUsernameTaken = ConflictField("username", "is taken")
	// ErrKeyTaken reports that an unexpired answer is stored under the same Idempotency-Key.
	ErrKeyTaken = ConflictField("Idempotency-Key", "is in use")
)
