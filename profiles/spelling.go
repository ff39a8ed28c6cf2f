package profiles

// This file holds the names of EAP methods in each format. They are not
// interchangeable: a platform rejects or ignores the names of others.

// eapType returns the number in the EAP registry (RFC 3748), which Apple, Android,
// Windows and eap-config use. It returns 0 for an unknown method.
func (m EAPMethod) eapType() int {
	return map[EAPMethod]int{TTLS: 21, PEAP: 25}[m]
}

// supplicant returns the name in wpa_supplicant and in Android's API.
func (m EAPMethod) supplicant() string {
	return map[EAPMethod]string{TTLS: "TTLS", PEAP: "PEAP"}[m]
}

// iwd returns the value of EAP-Method, which is also a part of other keys.
func (m EAPMethod) iwd() string { return m.supplicant() }

// networkManager returns the name in key files.
func (m EAPMethod) networkManager() string {
	return map[EAPMethod]string{TTLS: "ttls", PEAP: "peap"}[m]
}

// onc returns the name in Open Network Configuration.
func (m EAPMethod) onc() string {
	return map[EAPMethod]string{TTLS: "EAP-TTLS", PEAP: "PEAP"}[m]
}

// apple returns the value of TTLSInnerAuthentication and of Apple's settings API.
func (i InnerMethod) apple() string {
	return map[InnerMethod]string{MSCHAPv2: "MSCHAPv2", PAP: "PAP"}[i]
}

// passpoint returns Android's InnerMethod in a PPS-MO and in UserCredential.
func (i InnerMethod) passpoint() string {
	return map[InnerMethod]string{MSCHAPv2: "MS-CHAP-V2", PAP: "PAP"}[i]
}

// supplicant returns the name after "auth=" in phase2 and in WifiEnterpriseConfig.Phase2.
func (i InnerMethod) supplicant() string {
	return map[InnerMethod]string{MSCHAPv2: "MSCHAPV2", PAP: "PAP"}[i]
}

// iwd returns the value of Phase2-Method. In PEAP, it is the name of an EAP method.
func (i InnerMethod) iwd(outer EAPMethod) string {
	if outer == PEAP {
		return map[InnerMethod]string{MSCHAPv2: "MSCHAPV2"}[i]
	}
	return map[InnerMethod]string{MSCHAPv2: "Tunneled-MSCHAPv2", PAP: "Tunneled-PAP"}[i]
}

// networkManager returns the value of phase2-auth in key files.
func (i InnerMethod) networkManager() string {
	return map[InnerMethod]string{MSCHAPv2: "mschapv2", PAP: "pap"}[i]
}

// onc returns the value of Inner in Open Network Configuration.
func (i InnerMethod) onc() string {
	return map[InnerMethod]string{MSCHAPv2: "MSCHAPv2", PAP: "PAP"}[i]
}

// eapConfig returns the number of NonEAPAuthMethod in the eap-config schema.
func (i InnerMethod) eapConfig() int {
	return map[InnerMethod]int{PAP: 1, MSCHAPv2: 3}[i]
}
