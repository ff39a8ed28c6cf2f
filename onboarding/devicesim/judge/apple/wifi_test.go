package apple

import (
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

func appleWiFiCases(add func(*judge.Rule, string, *judgetest.AppleFile, *judgetest.AppleFile)) {
	file := judgetest.NewAppleFile
	swap := func(old, new string) *judgetest.AppleFile { return file().Swap(old, new) }
	const ssid = "<key>SSID_STR</key><string>Venue Secure</string>"
	add(ruleSSID, "33 bytes", swap("Venue Secure", strings.Repeat("è", 16)+"x"),
		swap("Venue Secure", strings.Repeat("è", 16)))
	add(ruleSSID, "empty", swap("Venue Secure", ""), file())
	add(ruleSSID, "neither SSID nor domain", swap(ssid, ""), file())
	add(ruleHotspotDomain, "no domain",
		file().Drop("DomainName").Add(judgetest.InHotspot, "<key>SSID_STR</key><string>x</string>"),
		file().Add(judgetest.InHotspot, "<key>SSID_STR</key><string>x</string>"))
	add(ruleHotspotDomain, "a label", swap("<string>venue.example</string>", "<string>venue</string>"), file())
	add(ruleHotspotFlag, "not a hotspot", swap("<key>IsHotspot</key><true/>", "<key>IsHotspot</key><false/>"), file())
	add(ruleHotspotFlag, "realm with an SSID",
		file().Add(judgetest.InSSID, "<key>NAIRealmNames</key><array><string>venue.example</string></array>"), file())
	for _, e := range []string{"Any", "WEP", "WPA", "None"} {
		add(ruleEncryption, e, swap("<string>WPA2</string>", "<string>"+e+"</string>"),
			swap("<string>WPA2</string>", "<string>WPA3</string>"))
	}
	add(ruleEncryption, "absent", file().Drop("EncryptionType"), file())
	add(ruleNoEAP, "password beside EAP", file().Add(judgetest.InSSID, "<key>Password</key><string>x</string>"), file())
	add(ruleNoEAP, "no EAP", func() *judgetest.AppleFile {
		f := file()
		i := strings.LastIndex(f.XML, "<key>EAPClientConfiguration</key>")
		f.XML = f.XML[:i] + "</dict></array></dict></plist>"
		return f
	}(), file())
	for _, oi := range []string{"5a03ba0000", "5A03BA000", "5A03BA00", "5A-03-BA", "0x5A03BA", ""} {
		add(ruleOI, oi, swap("<string>5A03BA0000</string>", "<string>"+oi+"</string>"),
			swap("<string>5A03BA0000</string>", "<string>5A03BA</string>"))
	}
	ois := "<array><string>5A03BA0000</string><string>004096</string></array>"
	add(ruleOI, "an empty list", swap(ois, "<array/>"), file())
	add(ruleOIRoaming, "roaming off",
		swap("<key>ServiceProviderRoamingEnabled</key><true/>", "<key>ServiceProviderRoamingEnabled</key><false/>"),
		file())
	add(
		ruleOIRoaming,
		"roaming absent",
		file().Drop("ServiceProviderRoamingEnabled"),
		file().Drop("ServiceProviderRoamingEnabled").
			Swap("<key>RoamingConsortiumOIs</key>"+ois,
				"<key>NAIRealmNames</key><array><string>venue.example</string></array>"),
	)
	add(ruleOIRealms, "both",
		file().Add(judgetest.InHotspot, "<key>NAIRealmNames</key><array><string>venue.example</string></array>"),
		file())
	add(
		ruleRealm,
		"with an at sign",
		swap("<key>RoamingConsortiumOIs</key>"+ois,
			"<key>NAIRealmNames</key><array><string>anonymous@venue.example</string></array>"),
		swap("<key>RoamingConsortiumOIs</key>"+ois,
			"<key>NAIRealmNames</key><array><string>venue.example</string></array>"),
	)
	add(
		ruleDuplicateNetwork,
		"the same SSID",
		swap(
			"</array></dict></plist>",
			strings.NewReplacer("0E02", "0E05", "1.wpa2", "1.more").
				Replace(judgetest.AppleWiFi)+
				"</array></dict></plist>",
		),
		swap(
			"</array></dict></plist>",
			strings.NewReplacer("0E02", "0E05", "1.wpa2", "1.more", "Venue Secure", "Venue 2").
				Replace(judgetest.AppleWiFi)+
				"</array></dict></plist>",
		),
	)
	add(ruleProxy, "server without port",
		file().Add(judgetest.InSSID,
			"<key>ProxyType</key><string>Manual</string><key>ProxyServer</key><string>p.example</string>"),
		file().Add(judgetest.InSSID, "<key>ProxyType</key><string>None</string>"))
	add(ruleProxy, "PAC without Auto",
		file().Add(judgetest.InSSID, "<key>ProxyPACURL</key><string>http://p.example/</string>"),
		file().Add(judgetest.InSSID,
			"<key>ProxyType</key><string>Auto</string><key>ProxyPACURL</key><string>http://p.example/</string>"))
	add(ruleMAC, "fixed address", file().Add(judgetest.InSSID, "<key>DisableAssociationMACRandomization</key><true/>"),
		file().Add(judgetest.InSSID, "<key>DisableAssociationMACRandomization</key><false/>"))

	for _, types := range []string{
		"", "<integer>21</integer><integer>25</integer>", "<integer>43</integer>", "<integer>18</integer>",
	} {
		add(ruleEAPTypes, types, swap("<array><integer>21</integer></array>", "<array>"+types+"</array>"),
			swap("<array><integer>21</integer></array>", "<array><integer>25</integer></array>"))
	}
	add(ruleCredentials, "no password", file().Drop("UserPassword"), file())
	add(ruleCredentials, "empty password", swap("caf&#233; &lt;1&gt;", ""), file())
	add(ruleCredentials, "no name", file().Drop("UserName"), file())
	add(ruleOneTime, "true", file().Add(judgetest.InEAP, "<key>OneTimeUserPassword</key><true/>"), file())
	add(
		ruleInner,
		"absent",
		file().Drop("TTLSInnerAuthentication"),
		swap("<array><integer>21</integer></array>",
			"<array><integer>25</integer></array>").Drop("TTLSInnerAuthentication"),
	)
	add(ruleOuter, "absent", file().Drop("OuterIdentity"), file())
	add(ruleOuter, "the user name", swap("<string>anonymous@venue.example</string>", "<string>anna</string>"), file())
	names := "<key>TLSTrustedServerNames</key><array><string>radius.venue.example</string></array>"
	anchors :=
		"<key>PayloadCertificateAnchorUUID</key><array><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string></array>"
	add(ruleTrust, "neither names nor anchor", swap(names, "").Swap(anchors, ""), swap(names, ""))
	add(ruleTrust, "an empty list", swap(names, "<key>TLSTrustedServerNames</key><array/>").Swap(anchors, ""), file())
	for _, bad := range []string{
		"radius", "venue.example", "radius.*.example", "r*.venue.example", "*.*.venue.example", "*", "*.com", "*.co.uk",
		"radius.venue.example.", "radius venue.example", "https://radius.venue.example", "",
	} {
		add(ruleServerName, bad, swap("<string>radius.venue.example</string>", "<string>"+bad+"</string>"),
			swap("<string>radius.venue.example</string>", "<string>*.radius.venue.example</string>"))
	}
	add(ruleTrustExceptions, "false", file().Add(judgetest.InEAP, "<key>TLSAllowTrustExceptions</key><false/>"), file())
	minimum := "<key>TLSMinimumVersion</key><string>1.2</string>"
	add(ruleTLSVersion, "absent", swap(minimum, ""), file())
	add(ruleTLSVersion, "1.0", swap(minimum, "<key>TLSMinimumVersion</key><string>1.0</string>"), file())
	add(
		ruleTLSVersion,
		"1.3 with the default maximum",
		swap(minimum, "<key>TLSMinimumVersion</key><string>1.3</string>"),
		swap(minimum,
			"<key>TLSMinimumVersion</key><string>1.3</string><key>TLSMaximumVersion</key><string>1.3</string>"),
	)
	add(ruleTLSVersion, "maximum below", swap(minimum, minimum+"<key>TLSMaximumVersion</key><string>1.1</string>"),
		file())

	add(ruleEAPTypes, "TLS", swap("<array><integer>25</integer></array>", "<array><integer>13</integer></array>"),
		file())
	key := "<key>PayloadCertificateUUID</key><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string>"
	add(ruleClientCertificate, "named", file().Add(judgetest.InSSID, key), file())
	add(ruleClientCertificate, "required by the payload",
		file().Add(judgetest.InSSID, "<key>TLSCertificateRequired</key><true/>"),
		file().Add(judgetest.InSSID, "<key>TLSCertificateRequired</key><false/>"))
	add(ruleClientCertificate, "required with TTLS",
		file().Add(judgetest.InEAP, "<key>TLSCertificateIsRequired</key><true/>"),
		file().Add(judgetest.InEAP, "<key>TLSCertificateIsRequired</key><false/>"))
}

func appleCertificateCases(add func(*judge.Rule, string, *judgetest.AppleFile, *judgetest.AppleFile)) {
	file := judgetest.NewAppleFile
	good := judgetest.AppleCertificate(payloadRoot, judgetest.CA().Raw)
	root := func(kind string, data []byte) *judgetest.AppleFile {
		return file().Swap(good, judgetest.AppleCertificate(kind, data))
	}
	ref := "<array><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string></array>"
	add(ruleAnchor, "no such payload", file().Swap(ref, strings.Replace(ref, "0E03", "0E09", 1)),
		file().Swap(ref, strings.ToLower(ref)))
	add(ruleAnchor, "a Wi-Fi payload", file().Swap(ref, strings.Replace(ref, "0E03", "0E02", 1)), file())
	add(ruleAnchorUnused, "nobody refers to it", file().Swap("<key>PayloadCertificateAnchorUUID</key>"+ref, ""), file())
	authority := judgetest.CA().Certificate
	for _, kind := range []string{payloadRoot, payloadPKCS1} {
		add(ruleCertificate, "PEM in "+kind, root(kind, judgetest.PEM(authority)), root(kind, authority.Raw))
		add(ruleCertificate, "two in "+kind, root(kind, append(authority.Raw, authority.Raw...)),
			root(kind, authority.Raw))
		add(ruleCertificate, "garbage in "+kind, root(kind, []byte("x")), root(kind, authority.Raw))
	}
	add(ruleCertificate, "DER in pem", root(payloadPEM, authority.Raw), root(payloadPEM, judgetest.PEM(authority)))
	add(ruleCertificate, "two in pem", root(payloadPEM, judgetest.PEM(authority, authority)),
		root(payloadPEM, judgetest.PEM(authority)))
	add(ruleCertificate, "text before pem", root(payloadPEM, append([]byte("root:\n"), judgetest.PEM(authority)...)),
		root(payloadPEM, append([]byte("\n"), judgetest.PEM(authority)...)))
	server := judgetest.Issue(judgetest.PanicTB{}, judgetest.LeafTemplate("radius.venue.example"), judgetest.CA())
	add(ruleCertificateCA, "the server's own", root(payloadRoot, server.Raw), file())
	add(ruleCertificateCA, "the server's own as pkcs1", root(payloadPKCS1, server.Raw),
		root(payloadPKCS1, authority.Raw))
	add(ruleCertificateExpired, "root of last year", root(payloadRoot, judgetest.ExpiredCA().Raw), file())
}
