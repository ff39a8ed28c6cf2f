package eapconfig

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"onramp/onboarding/devicesim/judge/xmldoc"
)

// The schema of eap-config.

var (
	eapTypeModel = xmldoc.Model{
		{Local: "Type", Min: 1, Max: 1}, {Local: "TypeSpecific", Max: 1, Any: true},
		{Local: "VendorSpecific", Any: true},
	}
	serverModel = xmldoc.Model{{Local: "CA"}, {Local: "ServerID"}}
	clientModel = xmldoc.Model{
		{Local: "OuterIdentity", Max: 1}, {Local: "InnerIdentityPrefix", Max: 1},
		{Local: "InnerIdentitySuffix", Max: 1},
		{Local: "InnerIdentityHint", Max: 1}, {Local: "UserName", Max: 1}, {Local: "Password", Max: 1},
		{Local: "ClientCertificate", Max: 1}, {Local: "IntermediateCACertificate"}, {Local: "Passphrase", Max: 1},
		{Local: "PAC", Max: 1}, {Local: "ProvisionPAC", Max: 1},
	}
	innerModel = xmldoc.Model{
		{Local: "EAPMethod", Max: 1, Content: eapTypeModel}, {Local: "NonEAPAuthMethod", Max: 1, Content: eapTypeModel},
		{Local: "ServerSideCredential", Max: 1, Content: serverModel},
		{Local: "ClientSideCredential", Max: 1, Content: clientModel},
	}
	methodModel = xmldoc.Model{
		{Local: "EAPMethod", Min: 1, Max: 1, Content: eapTypeModel},
		{Local: "ServerSideCredential", Max: 1, Content: serverModel},
		{Local: "ClientSideCredential", Max: 1, Content: clientModel},
		{Local: "InnerAuthenticationMethod", Content: innerModel},
	}
	wlanModel = xmldoc.Model{
		{Local: "SSID", Max: 1}, {Local: "ConsortiumOID", Max: 1}, {Local: "MinRSNProto", Max: 1},
	}
	wiredModel         = xmldoc.Model{{Local: "NetworkID", Max: 1}}
	applicabilityModel = xmldoc.Model{
		{Local: "IEEE80211", Content: wlanModel}, {Local: "IEEE8023", Content: wiredModel},
	}
	helpdeskModel = xmldoc.Model{{Local: "EmailAddress"}, {Local: "WebAddress"}, {Local: "Phone"}}
	locationModel = xmldoc.Model{{Local: "Longitude", Min: 1, Max: 1}, {Local: "Latitude", Min: 1, Max: 1}}
	providerModel = xmldoc.Model{
		{Local: "DisplayName"}, {Local: "Description"}, {Local: "ProviderLocation", Content: locationModel},
		{Local: "ProviderLogo", Max: 1}, {Local: "TermsOfUse"}, {Local: "Helpdesk", Max: 1, Content: helpdeskModel},
	}
	methodsModel  = xmldoc.Model{{Local: "AuthenticationMethod", Min: 1, Content: methodModel}}
	identityModel = xmldoc.Model{
		{Local: "ValidUntil", Max: 1}, {Local: "AuthenticationMethods", Min: 1, Max: 1, Content: methodsModel},
		{Local: "CredentialApplicability", Min: 1, Max: 1, Content: applicabilityModel},
		{Local: "ProviderInfo", Max: 1, Content: providerModel}, {Local: "VendorSpecific", Max: 1, Any: true},
	}
	listModel = xmldoc.Model{{Local: "EAPIdentityProvider", Min: 1, Content: identityModel}}
)

// attributes are the attributes of each element. A `!` marks required ones.
var attributes = map[string][]string{
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

// types check the leaves and attributes with a restricted type.
var types = map[string]func(string) bool{
	"Type": isSchemaInt, "version": isSchemaInt, "vendor": isSchemaInt,
	"InnerIdentityHint": schemaBoolean.MatchString, "ProvisionPAC": schemaBoolean.MatchString,
	"allow_save": schemaBoolean.MatchString,
	"ValidUntil": schemaDateTime.MatchString, "MinRSNProto": schemaProto.MatchString,
}

func isSchemaInt(s string) bool {
	_, err := strconv.ParseInt(s, 10, 32)
	return err == nil
}

// mistype returns the path of the first attribute or leaf that does not have the schema's type.
func mistype(r *xmldoc.Node, path string) string {
	known := attributes[r.Local]
	for name, value := range r.Attrs {
		if !slices.Contains(known, name) && !slices.Contains(known, name+"!") {
			return path + "/@" + name
		}
		if ok := types[name]; ok != nil && !ok(strings.Trim(value, " \t\n")) {
			return path + "/@" + name
		}
	}
	for _, name := range known {
		name, must := strings.CutSuffix(name, "!")
		if _, have := r.Attrs[name]; must && !have {
			return path + "/@" + name + " is missing"
		}
	}
	if r.Local == "TypeSpecific" || r.Local == "VendorSpecific" {
		return ""
	}
	if ok := types[r.Local]; ok != nil && len(r.Children) == 0 {
		text := r.Text
		if r.Local == "MinRSNProto" {
			text = r.Raw // plain text, with significant blanks
		}
		if !ok(text) {
			return path
		}
	}
	for _, c := range r.Children {
		if r.Local == "NonEAPAuthMethod" && c.Local == "Type" && !schemaNonEAP.MatchString(c.Text) {
			return path + "/Type"
		}
		if bad := mistype(c, path+"/"+c.Local); bad != "" {
			return bad
		}
	}
	return ""
}
