package android

import (
	"encoding/base64"
	"fmt"
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

// androidTreeCases are the cases of the XML and of its OMA-DM tree.
func androidTreeCases() []judgetest.Case {
	var cases []judgetest.Case
	add := func(r *judge.Rule, name string, broken, sound *judgetest.AndroidFile) {
		cases = append(
			cases,
			judgetest.Case{
				Rule: r, Name: name, Platform: judge.Android, Check: Check, Broken: broken.Bytes(),
				Sound: sound.Bytes(),
			},
		)
	}
	file := judgetest.NewAndroidFile
	swap := func(old, new string) *judgetest.AndroidFile { return file().Swap(old, new) }
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

	add(ruleUTF8, "Latin-1 in the name", swap("Caff&#232;", "Caff\xe8"), swap("Caff&#232;", "Caffè"))
	add(ruleXML, "byte order mark", swap("<?xml", "\ufeff<?xml"), file())
	add(ruleXML, "blank before the declaration", swap("<?xml", " <?xml"), swap(declaration, "\n"))
	add(ruleXML, "second declaration", swap(declaration, declaration+declaration), swap(declaration, ""))
	add(ruleXML, "bare ampersand", swap("&amp;", "&"), swap("&amp;", "<![CDATA[&]]>"))
	add(ruleXML, "bare less-than", swap("&amp;", "<"), swap("&amp;", "&lt;"))
	add(ruleXML, "unknown entity", swap("&#232;", "&egrave;"), swap("&#232;", "&#xe8;"))
	add(ruleXML, "control character", swap("&#232;", "&#1;"), swap("&#232;", "&#9;"))
	add(ruleXML, "cut short", swap("</MgmtTree>", ""), swap("</MgmtTree>", "</MgmtTree>\n<!-- end -->\n"))
	add(ruleXML, "text after the end", swap("</MgmtTree>", "</MgmtTree>x"), file())
	add(ruleXML, "two roots", swap("</MgmtTree>", "</MgmtTree><MgmtTree/>"), file())
	add(ruleXML, "tags crossed", swap("</VerDTD><Node>", "<Node></VerDTD>"), file())
	add(ruleXML, "attribute twice", swap("<VerDTD>", `<VerDTD a="1" a="2">`), swap("<VerDTD>", `<VerDTD a="1" b="2">`))
	add(ruleXML, "empty", func() *judgetest.AndroidFile { f := file(); f.XML = " "; return f }(), file())
	add(ruleDTD, "entity", swap(declaration, declaration+`<!DOCTYPE MgmtTree [<!ENTITY n "Bar">]>`), file())
	add(
		ruleDTD,
		"a billion laughs",
		swap(declaration,
			declaration+`<!DOCTYPE MgmtTree [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`).Swap("Bar",
			"&b;"),
		file(),
	)
	add(
		ruleDoctype,
		"the standard's own",
		swap(declaration,
			declaration+
				`<!DOCTYPE MgmtTree PUBLIC "-//OMA//DTD-DM-DDF 1.2//EN" `+
				`"http://www.openmobilealliance.org/tech/DTD/DM_DDF-V1_2.dtd">`),
		file(),
	)
	add(ruleTooBig, "nested 65 deep", swap("<!-- more -->", strings.Repeat("<Node>", 65)+strings.Repeat("</Node>", 65)),
		file())
	add(ruleTooBig, "20,001 elements", swap("<!-- more -->", strings.Repeat("<Node/>", 20001)), file())
	attributes := func(n int) string {
		var tag strings.Builder
		for i := range n {
			fmt.Fprintf(&tag, ` a%d="1"`, i)
		}
		return "<VerDTD" + tag.String() + ">"
	}
	add(ruleTooBig, "257 attributes", swap("<VerDTD>", attributes(257)), swap("<VerDTD>", attributes(256)))
	add(ruleRoot, "prefixed", swap(`<MgmtTree xmlns=`, `<d:MgmtTree xmlns:d=`).Swap("</MgmtTree>", "</d:MgmtTree>"),
		swap(` xmlns="syncml:dmddf1.2"`, ""))
	add(ruleRoot, "another", swap(`<MgmtTree`, `<Mgmttree`).Swap("</MgmtTree>", "</Mgmttree>"), file())
	add(ruleVerDTD, "twice", swap("<VerDTD>1.2</VerDTD>", "<VerDTD>1.2</VerDTD><VerDTD>1.2</VerDTD>"),
		swap("<VerDTD>1.2</VerDTD>", ""))
	add(ruleNode, "element beside the Node", swap("</VerDTD>", "</VerDTD><Man>x</Man>"), file())
	add(ruleNode, "element under PerProviderSubscription", swap("<RTProperties>", "<Path>.</Path><RTProperties>"),
		file())
	add(ruleNode, "prefixed Node",
		swap("<!-- more -->", "<s:Node><NodeName>IconURL</NodeName><Value>x</Value></s:Node>"),
		swap("<!-- more -->", leaf("IconURL", "x")))
	add(ruleNode, "without NodeName", swap("<!-- more -->", "<Node><Value>x</Value></Node>"), file())
	add(ruleNode, "NodeName twice",
		swap("<NodeName>home</NodeName>", "<NodeName>home</NodeName><NodeName>home</NodeName>"),
		swap("<NodeName>home</NodeName>", "<NodeName>X1</NodeName>"))
	add(ruleNode, "PerProviderSubscription named twice",
		swap("<RTProperties>", "<NodeName>PerProviderSubscription</NodeName><RTProperties>"), file())
	add(ruleNode, "Value twice",
		swap("<Value>venue.example</Value>", "<Value>venue.example</Value><Value>venue.example</Value>"), file())
	add(ruleNode, "Value and Node", swap("<Value>venue.example</Value>", "<Value>venue.example</Value>"+leaf("x", "y")),
		file())
	add(ruleNode, "neither Value nor Node", swap("<!-- more -->", "<Node><NodeName>IconURL</NodeName></Node>"),
		swap("<!-- more -->", "<Node><NodeName>IconURL</NodeName><Value/></Node>"))
	add(ruleNode, "elements in place of Value", swap("<Value>venue.example</Value>", "<b>venue.example</b>"),
		swap("<Value>venue.example</Value>", "<Value>venue<!-- . --><b>x</b>.example</Value>"))
	add(ruleNode, "RTProperties inside the instance",
		swap("<NodeName>home</NodeName>", "<NodeName>home</NodeName><RTProperties/>"), file())
	add(ruleTopNode, "two", swap("</MgmtTree>", "<Node><NodeName>PerProviderSubscription</NodeName></Node></MgmtTree>"),
		file())
	add(ruleTopNode, "another name", swap("<NodeName>PerProviderSubscription", "<NodeName>perProviderSubscription"),
		swap("<NodeName>PerProviderSubscription", "<NodeName> PerProviderSubscription"))
	add(ruleTopNode, "empty name", swap("<NodeName>PerProviderSubscription</NodeName>", "<NodeName/>"),
		swap("<NodeName>PerProviderSubscription</NodeName>", ""))
	add(ruleTopNode, "none", func() *judgetest.AndroidFile {
		f := file()
		f.XML = "<MgmtTree><VerDTD>1.2</VerDTD></MgmtTree>"
		return f
	}(), file())
	urn := "urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0"
	add(ruleURN, "no hyphen", swap(urn, strings.Replace(urn, "-", "", 1)),
		swap("<RTProperties><Type><DDFName>"+urn+"</DDFName></Type></RTProperties>", ""))
	add(ruleURN, "soft hyphen", swap(urn, strings.Replace(urn, "-", "\u00ad", 1)), swap(urn, "\n"+urn+"\n"))
	add(ruleURN, "capitals", swap(urn, strings.ToUpper(urn)), file())
	add(ruleURN, "empty", swap("<Type><DDFName>"+urn+"</DDFName></Type>", ""), file())
	add(ruleURN, "Format beside Type", swap("<Type><DDFName>", "<Format><node/></Format><Type><DDFName>"), file())
	add(ruleURN, "MIME beside DDFName", swap("<DDFName>", "<MIME>text/plain</MIME><DDFName>"), file())
	add(ruleURN, "DDFName without Type", swap("<Type><DDFName>"+urn+"</DDFName></Type>", "<DDFName>"+urn+"</DDFName>"),
		file())
	add(ruleInstance, "two",
		swap("\n</Node></Node></MgmtTree>", "\n</Node>"+tree("second", leaf("x", "y"))+"</Node></MgmtTree>"),
		swap("<Node><NodeName>home", leaf("UpdateIdentifier", "7")+"<Node><NodeName>home"))
	add(ruleInstance, "none", func() *judgetest.AndroidFile {
		f := file()
		f.XML = "<MgmtTree><Node><NodeName>PerProviderSubscription</NodeName>" + leaf("UpdateIdentifier", "7") +
			"</Node></MgmtTree>"
		return f
	}(), file())
	add(ruleInstance, "with a value", func() *judgetest.AndroidFile {
		f := file()
		f.XML = "<MgmtTree><Node><NodeName>PerProviderSubscription</NodeName>" + leaf("home", "7") +
			"</Node></MgmtTree>"
		return f
	}(), file())

	unknown := leaf("Surprise", "1")
	for _, parent := range []string{
		"home", "HomeSP", "Credential", "UsernamePassword", "EAPMethod", "SubscriptionParameters",
		"AAAServerTrustedNames",
	} {
		add(ruleUnknownNode, "under "+parent, file().Add(parent, unknown), file().Add("Extension", unknown))
	}
	add(ruleUnknownNode, "OuterIdentity", file().Add("EAPMethod", leaf("AnonymousIdentity", "x")),
		file().Add("EAPMethod", leaf("VendorId", "0")))
	for _, parent := range []string{"Extension", "Android"} {
		add(ruleUnknownNode, "known name in the wrong place", file().Add("home", leaf("FQDN", "x")),
			file().Add(parent, unknown))
	}
	wba := tree("WBA", tree("NAI", leaf("DecoratedPrefix", "proxy.example!"), unknown), unknown)
	add(ruleUnknownNode, "WBA beside Extension", file().Add("home", wba), file().Add("Extension", wba))
	add(ruleUnknownNode, "in UsageLimits", file().Add("SubscriptionParameters", tree("UsageLimits", unknown)),
		file().Add("SubscriptionParameters",
			tree("UsageLimits", leaf("DataLimit", "10"), leaf("TimeLimit", "10"), leaf("UsageTimePeriod", "10"),
				leaf("StartDate", "2026-01-01T00:00:00Z"))))
	add(ruleDuplicateNode, "FQDN", file().Add("HomeSP", leaf("FQDN", "other.example")), file())
	add(ruleDuplicateNode, "HomeSP", file().Add("home", tree("HomeSP", leaf("FQDN", "a.example"))), file())
	add(ruleDuplicateNode, "UpdateIdentifier",
		swap("<Node><NodeName>home", strings.Repeat(leaf("UpdateIdentifier", "7"), 2)+"<Node><NodeName>home"), file())
	add(ruleDuplicateNode, "even under Extension", file().Add("Extension", unknown+unknown),
		file().Add("Extension", unknown))
	for _, name := range []string{
		"HomeSP", "Credential", "UsernamePassword", "EAPMethod", "SubscriptionParameters", "Extension", "Android",
		"AAAServerTrustedNames",
	} {
		add(ruleLeaf, name+" with a value", file().ReplaceNode(name, leaf(name, "x")), file())
	}
	for _, name := range []string{
		"FQDN", "FriendlyName", "RoamingConsortiumOI", "Realm", "Username", "Password", "EAPType", "InnerMethod",
		"ExpirationDate", "CreationDate",
	} {
		add(ruleLeaf, name+" with children", file().ReplaceNode(name, tree(name, leaf("x", "y"))), file())
	}
	add(ruleInteger, "EAPType in words", file().Value("EAPType", "TTLS"), file().Value("EAPType", "+21"))
	add(ruleInteger, "UpdateIdentifier",
		swap("<Node><NodeName>home", leaf("UpdateIdentifier", "x")+"<Node><NodeName>home"),
		swap("<Node><NodeName>home", leaf("UpdateIdentifier", "-1")+"<Node><NodeName>home"))
	add(ruleInteger, "CredentialPriority", file().Add("home", leaf("CredentialPriority", "1.5")),
		file().Add("home", leaf("CredentialPriority", "1")))
	add(ruleInteger, "DataLimit", file().Add("SubscriptionParameters", tree("UsageLimits", leaf("DataLimit", ""))),
		file().Add("SubscriptionParameters", leaf("TypeOfSubscription", "anything")))
	for _, bad := range []string{
		"2027-11-30T08:00:00.000Z", "2027-11-30T08:00:00+00:00", "2027-11-30T08:00:00", "2027-11-30",
		"2027-11-30 08:00:00Z", "2027-11-30T08:00:00z", "2027-02-30T08:00:00Z", "2027-1-3T8:00:00Z",
		"2027-11-30T08:00:00Zx", "", "never",
	} {
		add(ruleDate, bad, file().Value("ExpirationDate", bad), file().Value("ExpirationDate", "2028-02-29T23:59:59Z"))
		add(ruleDate, "created "+bad, file().Value("CreationDate", bad), file().Drop("CreationDate"))
	}
	return cases
}

// androidConfigurationCases are the cases of the values.
func androidConfigurationCases() []judgetest.Case {
	var cases []judgetest.Case
	add := func(r *judge.Rule, name string, broken, sound *judgetest.AndroidFile) {
		cases = append(
			cases,
			judgetest.Case{
				Rule: r, Name: name, Platform: judge.Android, Check: Check, Broken: broken.Bytes(),
				Sound: sound.Bytes(),
			},
		)
	}
	file := judgetest.NewAndroidFile
	long := func(n int) string { return strings.Repeat("x", n) }

	add(ruleHomeSP, "absent", file().Drop("HomeSP"), file())
	add(ruleCredential, "absent", file().Drop("Credential"), file())
	add(ruleFQDN, "absent", file().Drop("FQDN"), file())
	add(ruleFQDN, "empty", file().Value("FQDN", ""), file().Value("FQDN", long(255)))
	add(ruleFQDN, "256 bytes", file().Value("FQDN", long(256)), file())
	add(ruleFriendlyName, "absent", file().Drop("FriendlyName"), file())
	add(ruleFriendlyName, "blanks", file().Value("FriendlyName", "  "), file().Value("FriendlyName", long(255)))
	add(ruleFriendlyName, "256 bytes of two-byte letters", file().Value("FriendlyName", strings.Repeat("è", 128)),
		file().Value("FriendlyName", strings.Repeat("è", 127)))
	for _, bad := range []string{
		"", "0x5a03ba", "5a-03-ba", "5a 03 ba", "5a03ba, 004096", "5a03ba,,004096", ",5a03ba", "-5a03ba", "5a03bg",
		"5a03ba;004096",
	} {
		add(ruleOI, fmt.Sprintf("%q", bad), file().Value("RoamingConsortiumOI", bad),
			file().Drop("RoamingConsortiumOI"))
	}
	add(ruleOI, "upper-case prefix", file().Value("RoamingConsortiumOI", "0X5A03BA"),
		file().Value("RoamingConsortiumOI", "5A03BA"))
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat("004096,", n), ",") }
	add(ruleOICount, "37", file().Value("RoamingConsortiumOI", many(37)), file().Value("RoamingConsortiumOI", many(36)))
	add(ruleOISize, "12 digits", file().Value("RoamingConsortiumOI", "5a03ba000000"),
		file().Value("RoamingConsortiumOI", "ffffffffff"))
	add(ruleOISize, "over 64 bits", file().Value("RoamingConsortiumOI", strings.Repeat("f", 20)), file())
	add(ruleOILength, "4 octets", file().Value("RoamingConsortiumOI", "5a03ba00"), file())
	add(ruleOIComma, "at the end", file().Value("RoamingConsortiumOI", "5a03ba,"), file())
	ssid := func(s string) *judgetest.AndroidFile {
		return file().Add("HomeSP", tree("NetworkID", tree("a", leaf("SSID", s), leaf("HESSID", "001122334455"))))
	}
	add(ruleSSID, "33 bytes", ssid(long(33)), ssid(long(32)))
	add(ruleMissingField, "NetworkID without SSID",
		file().Add("HomeSP", tree("NetworkID", tree("a", leaf("HESSID", "00")))), ssid("x"))
	home := func(leaves ...string) *judgetest.AndroidFile {
		return file().Add("HomeSP", tree("HomeOIList", tree("a", leaves...)))
	}
	add(ruleMissingField, "HomeOIList without HomeOIRequired", home(leaf("HomeOI", "5a03ba")),
		home(leaf("HomeOI", "5a03ba"), leaf("HomeOIRequired", "false")))
	add(ruleMissingField, "OtherHomePartners without FQDN",
		file().Add("HomeSP", tree("OtherHomePartners", tree("a", tree("x", leaf("y", "z"))))),
		file().Add("HomeSP", tree("OtherHomePartners", tree("a", leaf("FQDN", "b.example")))))
	add(ruleMissingField, "trusted names without FQDN",
		file().ReplaceNode("AAAServerTrustedNames", tree("AAAServerTrustedNames", tree("x", leaf("y", "z")))), file())
	add(ruleOI, "HomeOI", home(leaf("HomeOI", "0x5a"), leaf("HomeOIRequired", "true")),
		home(leaf("HomeOI", "5A03BA"), leaf("HomeOIRequired", "maybe")))
	add(ruleInteger, "HESSID",
		file().Add("HomeSP", tree("NetworkID", tree("a", leaf("SSID", "x"), leaf("HESSID", "00:11")))), ssid("x"))

	list := func(name string, n int, leaves func(i int) []string) string {
		var entries []string
		for i := range n {
			entries = append(entries, tree(fmt.Sprintf("a%d", i), leaves(i)...))
		}
		return tree(name, entries...)
	}
	add(ruleHESSID, "49 bits",
		file().Add("HomeSP", tree("NetworkID", tree("a", leaf("SSID", "x"), leaf("HESSID", "1000000000000")))),
		file().Add("HomeSP", tree("NetworkID", tree("a", leaf("SSID", "x"), leaf("HESSID", "ffffffffffff")))))
	networks := func(n int) *judgetest.AndroidFile {
		return file().Add("HomeSP", list("NetworkID", n, func(i int) []string {
			return []string{leaf("SSID", fmt.Sprint(i))}
		}))
	}
	add(ruleEntryCount, "17 networks", networks(17), networks(16))
	partners := func(n int) *judgetest.AndroidFile {
		return file().Add("HomeSP", list("OtherHomePartners", n, func(int) []string {
			return []string{leaf("FQDN", "b.example")}
		}))
	}
	add(ruleEntryCount, "17 partners", partners(17), partners(16))
	add(ruleTooLong, "icon", file().Add("HomeSP", leaf("IconURL", long(2049))),
		file().Add("HomeSP", leaf("IconURL", long(2048))))
	add(ruleTooLong, "type of subscription",
		file().Add("SubscriptionParameters", leaf("TypeOfSubscription", long(256))),
		file().Add("SubscriptionParameters", leaf("TypeOfSubscription", long(255))))
	add(ruleTooLong, "token app", file().Add("UsernamePassword", leaf("SoftTokenApp", long(256))),
		file().Add("UsernamePassword", leaf("SoftTokenApp", long(255))))
	homes := func(all, any int) *judgetest.AndroidFile {
		return file().Add("HomeSP", list("HomeOIList", all+any, func(i int) []string {
			return []string{leaf("HomeOI", "5a03ba"), leaf("HomeOIRequired", fmt.Sprint(i < all))}
		}))
	}
	add(ruleOICount, "37 that must all match", homes(37, 0), homes(36, 36))
	add(ruleOICount, "37 of which one must match", homes(0, 37), homes(36, 36))
	add(ruleRealm, "absent", file().Drop("Realm"), file())
	add(ruleRealm, "empty", file().Value("Realm", ""), file().Value("Realm", long(253)))
	add(ruleRealm, "254 bytes", file().Value("Realm", long(254)), file())
	sim := tree("SIM", leaf("IMSI", "310026000000000"), leaf("EAPType", "18"))
	add(ruleOneCredential, "none", file().Drop("UsernamePassword"), file())
	add(ruleOneCredential, "a SIM beside the password", file().Add("Credential", sim),
		file().ReplaceNode("UsernamePassword", sim))
	add(ruleUsername, "absent", file().Drop("Username"), file())
	add(ruleUsername, "empty", file().Value("Username", ""), file().Value("Username", "x"))
	add(ruleUsername, "64 bytes", file().Value("Username", long(64)), file().Value("Username", long(63)))
	add(ruleUsername, "64 bytes of two-byte letters", file().Value("Username", strings.Repeat("é", 32)),
		file().Value("Username", strings.Repeat("é", 31)))
	pass := func(raw string) string { return base64.StdEncoding.EncodeToString([]byte(raw)) }
	add(rulePassword, "absent", file().Drop("Password"), file())
	add(rulePassword, "empty", file().Value("Password", ""), file().Value("Password", pass("x")))
	add(rulePassword, "190 raw bytes", file().Value("Password", pass(long(190))),
		file().Value("Password", pass(long(189))))
	for _, bad := range []string{"secretpw", "hunter2!", "Y2Fmw6k", "Y2Fm w6k=", "Y2F-_6k=", "////", "===="} {
		add(rulePasswordEncoding, bad, file().Value("Password", bad),
			file().Value("Password", "\n"+pass(`&<>"' %{User-Name}`)+"\n"))
	}
	for _, bad := range []string{"13", "25", "26", "0", "-21"} {
		add(ruleEAPType, bad, file().Value("EAPType", bad), file().Value("EAPType", "21"))
	}
	add(ruleEAPType, "absent", file().Drop("EAPType"), file())
	for i, bad := range []string{
		"CHAP", "MSCHAPv2", "MSCHAPV2", "MS-CHAPv2", "ms-chap-v2", "EAP-MSCHAPv2", "EAP", "pap", "",
	} {
		good := []string{"PAP", "MS-CHAP", "MS-CHAP-V2"}[i%3]
		add(ruleInner, fmt.Sprintf("%q", bad), file().Value("InnerMethod", bad), file().Value("InnerMethod", good))
	}
	add(ruleInner, "absent", file().Drop("InnerMethod"), file())
	for _, bad := range []string{"", "3100260000000001", "31002*6", "**", "abc"} {
		add(ruleIMSI, bad,
			file().ReplaceNode("UsernamePassword", tree("SIM", leaf("IMSI", bad), leaf("EAPType", "23"))),
			file().ReplaceNode("UsernamePassword", tree("SIM", leaf("IMSI", "310026*"), leaf("EAPType", "23"))))
	}
	add(ruleSIMType, "21", file().ReplaceNode("UsernamePassword", strings.Replace(sim, ">18<", ">21<", 1)),
		file().ReplaceNode("UsernamePassword", strings.Replace(sim, ">18<", ">50<", 1)))
	add(ruleOCSP, "true", file().Add("Credential", leaf("CheckAAAServerCertStatus", "TRUE")),
		file().Add("Credential", leaf("CheckAAAServerCertStatus", "false")))
	add(ruleTrimmed, "user name", file().Value("Username", "anna "), file())

	add(ruleExpired, "an hour ago", file().Value("ExpirationDate", "2026-12-01T11:00:00Z"),
		file().Value("ExpirationDate", "2026-12-01T13:00:00Z"))
	add(ruleExpiryPlace, "in Credential only",
		file().Drop("SubscriptionParameters").Add("Credential", leaf("ExpirationDate", "2027-01-01T00:00:00Z")),
		file().Add("Credential", leaf("ExpirationDate", "2027-01-01T00:00:00Z")))
	never := []string{
		leaf("UpdateInterval", "4294967295"),
		leaf("UpdateMethod", "SPP-ClientInitiated"),
		leaf("Restriction", "Unrestricted"),
		leaf("URI", "https://x.example/"),
	}
	add(ruleSubscriptionUpdate, "never", file().Add("home", tree("SubscriptionUpdate", never...)), file())
	update := tree("PolicyUpdate", never...)
	fingerprint := strings.Repeat("0a", 32)
	root := tree("TrustRoot", leaf("CertURL", "https://x.example/ca"), leaf("CertSHA256Fingerprint", fingerprint))
	full := tree("PolicyUpdate", leaf("UpdateInterval", "120"), never[1], never[2], never[3], root,
		tree("UsernamePassword", leaf("Username", "u"), leaf("Password", "cA==")), leaf("Other", "x"))
	policy := func(nodes ...string) *judgetest.AndroidFile { return file().Add("home", tree("Policy", nodes...)) }
	add(rulePolicy, "complete", policy(update), file())
	add(rulePolicyUpdate, "no PolicyUpdate", policy(leaf("MaximumBSSLoadValue", "23")), policy(full))
	add(rulePolicyUpdate, "no server", policy(tree("PolicyUpdate", leaf("UpdateInterval", "120"))), policy(full))
	add(rulePolicyUpdate, "no interval", policy(tree("PolicyUpdate", never[1:]...)), policy(update))
	add(ruleUnknownNode, "in PolicyUpdate", policy(tree("PolicyUpdate", never[0], leaf("Surprise", "1"))),
		policy(update))
	partner := func(match, country string) *judgetest.AndroidFile {
		return policy(
			update,
			tree("PreferredRoamingPartnerList",
				tree("a", leaf("FQDN_Match", match), leaf("Priority", "1"), leaf("Country", country))),
		)
	}
	add(rulePolicyValue, "FQDN_Match", partner("a.example,sometimes", "it"), partner("a.example,exactMatch", "it"))
	add(rulePolicyValue, "Country", partner("a.example,exactMatch", ""), partner("a.example,includeSubdomains", "*"))
	threshold := func(kind, down string) *judgetest.AndroidFile {
		return policy(
			update,
			tree("MinBackhaulThreshold",
				tree("a", leaf("NetworkType", kind), leaf("DLBandwidth", down), leaf("ULBandwidth", "1"))),
		)
	}
	add(rulePolicyValue, "NetworkType", threshold("work", "1"), threshold("home", "1"))
	add(ruleInteger, "DLBandwidth", threshold("roaming", "fast"), threshold("roaming", "1000"))
	ports := func(proto, port string) *judgetest.AndroidFile {
		return policy(update,
			tree("RequiredProtoPortTuple", tree("a", leaf("IPProtocol", proto), leaf("PortNumber", port))))
	}
	add(rulePolicyValue, "IPProtocol", ports("256", "443"), ports("255", "443,8080"))
	add(rulePolicyValue, "PortNumber", ports("6", long(65)), ports("6", long(64)))
	add(ruleSSID, "excluded", policy(update, tree("SPExclusionList", tree("a", leaf("SSID", long(33))))),
		policy(update, tree("SPExclusionList", tree("a", leaf("SSID", long(32))))))
	trust := func(nodes ...string) *judgetest.AndroidFile {
		return file().Add("home", tree("AAAServerTrustRoot", tree("a", nodes...)))
	}
	add(ruleTrustRoot, "no URL", trust(leaf("CertSHA256Fingerprint", fingerprint)),
		trust(leaf("CertURL", long(2048)), leaf("CertSHA256Fingerprint", fingerprint)))
	add(ruleTrustRoot, "URL of 2049 bytes",
		trust(leaf("CertURL", long(2049)), leaf("CertSHA256Fingerprint", fingerprint)), file())
	add(ruleTrustRoot, "no fingerprint", trust(leaf("CertURL", "https://x.example/ca")), file())

	add(ruleEntryCount, "17 trust roots", file().Add("home", list("AAAServerTrustRoot", 17, func(i int) []string {
		return []string{leaf("CertURL", fmt.Sprint(i)), leaf("CertSHA256Fingerprint", fingerprint)}
	})), file().Add("home", list("AAAServerTrustRoot", 17, func(int) []string {
		return []string{leaf("CertURL", "one"), leaf("CertSHA256Fingerprint", fingerprint)}
	})))
	add(ruleEntryCount, "129 excluded",
		policy(update, list("SPExclusionList", 129, func(int) []string { return []string{leaf("SSID", "x")} })),
		policy(update, list("SPExclusionList", 128, func(int) []string { return []string{leaf("SSID", "x")} })))
	add(rulePolicyUpdate, "another method",
		policy(tree("PolicyUpdate", leaf("UpdateInterval", "1"), leaf("UpdateMethod", "HTTP"))), policy(full))

	trusted := func(list string) *judgetest.AndroidFile {
		f := file()
		return f.Swap("<Value>radius.venue.example</Value>", "<Value>"+list+"</Value>")
	}
	for _, bad := range []string{
		"a.venue.example; b.venue.example", "a.venue.example,b.venue.example", "", "*.*.venue.example",
		"-a.venue.example", "a b.venue.example", ";a.venue.example",
	} {
		add(ruleTrustedNames, bad, trusted(bad), trusted("a.venue.example;*.b.venue.example;"))
	}
	names := func(n int) string { return strings.TrimSuffix(strings.Repeat("a.club.example;", n), ";") }
	add(ruleTrustedNameCount, "17", trusted(names(17)), trusted(names(16)))
	add(ruleTrustedNameCount, "256 bytes", trusted(long(250)+".venue"), file())
	add(ruleSuffixLength, "255 characters",
		trusted(long(60)+"."+long(60)+"."+long(60)+".example;"+long(50)+".example;a.example"), trusted(names(16)))
	add(ruleTrustedDomain, "registrable domain", trusted("venue.co.uk"), trusted("radius.venue.co.uk"))
	add(ruleCAIgnored, "CA beside trusted names", file().With(typeCA, judgetest.CA().Raw),
		judgetest.NewPrivateAndroidFile())
	add(ruleNoCA, "no CA", file(), judgetest.NewPrivateAndroidFile())
	prefix := func(v string) *judgetest.AndroidFile {
		return file().Add("Extension", tree("WBA", tree("NAI", leaf("DecoratedPrefix", v))))
	}
	add(ruleDecorated, "17 realms", prefix(strings.Repeat("a!", 17)), prefix(strings.Repeat("a!", 16)))
	add(ruleDecorated, "no exclamation mark", prefix("proxy.example"), prefix("proxy.example!"))
	add(
		ruleClientCertificate,
		"instead of a password",
		judgetest.NewPrivateAndroidFile().
			ReplaceNode("UsernamePassword", tree("DigitalCertificate", leaf("CertificateType", "x509v3"),
				leaf("CertSHA256Fingerprint", fingerprint))),
		judgetest.NewPrivateAndroidFile(),
	)
	add(ruleClientCertificate, "beside a password", judgetest.NewPrivateAndroidFile().With(typePKCS12, []byte("key")),
		judgetest.NewPrivateAndroidFile())
	for _, bad := range []string{strings.Repeat("ab:", 21) + "a", "0g"} {
		add(ruleFingerprint, bad, trust(leaf("CertURL", "https://x.example/ca"), leaf("CertSHA256Fingerprint", bad)),
			trust(leaf("CertURL", "https://x.example/ca"), leaf("CertSHA256Fingerprint", strings.ToUpper(fingerprint))))
	}
	return cases
}

func leaf(name, value string) string {
	return "<Node><NodeName>" + name + "</NodeName><Value>" + value + "</Value></Node>"
}

func tree(name string, children ...string) string {
	return "<Node><NodeName>" + name + "</NodeName>" + strings.Join(children, "") + "</Node>"
}
