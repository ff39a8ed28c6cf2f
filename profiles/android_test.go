package profiles

import (
	"encoding/base64"
	"strings"
	"testing"
)

// androidNodes are the nodes below the instance that Android's parser accepts. Any other node makes
// it refuse the whole file.
var androidNodes = map[string]bool{
	"HomeSP/FriendlyName": true, "HomeSP/FQDN": true, "HomeSP/RoamingConsortiumOI": true,
	"Credential/CreationDate": true, "Credential/ExpirationDate": true, "Credential/Realm": true,
	"Credential/UsernamePassword/Username": true, "Credential/UsernamePassword/Password": true,
	"Credential/UsernamePassword/EAPMethod/EAPType": true, "Credential/UsernamePassword/EAPMethod/InnerMethod": true,
	"SubscriptionParameters/CreationDate": true, "SubscriptionParameters/ExpirationDate": true,
	"Extension/Android/AAAServerTrustedNames/FQDN": true,
}

// TestAndroidRules checks every Android document against the rules of Android's parser and the
// behaviour of phones.
func TestAndroidRules(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		p := prepare(t, s)
		d, err := p.Document(Android, exampleCredential())
		if err != nil {
			return // TestPlatformsRefusedAreWarned
		}
		t.Run(name, func(t *testing.T) {
			equal(t, "type", d.ContentType, "application/x-wifi-config")
			equal(t, "transfer encoding", d.TransferEncoding, "base64")
			equal(t, "seal", d.Seal, SealNone)
			if d.Attachment {
				t.Error("Android must get no Content-Disposition")
			}
			message, err := base64.StdEncoding.Strict().DecodeString(string(d.Body))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(message), "Content-Type: multipart/mixed; boundary=") ||
				strings.HasPrefix(string(message), "\uFEFF") {
				t.Error("the first line is not a header")
			}
			f := readAndroid(t, d.Body)
			root := mustXML(t, f.xml)
			if root.name != "MgmtTree" || len(root.all("VerDTD")) != 1 || root.order() != "VerDTD Node" {
				t.Errorf("root: %s with %s", root.name, root.order())
			}
			siblings(t, root)
			equal(t, "URN", root.all("DDFName")[0].text, "urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0")
			for node, value := range f.nodes {
				if !androidNodes[node] {
					t.Errorf("node %s is not known to Android", node)
				}
				if value == "" {
					t.Errorf("node %s is empty", node)
				}
			}
			equal(t, "EAP type", f.nodes["Credential/UsernamePassword/EAPMethod/EAPType"], "21")
			equal(t, "inner method", f.nodes["Credential/UsernamePassword/EAPMethod/InnerMethod"],
				map[InnerMethod]string{MSCHAPv2: "MS-CHAP-V2", PAP: "PAP"}[s.Inner])
			_, names := f.nodes["Extension/Android/AAAServerTrustedNames/FQDN"]
			if private := s.TrustAnchor != ""; private {
				equal(t, "CA part", f.ca, s.anchor())
				equal(t, "home domain", f.nodes["HomeSP/FQDN"], "get.securewifi.io")
				if names {
					t.Error("trusted names make Android ignore the CA part")
				}
			} else if (f.ca != nil) != (len(s.PublicRoots) > 0) || !names {
				t.Error("with public CAs there are trusted names, and no CA part unless roots are named")
			}
			if oi, there := f.nodes["HomeSP/RoamingConsortiumOI"]; there != s.resolved().Passpoint.Roaming ||
				(there && oi != "004096,001bc504bd,5a03ba0000") {
				t.Errorf("consortiums %q", oi)
			}
			equal(t, "recorded outer identity", d.Networks[0].OuterIdentity, "anonymous@wifi.cloud4wi.com")
			if notes := strings.Join(d.Notes, " "); !strings.Contains(notes,
				"anonymous@wifi.cloud4wi.com, not anonymous@get.securewifi.io") {
				t.Errorf("notes: %s", notes)
			}
		})
	})
}

// siblings checks that sibling Nodes have different names, and that each has either a Value or
// Nodes.
func siblings(t *testing.T, e *element) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range e.children {
		if c.name != "Node" {
			continue
		}
		name, values, nodes := "", 0, 0
		for _, x := range c.children {
			switch x.name {
			case "NodeName":
				name = x.text
			case "Value":
				values++
			case "Node":
				nodes++
			}
		}
		if name == "" || seen[name] || values > 1 || (values == 1) == (nodes > 0) {
			t.Errorf("node %q: twice %v, %d values, %d nodes", name, seen[name], values, nodes)
		}
		seen[name] = true
		siblings(t, c)
	}
}

func TestAndroidTrustedNamesKnowNoWildcard(t *testing.T) {
	s := exampleSettings()
	s.TrustedServerNames = []string{"*.radius.example.com", "get.securewifi.io"}
	f := readAndroid(t, document(t, prepare(t, s), Android, exampleCredential()).Body)
	equal(t, "names", f.nodes["Extension/Android/AAAServerTrustedNames/FQDN"], "radius.example.com;get.securewifi.io")
}

// TestAndroidFitsTheCaptivePortal checks the limit of Android's download service, 100,000 bytes.
func TestAndroidFitsTheCaptivePortal(t *testing.T) {
	s := exampleSettings()
	s.TrustAnchor = certificate(t, "root.pem")
	s.Passpoint.FriendlyName = strings.Repeat("&", 255)
	if n := len(document(t, prepare(t, s), Android, exampleCredential()).Body); n > 100_000 {
		t.Errorf("%d bytes", n)
	}
}
