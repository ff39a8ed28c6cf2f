package windows

import "onramp/onboarding/devicesim/judge/xmldoc"

// The schemas of CarrierProvisioning: Microsoft's CarrierControl v1 and CarrierControl/WLAN/v1, and
// the parts of the EAP configuration schemas that Onramp uses.

var (
	eapHostMethodModel = xmldoc.Model{
		{Local: "Type", Min: 1, Max: 1}, {Local: "VendorId", Min: 1, Max: 1},
		{Local: "VendorType", Min: 1, Max: 1}, {Local: "AuthorId", Min: 1, Max: 1},
	}
	hotspot2Model = xmldoc.Model{
		{Local: "DomainName", Max: 1},
		{Local: "NAIRealm", Max: 1, Content: xmldoc.Model{{Local: "name", Max: 256}}},
		{Local: "Network3GPP", Max: 1, Content: xmldoc.Model{{Local: "PLMNID", Max: 256}}},
		{Local: "RoamingConsortium", Max: 1, Content: xmldoc.Model{{Local: "OUI", Max: 256}}},
	}
	ssidModel = xmldoc.Model{
		{Local: "SSID", Min: 1, Max: 25, Content: xmldoc.Model{{Local: "hex", Max: 1}, {Local: "name", Max: 1}}},
		{Foreign: true},
	}
	authEncryptionModel = xmldoc.Model{
		{Local: "authentication", Min: 1, Max: 1}, {Local: "encryption", Min: 1, Max: 1}, {Local: "useOneX", Max: 1},
		{Foreign: true},
	}
	securityModel = xmldoc.Model{
		{Local: "authEncryption", Min: 1, Max: 1, Content: authEncryptionModel}, {Foreign: true},
	}
	msmModel     = xmldoc.Model{{Local: "security", Min: 1, Max: 1, Content: securityModel}, {Foreign: true}}
	profileModel = xmldoc.Model{
		{Local: "name", Min: 1, Max: 1},
		{Local: "AssociatedPlan", Max: 1},
		{Local: "SSIDConfig", Min: 1, Max: 1, Content: ssidModel},
		{Local: "Hotspot2", Max: 1, Content: hotspot2Model},
		{Local: "MSM", Min: 1, Max: 1, Content: msmModel},
	}
	globalModel  = xmldoc.Model{{Local: "CarrierId", Min: 1, Max: 1}, {Local: "SubscriberId", Min: 1, Max: 1}}
	carrierModel = xmldoc.Model{
		{Local: "Global", Min: 1, Max: 1, Content: globalModel},
		{Local: "WLANProfiles", Min: 1, Max: 1, Content: xmldoc.Model{{Local: "WLANProfile", Content: profileModel}}},
		{Local: "Signature", Max: 1, Any: true},
	}

	eapHostConfigModel = xmldoc.Model{
		{Local: "EapMethod", Min: 1, Max: 1, Content: eapHostMethodModel}, {Local: "Config", Min: 1, Max: 1, Any: true},
	}
	eapConfigModel = xmldoc.Model{{Local: "EapHostConfig", Min: 1, Max: 1, Content: eapHostConfigModel}}
	oneXModel      = xmldoc.Model{
		{Local: "cacheUserData", Max: 1}, {Local: "authMode", Max: 1},
		{Local: "EAPConfig", Min: 1, Max: 1, Content: eapConfigModel},
	}
	userCredentialsModel = xmldoc.Model{
		{Local: "EapMethod", Min: 1, Max: 1, Content: eapHostMethodModel},
		{Local: "Credentials", Min: 1, Max: 1, Any: true},
	}
	serverValidationModel = xmldoc.Model{
		{Local: "ServerNames", Max: 1}, {Local: "TrustedRootCAHash"}, {Local: "TrustedRootCAHashes"},
		{Local: "DisablePrompt", Max: 1},
	}
	phase1Model = xmldoc.Model{{Local: "IdentityPrivacy", Max: 1}, {Local: "AnonymousIdentity", Max: 1}}
	ttlsModel   = xmldoc.Model{
		{Local: "ServerValidation", Min: 1, Max: 1, Content: serverValidationModel},
		{Local: "Phase2Authentication", Min: 1, Max: 1, Any: true},
		{Local: "Phase1Identity", Max: 1, Content: phase1Model},
	}
)
