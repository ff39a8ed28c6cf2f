package devicesim

import (
	"strings"
)

func appleWiFiCases(add func(*Rule, string, *appleFile, *appleFile)) {
	file := newAppleFile
	swap := func(old, new string) *appleFile { return file().swap(old, new) }
	const ssid = "<key>SSID_STR</key><string>Venue Secure</string>"
	add(appleSSID, "33 bytes", swap("Venue Secure", strings.Repeat("è", 16)+"x"), swap("Venue Secure", strings.Repeat("è", 16)))
	add(appleSSID, "empty", swap("Venue Secure", ""), file())
	add(appleSSID, "neither SSID nor domain", swap(ssid, ""), file())
	add(appleHotspotDomain, "no domain", file().drop("DomainName").add(inHotspot, "<key>SSID_STR</key><string>x</string>"), file().add(inHotspot, "<key>SSID_STR</key><string>x</string>"))
	add(appleHotspotDomain, "a label", swap("<string>venue.example</string>", "<string>venue</string>"), file())
	add(appleHotspotFlag, "not a hotspot", swap("<key>IsHotspot</key><true/>", "<key>IsHotspot</key><false/>"), file())
	add(appleHotspotFlag, "realm with an SSID", file().add(inSSID, "<key>NAIRealmNames</key><array><string>venue.example</string></array>"), file())
	for _, e := range []string{"Any", "WEP", "WPA", "None"} {
		add(appleEncryption, e, swap("<string>WPA2</string>", "<string>"+e+"</string>"), swap("<string>WPA2</string>", "<string>WPA3</string>"))
	}
	add(appleEncryption, "absent", file().drop("EncryptionType"), file())
	add(appleNoEAP, "password beside EAP", file().add(inSSID, "<key>Password</key><string>x</string>"), file())
	add(appleNoEAP, "no EAP", func() *appleFile {
		f := file()
		i := strings.LastIndex(f.xml, "<key>EAPClientConfiguration</key>")
		f.xml = f.xml[:i] + "</dict></array></dict></plist>"
		return f
	}(), file())
	for _, oi := range []string{"5a03ba0000", "5A03BA000", "5A03BA00", "5A-03-BA", "0x5A03BA", ""} {
		add(appleOI, oi, swap("<string>5A03BA0000</string>", "<string>"+oi+"</string>"), swap("<string>5A03BA0000</string>", "<string>5A03BA</string>"))
	}
	ois := "<array><string>5A03BA0000</string><string>004096</string></array>"
	add(appleOI, "an empty list", swap(ois, "<array/>"), file())
	add(appleOIRoaming, "roaming off", swap("<key>ServiceProviderRoamingEnabled</key><true/>", "<key>ServiceProviderRoamingEnabled</key><false/>"), file())
	add(appleOIRoaming, "roaming absent", file().drop("ServiceProviderRoamingEnabled"), file().drop("ServiceProviderRoamingEnabled").swap("<key>RoamingConsortiumOIs</key>"+ois, "<key>NAIRealmNames</key><array><string>venue.example</string></array>"))
	add(appleOIRealms, "both", file().add(inHotspot, "<key>NAIRealmNames</key><array><string>venue.example</string></array>"), file())
	add(appleRealm, "with an at sign", swap("<key>RoamingConsortiumOIs</key>"+ois, "<key>NAIRealmNames</key><array><string>anonymous@venue.example</string></array>"), swap("<key>RoamingConsortiumOIs</key>"+ois, "<key>NAIRealmNames</key><array><string>venue.example</string></array>"))
	add(appleDuplicateNetwork, "the same SSID", swap("</array></dict></plist>", strings.NewReplacer("0E02", "0E05", "1.wpa2", "1.more").Replace(wifiSSID)+"</array></dict></plist>"), swap("</array></dict></plist>", strings.NewReplacer("0E02", "0E05", "1.wpa2", "1.more", "Venue Secure", "Venue 2").Replace(wifiSSID)+"</array></dict></plist>"))
	add(appleProxy, "server without port", file().add(inSSID, "<key>ProxyType</key><string>Manual</string><key>ProxyServer</key><string>p.example</string>"), file().add(inSSID, "<key>ProxyType</key><string>None</string>"))
	add(appleProxy, "PAC without Auto", file().add(inSSID, "<key>ProxyPACURL</key><string>http://p.example/</string>"), file().add(inSSID, "<key>ProxyType</key><string>Auto</string><key>ProxyPACURL</key><string>http://p.example/</string>"))
	add(appleMAC, "fixed address", file().add(inSSID, "<key>DisableAssociationMACRandomization</key><true/>"), file().add(inSSID, "<key>DisableAssociationMACRandomization</key><false/>"))

	for _, types := range []string{"", "<integer>21</integer><integer>25</integer>", "<integer>43</integer>", "<integer>18</integer>"} {
		add(appleEAPTypes, types, swap("<array><integer>21</integer></array>", "<array>"+types+"</array>"), swap("<array><integer>21</integer></array>", "<array><integer>25</integer></array>"))
	}
	add(appleCredentials, "no password", file().drop("UserPassword"), file())
	add(appleCredentials, "empty password", swap("caf&#233; &lt;1&gt;", ""), file())
	add(appleCredentials, "no name", file().drop("UserName"), file())
	add(appleOneTime, "true", file().add(inEAP, "<key>OneTimeUserPassword</key><true/>"), file())
	add(appleInner, "absent", file().drop("TTLSInnerAuthentication"), swap("<array><integer>21</integer></array>", "<array><integer>25</integer></array>").drop("TTLSInnerAuthentication"))
	add(appleOuter, "absent", file().drop("OuterIdentity"), file())
	add(appleOuter, "the user name", swap("<string>anonymous@venue.example</string>", "<string>anna</string>"), file())
	names := "<key>TLSTrustedServerNames</key><array><string>radius.venue.example</string></array>"
	anchors := "<key>PayloadCertificateAnchorUUID</key><array><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string></array>"
	add(appleTrust, "neither names nor anchor", swap(names, "").swap(anchors, ""), swap(names, ""))
	add(appleTrust, "an empty list", swap(names, "<key>TLSTrustedServerNames</key><array/>").swap(anchors, ""), file())
	for _, bad := range []string{"radius", "venue.example", "radius.*.example", "r*.venue.example", "*.*.venue.example", "*", "*.com", "*.co.uk", "radius.venue.example.", "radius venue.example", "https://radius.venue.example", ""} {
		add(appleServerName, bad, swap("<string>radius.venue.example</string>", "<string>"+bad+"</string>"), swap("<string>radius.venue.example</string>", "<string>*.radius.venue.example</string>"))
	}
	add(appleTrustExceptions, "false", file().add(inEAP, "<key>TLSAllowTrustExceptions</key><false/>"), file())
	minimum := "<key>TLSMinimumVersion</key><string>1.2</string>"
	add(appleTLSVersion, "absent", swap(minimum, ""), file())
	add(appleTLSVersion, "1.0", swap(minimum, "<key>TLSMinimumVersion</key><string>1.0</string>"), file())
	add(appleTLSVersion, "1.3 with the default maximum", swap(minimum, "<key>TLSMinimumVersion</key><string>1.3</string>"), swap(minimum, "<key>TLSMinimumVersion</key><string>1.3</string><key>TLSMaximumVersion</key><string>1.3</string>"))
	add(appleTLSVersion, "maximum below", swap(minimum, minimum+"<key>TLSMaximumVersion</key><string>1.1</string>"), file())

	add(appleEAPTypes, "TLS", swap("<array><integer>25</integer></array>", "<array><integer>13</integer></array>"), file())
	key := "<key>PayloadCertificateUUID</key><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string>"
	add(appleClientCertificate, "named", file().add(inSSID, key), file())
	add(appleClientCertificate, "required by the payload", file().add(inSSID, "<key>TLSCertificateRequired</key><true/>"), file().add(inSSID, "<key>TLSCertificateRequired</key><false/>"))
	add(appleClientCertificate, "required with TTLS", file().add(inEAP, "<key>TLSCertificateIsRequired</key><true/>"), file().add(inEAP, "<key>TLSCertificateIsRequired</key><false/>"))
}

func appleCertificateCases(add func(*Rule, string, *appleFile, *appleFile)) {
	file := newAppleFile
	good := rootPayload(payloadRoot, testCA().Raw)
	root := func(kind string, data []byte) *appleFile { return file().swap(good, rootPayload(kind, data)) }
	ref := "<array><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string></array>"
	add(appleAnchor, "no such payload", file().swap(ref, strings.Replace(ref, "0E03", "0E09", 1)), file().swap(ref, strings.ToLower(ref)))
	add(appleAnchor, "a Wi-Fi payload", file().swap(ref, strings.Replace(ref, "0E03", "0E02", 1)), file())
	add(appleAnchorUnused, "nobody refers to it", file().swap("<key>PayloadCertificateAnchorUUID</key>"+ref, ""), file())
	authority := testCA().Certificate
	for _, kind := range []string{payloadRoot, payloadPKCS1} {
		add(appleCertificate, "PEM in "+kind, root(kind, pemOf(authority)), root(kind, authority.Raw))
		add(appleCertificate, "two in "+kind, root(kind, append(authority.Raw, authority.Raw...)), root(kind, authority.Raw))
		add(appleCertificate, "garbage in "+kind, root(kind, []byte("x")), root(kind, authority.Raw))
	}
	add(appleCertificate, "DER in pem", root(payloadPEM, authority.Raw), root(payloadPEM, pemOf(authority)))
	add(appleCertificate, "two in pem", root(payloadPEM, pemOf(authority, authority)), root(payloadPEM, pemOf(authority)))
	add(appleCertificate, "text before pem", root(payloadPEM, append([]byte("root:\n"), pemOf(authority)...)), root(payloadPEM, append([]byte("\n"), pemOf(authority)...)))
	server := issue(panicTB{}, leafTemplate("radius.venue.example"), testCA())
	add(appleCertificateCA, "the server's own", root(payloadRoot, server.Raw), file())
	add(appleCertificateCA, "the server's own as pkcs1", root(payloadPKCS1, server.Raw), root(payloadPKCS1, authority.Raw))
	add(appleCertificateExpired, "root of last year", root(payloadRoot, expiredCA().Raw), file())
}
