package apple

import (
	"regexp"

	"onramp/onboarding/devicesim/judge"
)

// schemaKey describes one key of Apple's device-management schema.
type schemaKey struct {
	kind     string // one of the plist constants
	required bool
	texts    []string       // allowed strings
	integers []int64        // allowed integers
	max      int64          // largest allowed integer, unless zero
	format   *regexp.Regexp // of a string
	item     *schemaKey     // of an array
	keys     schema         // of a dictionary
	anyKeys  *schemaKey     // of a dictionary with arbitrary keys
	notOn    string         // platform that does not support the key
}

type schema map[string]schemaKey

func text() schemaKey    { return schemaKey{kind: plistString} }
func boolean() schemaKey { return schemaKey{kind: plistBoolean} }
func list(item schemaKey) schemaKey {
	return schemaKey{kind: plistArray, item: &item}
}
func oneOf(texts ...string) schemaKey { return schemaKey{kind: plistString, texts: texts} }

func (k schemaKey) needed() schemaKey { k.required = true; return k }
func (k schemaKey) except(platform string) schemaKey {
	k.notOn = platform
	return k
}

// commonKeys are the keys of every payload.
var commonKeys = schema{
	"PayloadIdentifier":   text().needed(),
	"PayloadUUID":         text().needed(),
	"PayloadType":         text().needed(),
	"PayloadVersion":      {kind: plistInteger, required: true, integers: []int64{1}},
	"PayloadDescription":  text(),
	"PayloadDisplayName":  text(),
	"PayloadOrganization": text(),
}

// topLevelKeys are the keys of the profile itself.
var topLevelKeys = schema{
	"PayloadIdentifier":        text().needed(),
	"PayloadUUID":              text().needed(),
	"PayloadType":              oneOf("Configuration").needed(),
	"PayloadVersion":           {kind: plistInteger, required: true, integers: []int64{1}},
	"PayloadContent":           list(schemaKey{kind: plistDict}).needed(),
	"IsEncrypted":              boolean(),
	"EncryptedPayloadContent":  {kind: plistData},
	"PayloadDescription":       text(),
	"PayloadDisplayName":       text(),
	"HasRemovalPasscode":       boolean(),
	"PayloadOrganization":      text(),
	"PayloadRemovalDisallowed": boolean(),
	"PayloadScope":             oneOf("System", "User"),
	"RemovalDate":              {kind: plistDate},
	"DurationUntilRemoval":     {kind: plistReal},
	"PayloadExpirationDate":    {kind: plistDate},
	"TargetDeviceType":         {kind: plistInteger, integers: []int64{0, 1, 2, 3, 4, 5, 6}},
	"ConsentText":              {kind: plistDict, anyKeys: &schemaKey{kind: plistString}},
}

// payloadKeys are the additional keys of each payload type.
var payloadKeys = map[string]schema{
	payloadWiFi:  wifiKeys,
	payloadRoot:  certificateKeys,
	payloadPKCS1: certificateKeys,
	payloadPEM:   certificateKeys,
}

const (
	payloadWiFi  = "com.apple.wifi.managed"
	payloadRoot  = "com.apple.security.root"
	payloadPKCS1 = "com.apple.security.pkcs1"
	payloadPEM   = "com.apple.security.pem"
)

var certificateKeys = schema{
	"PayloadCertificateFileName": text(),
	"PayloadContent":             schemaKey{kind: plistData}.needed(),
}

var wifiKeys = schema{
	"AutoJoin":                      boolean(),
	"SSID_STR":                      text(),
	"HIDDEN_NETWORK":                boolean(),
	"ProxyType":                     oneOf("None", "Manual", "Auto"),
	"EncryptionType":                oneOf("WEP", "WPA", "WPA2", "WPA3", "Any", "None"),
	"Password":                      text(),
	"PayloadCertificateUUID":        {kind: plistString, format: judge.UUIDFormat},
	"EAPClientConfiguration":        {kind: plistDict, keys: eapKeys},
	"DisplayedOperatorName":         text(),
	"DomainName":                    text(),
	"RoamingConsortiumOIs":          list(text()), // the rule apple-oi judges the items
	"ServiceProviderRoamingEnabled": boolean(),
	"IsHotspot":                     boolean(),
	"HESSID":                        text(),
	"NAIRealmNames":                 list(text()),
	"MCCAndMNCs":                    list(schemaKey{kind: plistString, format: judge.MCCMNCFormat}).except(judge.MacOS),
	"CaptiveBypass":                 boolean().except(judge.MacOS),
	"QoSMarkingPolicy": {kind: plistDict, keys: schema{
		"QoSMarkingAllowListAppIdentifiers":   list(text()),
		"QoSMarkingWhitelistedAppIdentifiers": list(text()),
		"QoSMarkingAppleAudioVideoCalls":      boolean(),
		"QoSMarkingEnabled":                   boolean(),
	}},
	"SetupModes":                         list(oneOf("System", "Loginwindow")).except(judge.IOS),
	"EnableIPv6":                         boolean(),
	"TLSCertificateRequired":             boolean(),
	"ProxyServer":                        text(),
	"ProxyServerPort":                    {kind: plistInteger, max: 65535},
	"ProxyUsername":                      text(),
	"ProxyPassword":                      text(),
	"ProxyPACURL":                        text(),
	"ProxyPACFallbackAllowed":            boolean(),
	"DisableAssociationMACRandomization": boolean(),
}

// eapType is an EAP method number.
var eapType = schemaKey{kind: plistInteger, integers: []int64{13, 17, 18, 21, 23, 25, 43}}

var eapKeys = schema{
	"AcceptEAPTypes":                        list(eapType).needed(),
	"UserName":                              text(),
	"UserPassword":                          text(),
	"PayloadCertificateAnchorUUID":          list(schemaKey{kind: plistString, format: judge.UUIDFormat}),
	"TLSTrustedCertificates":                list(text()),
	"TLSTrustedServerNames":                 list(text()),
	"TLSAllowTrustExceptions":               boolean(),
	"TLSCertificateIsRequired":              boolean(),
	"TTLSInnerAuthentication":               oneOf("PAP", "EAP", "CHAP", "MSCHAP", "MSCHAPv2"),
	"TLSMinimumVersion":                     oneOf("1.0", "1.1", "1.2", "1.3"),
	"TLSMaximumVersion":                     oneOf("1.0", "1.1", "1.2", "1.3"),
	"OuterIdentity":                         text(),
	"EAPFASTUsePAC":                         boolean(),
	"EAPFASTProvisionPAC":                   boolean(),
	"EAPFASTProvisionPACAnonymously":        boolean(),
	"EAPSIMNumberOfRANDs":                   {kind: plistInteger, integers: []int64{2, 3}},
	"SystemModeCredentialsSource":           text(),
	"SystemModeUseOpenDirectoryCredentials": boolean(),
	"OneTimeUserPassword":                   boolean(),
}
