package devicesim

import "math/rand/v2"

// mutator alters sound files in the ways in which files in the field are broken.
type mutator struct{ *rand.Rand }

// newMutator returns a mutator whose random numbers depend on the seeds alone.
func newMutator(seed1, seed2 uint64) mutator { return mutator{rand.New(rand.NewPCG(seed1, seed2))} }

func pick[T any](m mutator, from []T) T { return from[m.IntN(len(from))] }

// bytes flips, deletes, inserts or sets one character.
func (m mutator) bytes(s string) string {
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
		return s[:i] + pick(m, pieces) + s[i:]
	default:
		return s[:i] + string([]byte{byte(m.IntN(256))}) + s[i+1:]
	}
}
