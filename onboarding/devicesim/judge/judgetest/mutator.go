package judgetest

import "math/rand/v2"

// Mutator alters sound files in the ways in which files in the field are broken.
type Mutator struct{ *rand.Rand }

// NewMutator returns a mutator whose random numbers depend on the seeds alone.
func NewMutator(seed1, seed2 uint64) Mutator { return Mutator{rand.New(rand.NewPCG(seed1, seed2))} }

// Pick returns a random element.
func Pick[T any](m Mutator, from []T) T { return from[m.IntN(len(from))] }

// Bytes flips, deletes, inserts or sets one character.
func (m Mutator) Bytes(s string) string {
	if s == "" {
		return "x"
	}
	i := m.IntN(len(s))
	switch m.IntN(4) {
	case 0:
		return s[:i] + string([]byte{s[i] ^ 1<<m.IntN(8)}) + s[i+1:]
	case 1:
		return s[:i] + s[min(len(s), i+1+m.IntN(3)):]
	case 2:
		pieces := []string{"&amp;", "<", "]]>", "\x00", "=", "--", "\r\n", "é", "<x/>", "<?xml?>", ":", ";"}
		return s[:i] + Pick(m, pieces) + s[i:]
	default:
		return s[:i] + string([]byte{byte(m.IntN(256))}) + s[i+1:]
	}
}
