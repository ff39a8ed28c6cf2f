package devicesim

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// androidTreeCases are those of the XML and of the OMA-DM tree in it.
func androidTreeCases() []ruleCase {
	var cases []ruleCase
	add := func(r *Rule, name string, broken, sound *androidFile) {
		cases = append(cases, ruleCase{rule: r, name: name, platform: Android, check: checkAndroid, broken: broken.bytes(), sound: sound.bytes()})
	}
	file := newAndroidFile
	swap := func(old, new string) *androidFile { return file().swap(old, new) }
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

	add(androidUTF8, "Latin-1 in the name", swap("Caff&#232;", "Caff\xe8"), swap("Caff&#232;", "Caffè"))
	add(androidXML, "byte order mark", swap("<?xml", "\ufeff<?xml"), file())
	add(androidXML, "blank before the declaration", swap("<?xml", " <?xml"), swap(declaration, "\n"))
	add(androidXML, "second declaration", swap(declaration, declaration+declaration), swap(declaration, ""))
	add(androidXML, "bare ampersand", swap("&amp;", "&"), swap("&amp;", "<![CDATA[&]]>"))
	add(androidXML, "bare less-than", swap("&amp;", "<"), swap("&amp;", "&lt;"))
	add(androidXML, "unknown entity", swap("&#232;", "&egrave;"), swap("&#232;", "&#xe8;"))
	add(androidXML, "control character", swap("&#232;", "&#1;"), swap("&#232;", "&#9;"))
	add(androidXML, "cut short", swap("</MgmtTree>", ""), swap("</MgmtTree>", "</MgmtTree>\n<!-- end -->\n"))
	add(androidXML, "text after the end", swap("</MgmtTree>", "</MgmtTree>x"), file())
	add(androidXML, "two roots", swap("</MgmtTree>", "</MgmtTree><MgmtTree/>"), file())
	add(androidXML, "tags crossed", swap("</VerDTD><Node>", "<Node></VerDTD>"), file())
	add(androidXML, "attribute twice", swap("<VerDTD>", `<VerDTD a="1" a="2">`), swap("<VerDTD>", `<VerDTD a="1" b="2">`))
	add(androidXML, "empty", func() *androidFile { f := file(); f.xml = " "; return f }(), file())
	add(androidDTD, "entity", swap(declaration, declaration+`<!DOCTYPE MgmtTree [<!ENTITY n "Bar">]>`), file())
	add(androidDTD, "a billion laughs", swap(declaration, declaration+`<!DOCTYPE MgmtTree [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`).swap("Bar", "&b;"), file())
	add(androidDoctype, "the standard's own", swap(declaration, declaration+`<!DOCTYPE MgmtTree PUBLIC "-//OMA//DTD-DM-DDF 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/DM_DDF-V1_2.dtd">`), file())
	add(androidTooBig, "nested 65 deep", swap("<!-- more -->", strings.Repeat("<Node>", 65)+strings.Repeat("</Node>", 65)), file())
	add(androidTooBig, "20,001 elements", swap("<!-- more -->", strings.Repeat("<Node/>", 20001)), file())
	attributes := func(n int) string {
		var tag strings.Builder
		for i := range n {
			fmt.Fprintf(&tag, ` a%d="1"`, i)
		}
		return "<VerDTD" + tag.String() + ">"
	}
	add(androidTooBig, "257 attributes", swap("<VerDTD>", attributes(257)), swap("<VerDTD>", attributes(256)))
	add(androidRoot, "prefixed", swap(`<MgmtTree xmlns=`, `<d:MgmtTree xmlns:d=`).swap("</MgmtTree>", "</d:MgmtTree>"), swap(` xmlns="syncml:dmddf1.2"`, ""))
	add(androidRoot, "another", swap(`<MgmtTree`, `<Mgmttree`).swap("</MgmtTree>", "</Mgmttree>"), file())
	add(androidVerDTD, "twice", swap("<VerDTD>1.2</VerDTD>", "<VerDTD>1.2</VerDTD><VerDTD>1.2</VerDTD>"), swap("<VerDTD>1.2</VerDTD>", ""))
	add(androidNode, "element beside the Node", swap("</VerDTD>", "</VerDTD><Man>x</Man>"), file())
	add(androidNode, "element under PerProviderSubscription", swap("<RTProperties>", "<Path>.</Path><RTProperties>"), file())
	add(androidNode, "prefixed Node", swap("<!-- more -->", "<s:Node><NodeName>IconURL</NodeName><Value>x</Value></s:Node>"), swap("<!-- more -->", leaf("IconURL", "x")))
	add(androidNode, "without NodeName", swap("<!-- more -->", "<Node><Value>x</Value></Node>"), file())
	add(androidNode, "NodeName twice", swap("<NodeName>home</NodeName>", "<NodeName>home</NodeName><NodeName>home</NodeName>"), swap("<NodeName>home</NodeName>", "<NodeName>X1</NodeName>"))
	add(androidNode, "PerProviderSubscription named twice", swap("<RTProperties>", "<NodeName>PerProviderSubscription</NodeName><RTProperties>"), file())
	add(androidNode, "Value twice", swap("<Value>venue.example</Value>", "<Value>venue.example</Value><Value>venue.example</Value>"), file())
	add(androidNode, "Value and Node", swap("<Value>venue.example</Value>", "<Value>venue.example</Value>"+leaf("x", "y")), file())
	add(androidNode, "neither Value nor Node", swap("<!-- more -->", "<Node><NodeName>IconURL</NodeName></Node>"), swap("<!-- more -->", "<Node><NodeName>IconURL</NodeName><Value/></Node>"))
	add(androidNode, "elements in place of Value", swap("<Value>venue.example</Value>", "<b>venue.example</b>"), swap("<Value>venue.example</Value>", "<Value>venue<!-- . --><b>x</b>.example</Value>"))
	add(androidNode, "RTProperties inside the instance", swap("<NodeName>home</NodeName>", "<NodeName>home</NodeName><RTProperties/>"), file())
	add(androidTopNode, "two", swap("</MgmtTree>", "<Node><NodeName>PerProviderSubscription</NodeName></Node></MgmtTree>"), file())
	add(androidTopNode, "another name", swap("<NodeName>PerProviderSubscription", "<NodeName>perProviderSubscription"), swap("<NodeName>PerProviderSubscription", "<NodeName> PerProviderSubscription"))
	add(androidTopNode, "empty name", swap("<NodeName>PerProviderSubscription</NodeName>", "<NodeName/>"), swap("<NodeName>PerProviderSubscription</NodeName>", ""))
	add(androidTopNode, "none", func() *androidFile {
		f := file()
		f.xml = "<MgmtTree><VerDTD>1.2</VerDTD></MgmtTree>"
		return f
	}(), file())
	urn := "urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0"
	add(androidURN, "no hyphen", swap(urn, strings.Replace(urn, "-", "", 1)), swap("<RTProperties><Type><DDFName>"+urn+"</DDFName></Type></RTProperties>", ""))
	add(androidURN, "soft hyphen", swap(urn, strings.Replace(urn, "-", "\u00ad", 1)), swap(urn, "\n"+urn+"\n"))
	add(androidURN, "capitals", swap(urn, strings.ToUpper(urn)), file())
	add(androidURN, "empty", swap("<Type><DDFName>"+urn+"</DDFName></Type>", ""), file())
	add(androidURN, "Format beside Type", swap("<Type><DDFName>", "<Format><node/></Format><Type><DDFName>"), file())
	add(androidURN, "MIME beside DDFName", swap("<DDFName>", "<MIME>text/plain</MIME><DDFName>"), file())
	add(androidURN, "DDFName without Type", swap("<Type><DDFName>"+urn+"</DDFName></Type>", "<DDFName>"+urn+"</DDFName>"), file())
	add(androidInstance, "two", swap("\n</Node></Node></MgmtTree>", "\n</Node>"+tree("second", leaf("x", "y"))+"</Node></MgmtTree>"), swap("<Node><NodeName>home", leaf("UpdateIdentifier", "7")+"<Node><NodeName>home"))
	add(androidInstance, "none", func() *androidFile {
		f := file()
		f.xml = "<MgmtTree><Node><NodeName>PerProviderSubscription</NodeName>" + leaf("UpdateIdentifier", "7") + "</Node></MgmtTree>"
		return f
	}(), file())
	add(androidInstance, "with a value", func() *androidFile {
		f := file()
		f.xml = "<MgmtTree><Node><NodeName>PerProviderSubscription</NodeName>" + leaf("home", "7") + "</Node></MgmtTree>"
		return f
	}(), file())

	unknown := leaf("Surprise", "1")
	for _, parent := range []string{"home", "HomeSP", "Credential", "UsernamePassword", "EAPMethod", "SubscriptionParameters", "AAAServerTrustedNames"} {
		add(androidUnknownNode, "under "+parent, file().add(parent, unknown), file().add("Extension", unknown))
	}
	add(androidUnknownNode, "OuterIdentity", file().add("EAPMethod", leaf("AnonymousIdentity", "x")), file().add("EAPMethod", leaf("VendorId", "0")))
	for _, parent := range []string{"Extension", "Android"} {
		add(androidUnknownNode, "known name in the wrong place", file().add("home", leaf("FQDN", "x")), file().add(parent, unknown))
	}
	wba := tree("WBA", tree("NAI", leaf("DecoratedPrefix", "proxy.example!"), unknown), unknown)
	add(androidUnknownNode, "WBA beside Extension", file().add("home", wba), file().add("Extension", wba))
	add(androidUnknownNode, "in UsageLimits", file().add("SubscriptionParameters", tree("UsageLimits", unknown)), file().add("SubscriptionParameters", tree("UsageLimits", leaf("DataLimit", "10"), leaf("TimeLimit", "10"), leaf("UsageTimePeriod", "10"), leaf("StartDate", "2026-01-01T00:00:00Z"))))
	add(androidDuplicateNode, "FQDN", file().add("HomeSP", leaf("FQDN", "other.example")), file())
	add(androidDuplicateNode, "HomeSP", file().add("home", tree("HomeSP", leaf("FQDN", "a.example"))), file())
	add(androidDuplicateNode, "UpdateIdentifier", swap("<Node><NodeName>home", strings.Repeat(leaf("UpdateIdentifier", "7"), 2)+"<Node><NodeName>home"), file())
	add(androidDuplicateNode, "even under Extension", file().add("Extension", unknown+unknown), file().add("Extension", unknown))
	for _, name := range []string{"HomeSP", "Credential", "UsernamePassword", "EAPMethod", "SubscriptionParameters", "Extension", "Android", "AAAServerTrustedNames"} {
		add(androidLeaf, name+" with a value", file().replaceNode(name, leaf(name, "x")), file())
	}
	for _, name := range []string{"FQDN", "FriendlyName", "RoamingConsortiumOI", "Realm", "Username", "Password", "EAPType", "InnerMethod", "ExpirationDate", "CreationDate"} {
		add(androidLeaf, name+" with children", file().replaceNode(name, tree(name, leaf("x", "y"))), file())
	}
	add(androidInteger, "EAPType in words", file().value("EAPType", "TTLS"), file().value("EAPType", "+21"))
	add(androidInteger, "UpdateIdentifier", swap("<Node><NodeName>home", leaf("UpdateIdentifier", "x")+"<Node><NodeName>home"), swap("<Node><NodeName>home", leaf("UpdateIdentifier", "-1")+"<Node><NodeName>home"))
	add(androidInteger, "CredentialPriority", file().add("home", leaf("CredentialPriority", "1.5")), file().add("home", leaf("CredentialPriority", "1")))
	add(androidInteger, "DataLimit", file().add("SubscriptionParameters", tree("UsageLimits", leaf("DataLimit", ""))), file().add("SubscriptionParameters", leaf("TypeOfSubscription", "anything")))
	for _, bad := range []string{"2027-11-30T08:00:00.000Z", "2027-11-30T08:00:00+00:00", "2027-11-30T08:00:00", "2027-11-30", "2027-11-30 08:00:00Z", "2027-11-30T08:00:00z", "2027-02-30T08:00:00Z", "2027-1-3T8:00:00Z", "2027-11-30T08:00:00Zx", "", "never"} {
		add(androidDate, bad, file().value("ExpirationDate", bad), file().value("ExpirationDate", "2028-02-29T23:59:59Z"))
		add(androidDate, "created "+bad, file().value("CreationDate", bad), file().drop("CreationDate"))
	}
	return cases
}

// androidConfigurationCases are those of the values.
func androidConfigurationCases() []ruleCase {
	var cases []ruleCase
	add := func(r *Rule, name string, broken, sound *androidFile) {
		cases = append(cases, ruleCase{rule: r, name: name, platform: Android, check: checkAndroid, broken: broken.bytes(), sound: sound.bytes()})
	}
	file := newAndroidFile
	long := func(n int) string { return strings.Repeat("x", n) }

	add(androidHomeSP, "absent", file().drop("HomeSP"), file())
	add(androidCredential, "absent", file().drop("Credential"), file())
	add(androidFQDN, "absent", file().drop("FQDN"), file())
	add(androidFQDN, "empty", file().value("FQDN", ""), file().value("FQDN", long(255)))
	add(androidFQDN, "256 bytes", file().value("FQDN", long(256)), file())
	add(androidFriendlyName, "absent", file().drop("FriendlyName"), file())
	add(androidFriendlyName, "blanks", file().value("FriendlyName", "  "), file().value("FriendlyName", long(255)))
	add(androidFriendlyName, "256 bytes of two-byte letters", file().value("FriendlyName", strings.Repeat("è", 128)), file().value("FriendlyName", strings.Repeat("è", 127)))
	for _, bad := range []string{"", "0x5a03ba", "5a-03-ba", "5a 03 ba", "5a03ba, 004096", "5a03ba,,004096", ",5a03ba", "-5a03ba", "5a03bg", "5a03ba;004096"} {
		add(androidOI, fmt.Sprintf("%q", bad), file().value("RoamingConsortiumOI", bad), file().drop("RoamingConsortiumOI"))
	}
	add(androidOI, "upper-case prefix", file().value("RoamingConsortiumOI", "0X5A03BA"), file().value("RoamingConsortiumOI", "5A03BA"))
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat("004096,", n), ",") }
	add(androidOICount, "37", file().value("RoamingConsortiumOI", many(37)), file().value("RoamingConsortiumOI", many(36)))
	add(androidOISize, "12 digits", file().value("RoamingConsortiumOI", "5a03ba000000"), file().value("RoamingConsortiumOI", "ffffffffff"))
	add(androidOISize, "over 64 bits", file().value("RoamingConsortiumOI", strings.Repeat("f", 20)), file())
	add(androidOILength, "4 octets", file().value("RoamingConsortiumOI", "5a03ba00"), file())
	add(androidOIComma, "at the end", file().value("RoamingConsortiumOI", "5a03ba,"), file())
	ssid := func(s string) *androidFile {
		return file().add("HomeSP", tree("NetworkID", tree("a", leaf("SSID", s), leaf("HESSID", "001122334455"))))
	}
	add(androidSSID, "33 bytes", ssid(long(33)), ssid(long(32)))
	add(androidMissingField, "NetworkID without SSID", file().add("HomeSP", tree("NetworkID", tree("a", leaf("HESSID", "00")))), ssid("x"))
	home := func(leaves ...string) *androidFile {
		return file().add("HomeSP", tree("HomeOIList", tree("a", leaves...)))
	}
	add(androidMissingField, "HomeOIList without HomeOIRequired", home(leaf("HomeOI", "5a03ba")), home(leaf("HomeOI", "5a03ba"), leaf("HomeOIRequired", "false")))
	add(androidMissingField, "OtherHomePartners without FQDN", file().add("HomeSP", tree("OtherHomePartners", tree("a", tree("x", leaf("y", "z"))))), file().add("HomeSP", tree("OtherHomePartners", tree("a", leaf("FQDN", "b.example")))))
	add(androidMissingField, "trusted names without FQDN", file().replaceNode("AAAServerTrustedNames", tree("AAAServerTrustedNames", tree("x", leaf("y", "z")))), file())
	add(androidOI, "HomeOI", home(leaf("HomeOI", "0x5a"), leaf("HomeOIRequired", "true")), home(leaf("HomeOI", "5A03BA"), leaf("HomeOIRequired", "maybe")))
	add(androidInteger, "HESSID", file().add("HomeSP", tree("NetworkID", tree("a", leaf("SSID", "x"), leaf("HESSID", "00:11")))), ssid("x"))

	list := func(name string, n int, leaves func(i int) []string) string {
		var entries []string
		for i := range n {
			entries = append(entries, tree(fmt.Sprintf("a%d", i), leaves(i)...))
		}
		return tree(name, entries...)
	}
	add(androidHESSID, "49 bits", file().add("HomeSP", tree("NetworkID", tree("a", leaf("SSID", "x"), leaf("HESSID", "1000000000000")))),
		file().add("HomeSP", tree("NetworkID", tree("a", leaf("SSID", "x"), leaf("HESSID", "ffffffffffff")))))
	networks := func(n int) *androidFile {
		return file().add("HomeSP", list("NetworkID", n, func(i int) []string { return []string{leaf("SSID", fmt.Sprint(i))} }))
	}
	add(androidEntryCount, "17 networks", networks(17), networks(16))
	partners := func(n int) *androidFile {
		return file().add("HomeSP", list("OtherHomePartners", n, func(int) []string { return []string{leaf("FQDN", "b.example")} }))
	}
	add(androidEntryCount, "17 partners", partners(17), partners(16))
	add(androidTooLong, "icon", file().add("HomeSP", leaf("IconURL", long(2049))), file().add("HomeSP", leaf("IconURL", long(2048))))
	add(androidTooLong, "type of subscription", file().add("SubscriptionParameters", leaf("TypeOfSubscription", long(256))),
		file().add("SubscriptionParameters", leaf("TypeOfSubscription", long(255))))
	add(androidTooLong, "token app", file().add("UsernamePassword", leaf("SoftTokenApp", long(256))), file().add("UsernamePassword", leaf("SoftTokenApp", long(255))))
	homes := func(all, any int) *androidFile {
		return file().add("HomeSP", list("HomeOIList", all+any, func(i int) []string {
			return []string{leaf("HomeOI", "5a03ba"), leaf("HomeOIRequired", fmt.Sprint(i < all))}
		}))
	}
	add(androidOICount, "37 that must all match", homes(37, 0), homes(36, 36))
	add(androidOICount, "37 of which one must match", homes(0, 37), homes(36, 36))
	add(androidRealm, "absent", file().drop("Realm"), file())
	add(androidRealm, "empty", file().value("Realm", ""), file().value("Realm", long(253)))
	add(androidRealm, "254 bytes", file().value("Realm", long(254)), file())
	sim := tree("SIM", leaf("IMSI", "310026000000000"), leaf("EAPType", "18"))
	add(androidOneCredential, "none", file().drop("UsernamePassword"), file())
	add(androidOneCredential, "a SIM beside the password", file().add("Credential", sim), file().replaceNode("UsernamePassword", sim))
	add(androidUsername, "absent", file().drop("Username"), file())
	add(androidUsername, "empty", file().value("Username", ""), file().value("Username", "x"))
	add(androidUsername, "64 bytes", file().value("Username", long(64)), file().value("Username", long(63)))
	add(androidUsername, "64 bytes of two-byte letters", file().value("Username", strings.Repeat("é", 32)), file().value("Username", strings.Repeat("é", 31)))
	pass := func(raw string) string { return base64.StdEncoding.EncodeToString([]byte(raw)) }
	add(androidPassword, "absent", file().drop("Password"), file())
	add(androidPassword, "empty", file().value("Password", ""), file().value("Password", pass("x")))
	add(androidPassword, "190 raw bytes", file().value("Password", pass(long(190))), file().value("Password", pass(long(189))))
	for _, bad := range []string{"secretpw", "hunter2!", "Y2Fmw6k", "Y2Fm w6k=", "Y2F-_6k=", "////", "===="} {
		add(androidPasswordEncoding, bad, file().value("Password", bad), file().value("Password", "\n"+pass(`&<>"' %{User-Name}`)+"\n"))
	}
	for _, bad := range []string{"13", "25", "26", "0", "-21"} {
		add(androidEAPType, bad, file().value("EAPType", bad), file().value("EAPType", "21"))
	}
	add(androidEAPType, "absent", file().drop("EAPType"), file())
	for i, bad := range []string{"CHAP", "MSCHAPv2", "MSCHAPV2", "MS-CHAPv2", "ms-chap-v2", "EAP-MSCHAPv2", "EAP", "pap", ""} {
		good := []string{"PAP", "MS-CHAP", "MS-CHAP-V2"}[i%3]
		add(androidInner, fmt.Sprintf("%q", bad), file().value("InnerMethod", bad), file().value("InnerMethod", good))
	}
	add(androidInner, "absent", file().drop("InnerMethod"), file())
	for _, bad := range []string{"", "3100260000000001", "31002*6", "**", "abc"} {
		add(androidIMSI, bad, file().replaceNode("UsernamePassword", tree("SIM", leaf("IMSI", bad), leaf("EAPType", "23"))), file().replaceNode("UsernamePassword", tree("SIM", leaf("IMSI", "310026*"), leaf("EAPType", "23"))))
	}
	add(androidSIMType, "21", file().replaceNode("UsernamePassword", strings.Replace(sim, ">18<", ">21<", 1)), file().replaceNode("UsernamePassword", strings.Replace(sim, ">18<", ">50<", 1)))
	add(androidOCSP, "true", file().add("Credential", leaf("CheckAAAServerCertStatus", "TRUE")), file().add("Credential", leaf("CheckAAAServerCertStatus", "false")))
	add(androidTrimmed, "user name", file().value("Username", "anna "), file())

	add(androidExpired, "an hour ago", file().value("ExpirationDate", "2026-12-01T11:00:00Z"), file().value("ExpirationDate", "2026-12-01T13:00:00Z"))
	add(androidExpiryPlace, "in Credential only", file().drop("SubscriptionParameters").add("Credential", leaf("ExpirationDate", "2027-01-01T00:00:00Z")), file().add("Credential", leaf("ExpirationDate", "2027-01-01T00:00:00Z")))
	never := []string{leaf("UpdateInterval", "4294967295"), leaf("UpdateMethod", "SPP-ClientInitiated"), leaf("Restriction", "Unrestricted"), leaf("URI", "https://x.example/")}
	add(androidSubscriptionUpdate, "never", file().add("home", tree("SubscriptionUpdate", never...)), file())
	update := tree("PolicyUpdate", never...)
	fingerprint := strings.Repeat("0a", 32)
	root := tree("TrustRoot", leaf("CertURL", "https://x.example/ca"), leaf("CertSHA256Fingerprint", fingerprint))
	full := tree("PolicyUpdate", leaf("UpdateInterval", "120"), never[1], never[2], never[3], root, tree("UsernamePassword", leaf("Username", "u"), leaf("Password", "cA==")), leaf("Other", "x"))
	policy := func(nodes ...string) *androidFile { return file().add("home", tree("Policy", nodes...)) }
	add(androidPolicy, "complete", policy(update), file())
	add(androidPolicyUpdate, "no PolicyUpdate", policy(leaf("MaximumBSSLoadValue", "23")), policy(full))
	add(androidPolicyUpdate, "no server", policy(tree("PolicyUpdate", leaf("UpdateInterval", "120"))), policy(full))
	add(androidPolicyUpdate, "no interval", policy(tree("PolicyUpdate", never[1:]...)), policy(update))
	add(androidUnknownNode, "in PolicyUpdate", policy(tree("PolicyUpdate", never[0], leaf("Surprise", "1"))), policy(update))
	partner := func(match, country string) *androidFile {
		return policy(update, tree("PreferredRoamingPartnerList", tree("a", leaf("FQDN_Match", match), leaf("Priority", "1"), leaf("Country", country))))
	}
	add(androidPolicyValue, "FQDN_Match", partner("a.example,sometimes", "it"), partner("a.example,exactMatch", "it"))
	add(androidPolicyValue, "Country", partner("a.example,exactMatch", ""), partner("a.example,includeSubdomains", "*"))
	threshold := func(kind, down string) *androidFile {
		return policy(update, tree("MinBackhaulThreshold", tree("a", leaf("NetworkType", kind), leaf("DLBandwidth", down), leaf("ULBandwidth", "1"))))
	}
	add(androidPolicyValue, "NetworkType", threshold("work", "1"), threshold("home", "1"))
	add(androidInteger, "DLBandwidth", threshold("roaming", "fast"), threshold("roaming", "1000"))
	ports := func(proto, port string) *androidFile {
		return policy(update, tree("RequiredProtoPortTuple", tree("a", leaf("IPProtocol", proto), leaf("PortNumber", port))))
	}
	add(androidPolicyValue, "IPProtocol", ports("256", "443"), ports("255", "443,8080"))
	add(androidPolicyValue, "PortNumber", ports("6", long(65)), ports("6", long(64)))
	add(androidSSID, "excluded", policy(update, tree("SPExclusionList", tree("a", leaf("SSID", long(33))))), policy(update, tree("SPExclusionList", tree("a", leaf("SSID", long(32))))))
	trust := func(nodes ...string) *androidFile {
		return file().add("home", tree("AAAServerTrustRoot", tree("a", nodes...)))
	}
	add(androidTrustRoot, "no URL", trust(leaf("CertSHA256Fingerprint", fingerprint)), trust(leaf("CertURL", long(2048)), leaf("CertSHA256Fingerprint", fingerprint)))
	add(androidTrustRoot, "URL of 2049 bytes", trust(leaf("CertURL", long(2049)), leaf("CertSHA256Fingerprint", fingerprint)), file())
	add(androidTrustRoot, "no fingerprint", trust(leaf("CertURL", "https://x.example/ca")), file())

	add(androidEntryCount, "17 trust roots", file().add("home", list("AAAServerTrustRoot", 17, func(i int) []string {
		return []string{leaf("CertURL", fmt.Sprint(i)), leaf("CertSHA256Fingerprint", fingerprint)}
	})), file().add("home", list("AAAServerTrustRoot", 17, func(int) []string {
		return []string{leaf("CertURL", "one"), leaf("CertSHA256Fingerprint", fingerprint)}
	})))
	add(androidEntryCount, "129 excluded", policy(update, list("SPExclusionList", 129, func(int) []string { return []string{leaf("SSID", "x")} })),
		policy(update, list("SPExclusionList", 128, func(int) []string { return []string{leaf("SSID", "x")} })))
	add(androidPolicyUpdate, "another method", policy(tree("PolicyUpdate", leaf("UpdateInterval", "1"), leaf("UpdateMethod", "HTTP"))), policy(full))

	trusted := func(list string) *androidFile {
		f := file()
		return f.swap("<Value>radius.venue.example</Value>", "<Value>"+list+"</Value>")
	}
	for _, bad := range []string{"a.venue.example; b.venue.example", "a.venue.example,b.venue.example", "", "*.*.venue.example", "-a.venue.example", "a b.venue.example", ";a.venue.example"} {
		add(androidTrustedNames, bad, trusted(bad), trusted("a.venue.example;*.b.venue.example;"))
	}
	names := func(n int) string { return strings.TrimSuffix(strings.Repeat("a.club.example;", n), ";") }
	add(androidTrustedNameCount, "17", trusted(names(17)), trusted(names(16)))
	add(androidTrustedNameCount, "256 bytes", trusted(long(250)+".venue"), file())
	add(androidSuffixLength, "255 characters", trusted(long(60)+"."+long(60)+"."+long(60)+".example;"+long(50)+".example;a.example"), trusted(names(16)))
	add(androidTrustedDomain, "registrable domain", trusted("venue.co.uk"), trusted("radius.venue.co.uk"))
	add(androidCAIgnored, "CA beside trusted names", file().with(partCA, testCA().Raw), privateAndroidFile())
	add(androidNoCA, "no CA", file(), privateAndroidFile())
	prefix := func(v string) *androidFile {
		return file().add("Extension", tree("WBA", tree("NAI", leaf("DecoratedPrefix", v))))
	}
	add(androidDecorated, "17 realms", prefix(strings.Repeat("a!", 17)), prefix(strings.Repeat("a!", 16)))
	add(androidDecorated, "no exclamation mark", prefix("proxy.example"), prefix("proxy.example!"))
	add(androidClientCertificate, "instead of a password", privateAndroidFile().replaceNode("UsernamePassword", tree("DigitalCertificate", leaf("CertificateType", "x509v3"), leaf("CertSHA256Fingerprint", fingerprint))), privateAndroidFile())
	add(androidClientCertificate, "beside a password", privateAndroidFile().with(partPKCS12, []byte("key")), privateAndroidFile())
	for _, bad := range []string{strings.Repeat("ab:", 21) + "a", "0g"} {
		add(androidFingerprint, bad, trust(leaf("CertURL", "https://x.example/ca"), leaf("CertSHA256Fingerprint", bad)), trust(leaf("CertURL", "https://x.example/ca"), leaf("CertSHA256Fingerprint", strings.ToUpper(fingerprint))))
	}
	return cases
}

func leaf(name, value string) string {
	return "<Node><NodeName>" + name + "</NodeName><Value>" + value + "</Value></Node>"
}

func tree(name string, children ...string) string {
	return "<Node><NodeName>" + name + "</NodeName>" + strings.Join(children, "") + "</Node>"
}
