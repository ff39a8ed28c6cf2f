package profiles

// How the formats spell the same EAP methods. The spellings are not
// interchangeable: each platform refuses, or worse ignores, another's.

// eapType is the number of RFC 3748's registry that Apple, Android, Windows and
// eap-config use.
func (m EAPMethod) eapType() int {
	return map[EAPMethod]int{TTLS: 21, PEAP: 25}[m]
}

// supplicant is wpa_supplicant's name; Android's API uses the same.
func (m EAPMethod) supplicant() string {
	return map[EAPMethod]string{TTLS: "TTLS", PEAP: "PEAP"}[m]
}

// iwd is the value of EAP-Method, and a part of its other keys.
func (m EAPMethod) iwd() string { return m.supplicant() }

// networkManager is the keyfile's name.
func (m EAPMethod) networkManager() string {
	return map[EAPMethod]string{TTLS: "ttls", PEAP: "peap"}[m]
}

// onc is Chromium's name.
func (m EAPMethod) onc() string {
	return map[EAPMethod]string{TTLS: "EAP-TTLS", PEAP: "PEAP"}[m]
}

// apple is the value of TTLSInnerAuthentication and of Apple's settings API.
func (i InnerMethod) apple() string {
	return map[InnerMethod]string{MSCHAPv2: "MSCHAPv2", PAP: "PAP"}[i]
}

// passpoint is Android's InnerMethod in a PPS-MO and in UserCredential.
func (i InnerMethod) passpoint() string {
	return map[InnerMethod]string{MSCHAPv2: "MS-CHAP-V2", PAP: "PAP"}[i]
}

// supplicant is what follows "auth=" in phase2, and WifiEnterpriseConfig.Phase2.
func (i InnerMethod) supplicant() string {
	return map[InnerMethod]string{MSCHAPv2: "MSCHAPV2", PAP: "PAP"}[i]
}

// iwd is the value of Phase2-Method: inside PEAP the name of an EAP method.
func (i InnerMethod) iwd(outer EAPMethod) string {
	if outer == PEAP {
		return map[InnerMethod]string{MSCHAPv2: "MSCHAPV2"}[i]
	}
	return map[InnerMethod]string{MSCHAPv2: "Tunneled-MSCHAPv2", PAP: "Tunneled-PAP"}[i]
}

// networkManager is the keyfile's phase2-auth.
func (i InnerMethod) networkManager() string {
	return map[InnerMethod]string{MSCHAPv2: "mschapv2", PAP: "pap"}[i]
}

// onc is Chromium's Inner.
func (i InnerMethod) onc() string {
	return map[InnerMethod]string{MSCHAPv2: "MSCHAPv2", PAP: "PAP"}[i]
}

// eapConfig is the NonEAPAuthMethod number of the eap-config schema.
func (i InnerMethod) eapConfig() int {
	return map[InnerMethod]int{PAP: 1, MSCHAPv2: 3}[i]
}
