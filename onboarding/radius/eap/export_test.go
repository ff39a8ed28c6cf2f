package eap

// SetFragmentSize changes the size of this client's fragments and returns a function that restores
// it.
func SetFragmentSize(n int) (restore func()) {
	was := fragmentSize
	fragmentSize = n
	return func() { fragmentSize = was }
}
