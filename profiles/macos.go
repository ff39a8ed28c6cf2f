package profiles

// newMacOS prepares the .mobileconfig of a Mac. The document is the one of
// ios.go except for what stands here: it belongs to the person who installs it,
// not to the machine, and macOS knows no MCCAndMNCs.
func newMacOS(s *Settings) (builder, error) {
	return newMobileConfig(s, appleVariant{targetDevice: 5, scope: "User"})
}
