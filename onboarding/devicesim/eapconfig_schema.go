package devicesim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The schema of eap-config, restated.

var (
	eapTypeModel = contentModel{
		{local: "Type", min: 1, max: 1}, {local: "TypeSpecific", max: 1, any: true}, {local: "VendorSpecific", any: true},
	}
	serverModel = contentModel{{local: "CA"}, {local: "ServerID"}}
	clientModel = contentModel{
		{local: "OuterIdentity", max: 1}, {local: "InnerIdentityPrefix", max: 1}, {local: "InnerIdentitySuffix", max: 1},
		{local: "InnerIdentityHint", max: 1}, {local: "UserName", max: 1}, {local: "Password", max: 1},
		{local: "ClientCertificate", max: 1}, {local: "IntermediateCACertificate"}, {local: "Passphrase", max: 1},
		{local: "PAC", max: 1}, {local: "ProvisionPAC", max: 1},
	}
	innerModel = contentModel{
		{local: "EAPMethod", max: 1, content: eapTypeModel}, {local: "NonEAPAuthMethod", max: 1, content: eapTypeModel},
		{local: "ServerSideCredential", max: 1, content: serverModel}, {local: "ClientSideCredential", max: 1, content: clientModel},
	}
	methodModel = contentModel{
		{local: "EAPMethod", min: 1, max: 1, content: eapTypeModel},
		{local: "ServerSideCredential", max: 1, content: serverModel}, {local: "ClientSideCredential", max: 1, content: clientModel},
		{local: "InnerAuthenticationMethod", content: innerModel},
	}
	wlanModel          = contentModel{{local: "SSID", max: 1}, {local: "ConsortiumOID", max: 1}, {local: "MinRSNProto", max: 1}}
	wiredModel         = contentModel{{local: "NetworkID", max: 1}}
	applicabilityModel = contentModel{{local: "IEEE80211", content: wlanModel}, {local: "IEEE8023", content: wiredModel}}
	helpdeskModel      = contentModel{{local: "EmailAddress"}, {local: "WebAddress"}, {local: "Phone"}}
	locationModel      = contentModel{{local: "Longitude", min: 1, max: 1}, {local: "Latitude", min: 1, max: 1}}
	providerModel      = contentModel{
		{local: "DisplayName"}, {local: "Description"}, {local: "ProviderLocation", content: locationModel},
		{local: "ProviderLogo", max: 1}, {local: "TermsOfUse"}, {local: "Helpdesk", max: 1, content: helpdeskModel},
	}
	methodsModel  = contentModel{{local: "AuthenticationMethod", min: 1, content: methodModel}}
	identityModel = contentModel{
		{local: "ValidUntil", max: 1}, {local: "AuthenticationMethods", min: 1, max: 1, content: methodsModel},
		{local: "CredentialApplicability", min: 1, max: 1, content: applicabilityModel},
		{local: "ProviderInfo", max: 1, content: providerModel}, {local: "VendorSpecific", max: 1, any: true},
	}
	eapConfigModel = contentModel{{local: "EAPIdentityProvider", min: 1, content: identityModel}}
)

// eapConfigAttributes are the attributes of each element, those that it must have with a `!`.
var eapConfigAttributes = map[string][]string{
	"EAPIdentityProvider":       {"ID!", "namespace!", "version", "lang"},
	"CA":                        {"format!", "encoding!"},
	"ClientCertificate":         {"format!", "encoding!"},
	"IntermediateCACertificate": {"format!", "encoding!"},
	"ProviderLogo":              {"mime!", "encoding!"},
	"ClientSideCredential":      {"allow_save"},
	"VendorSpecific":            {"vendor!"},
	"DisplayName":               {"lang"},
	"Description":               {"lang"},
	"TermsOfUse":                {"lang"},
	"EmailAddress":              {"lang"},
	"WebAddress":                {"lang"},
	"Phone":                     {"lang"},
}

var (
	schemaBoolean  = regexp.MustCompile(`^(true|false|0|1)$`)
	schemaDateTime = regexp.MustCompile(`^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$`)
	schemaProto    = regexp.MustCompile(`^(TKIP|CCMP)$`)
	schemaNonEAP   = regexp.MustCompile(`^[+]?0*[123]$`)
)

// eapConfigTypes are the leaves and attributes that are not just any text.
var eapConfigTypes = map[string]func(string) bool{
	"Type": isSchemaInt, "version": isSchemaInt, "vendor": isSchemaInt,
	"InnerIdentityHint": schemaBoolean.MatchString, "ProvisionPAC": schemaBoolean.MatchString, "allow_save": schemaBoolean.MatchString,
	"ValidUntil": schemaDateTime.MatchString, "MinRSNProto": schemaProto.MatchString,
}

func isSchemaInt(s string) bool {
	_, err := strconv.ParseInt(s, 10, 32)
	return err == nil
}

// eapConfigMistype returns the path of the first attribute or leaf that has not the schema's type.
func eapConfigMistype(r *resolved, path string) string {
	known := eapConfigAttributes[r.local]
	for name, value := range r.attrs {
		if !slices.Contains(known, name) && !slices.Contains(known, name+"!") {
			return path + "/@" + name
		}
		if ok := eapConfigTypes[name]; ok != nil && !ok(strings.Trim(value, " \t\n")) {
			return path + "/@" + name
		}
	}
	for _, name := range known {
		name, must := strings.CutSuffix(name, "!")
		if _, have := r.attrs[name]; must && !have {
			return path + "/@" + name + " is missing"
		}
	}
	if r.local == "TypeSpecific" || r.local == "VendorSpecific" {
		return ""
	}
	if ok := eapConfigTypes[r.local]; ok != nil && len(r.children) == 0 {
		text := r.text
		if r.local == "MinRSNProto" {
			text = r.raw // a plain text, in which blanks count
		}
		if !ok(text) {
			return path
		}
	}
	for _, c := range r.children {
		if r.local == "NonEAPAuthMethod" && c.local == "Type" && !schemaNonEAP.MatchString(c.text) {
			return path + "/Type"
		}
		if bad := eapConfigMistype(c, path+"/"+c.local); bad != "" {
			return bad
		}
	}
	return ""
}
