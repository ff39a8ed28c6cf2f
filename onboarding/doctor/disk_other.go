//go:build !unix

package doctor

// sameDisk returns false, because these systems have no portable call for it.
func sameDisk(string, string) bool { return false }
