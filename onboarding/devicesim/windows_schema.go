package devicesim

// The schemas of CarrierProvisioning, restated: Microsoft's CarrierControl v1 and CarrierControl/WLAN/v1, and of the
// EAP configuration what a profile from a portal needs.

var (
	eapHostMethodModel = contentModel{
		{local: "Type", min: 1, max: 1}, {local: "VendorId", min: 1, max: 1},
		{local: "VendorType", min: 1, max: 1}, {local: "AuthorId", min: 1, max: 1},
	}
	hotspot2Model = contentModel{
		{local: "DomainName", max: 1},
		{local: "NAIRealm", max: 1, content: contentModel{{local: "name", max: 256}}},
		{local: "Network3GPP", max: 1, content: contentModel{{local: "PLMNID", max: 256}}},
		{local: "RoamingConsortium", max: 1, content: contentModel{{local: "OUI", max: 256}}},
	}
	ssidModel = contentModel{
		{local: "SSID", min: 1, max: 25, content: contentModel{{local: "hex", max: 1}, {local: "name", max: 1}}}, {foreign: true},
	}
	authEncryptionModel = contentModel{
		{local: "authentication", min: 1, max: 1}, {local: "encryption", min: 1, max: 1}, {local: "useOneX", max: 1}, {foreign: true},
	}
	securityModel = contentModel{{local: "authEncryption", min: 1, max: 1, content: authEncryptionModel}, {foreign: true}}
	profileModel  = contentModel{
		{local: "name", min: 1, max: 1},
		{local: "AssociatedPlan", max: 1},
		{local: "SSIDConfig", min: 1, max: 1, content: ssidModel},
		{local: "Hotspot2", max: 1, content: hotspot2Model},
		{local: "MSM", min: 1, max: 1, content: contentModel{{local: "security", min: 1, max: 1, content: securityModel}, {foreign: true}}},
	}
	globalModel  = contentModel{{local: "CarrierId", min: 1, max: 1}, {local: "SubscriberId", min: 1, max: 1}}
	carrierModel = contentModel{
		{local: "Global", min: 1, max: 1, content: globalModel},
		{local: "WLANProfiles", min: 1, max: 1, content: contentModel{{local: "WLANProfile", content: profileModel}}},
		{local: "Signature", max: 1, any: true},
	}

	eapHostConfigModel = contentModel{
		{local: "EapMethod", min: 1, max: 1, content: eapHostMethodModel}, {local: "Config", min: 1, max: 1, any: true},
	}
	eapConfigElement = contentModel{{local: "EapHostConfig", min: 1, max: 1, content: eapHostConfigModel}}
	oneXModel        = contentModel{
		{local: "cacheUserData", max: 1}, {local: "authMode", max: 1}, {local: "EAPConfig", min: 1, max: 1, content: eapConfigElement},
	}
	userCredentialsModel = contentModel{
		{local: "EapMethod", min: 1, max: 1, content: eapHostMethodModel}, {local: "Credentials", min: 1, max: 1, any: true},
	}
	serverValidationModel = contentModel{
		{local: "ServerNames", max: 1}, {local: "TrustedRootCAHash"}, {local: "TrustedRootCAHashes"}, {local: "DisablePrompt", max: 1},
	}
	phase1Model = contentModel{{local: "IdentityPrivacy", max: 1}, {local: "AnonymousIdentity", max: 1}}
	ttlsModel   = contentModel{
		{local: "ServerValidation", min: 1, max: 1, content: serverValidationModel},
		{local: "Phase2Authentication", min: 1, max: 1, any: true},
		{local: "Phase1Identity", max: 1, content: phase1Model},
	}
)
