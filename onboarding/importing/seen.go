package importing

import (
	"hash/maphash"

	"onramp/onboarding"
	"onramp/onboarding/registration"
)

// seen follows the rows of a dry run, which the database does not: a row that a source repeats is
// not created twice. It keeps 64-bit hashes, some 50 bytes for each new person, and no values.
type seen struct {
	seed      maphash.Seed
	contents  map[uint64]uint64 // by the key of the row
	usernames map[uint64]uint64 // the key of the row that takes a user name
}

func newSeen() *seen {
	return &seen{seed: maphash.MakeSeed(), contents: map[uint64]uint64{}, usernames: map[uint64]uint64{}}
}

func (s *seen) hash(text string) uint64 { return maphash.String(s.seed, text) }

// follow corrects the planned result of a row by the rows before it.
func (s *seen) follow(row *registration.ImportRow, result *registration.ImportResult) {
	if result.Status == registration.ImportRefused {
		return
	}
	key, content := s.hash(result.Key), s.hash(result.Content)
	if before, repeated := s.contents[key]; repeated {
		result.Status = registration.ImportUpdated
		if before == content {
			result.Status = registration.ImportUnchanged
		}
	} else if row.Input.Username != nil && result.Status == registration.ImportCreated {
		name := s.hash(*row.Input.Username)
		if owner, taken := s.usernames[name]; taken && owner != key {
			result.Status = registration.ImportRefused
			result.Faults = onboarding.ErrUsernameTaken.Faults()
			return
		}
		s.usernames[name] = key
	}
	s.contents[key] = content
}
