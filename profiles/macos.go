package profiles

// newMacOS returns the builder of .mobileconfig documents for macOS. They differ from
// those for iOS (ios.go): they are installed for the user instead of the machine, and
// contain no MCCAndMNCs, which macOS does not support.
func newMacOS(s *Settings) (builder, error) {
	return newMobileConfig(s, appleVariant{targetDevice: 5, scope: "User"})
}
