package profiles

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// combinations calls f for every combination of EAP method, trust and networks.
func combinations(t testing.TB, f func(name string, s Settings)) {
	for _, eap := range []struct {
		name   string
		method EAPMethod
		inner  InnerMethod
	}{{"ttls-mschapv2", TTLS, MSCHAPv2}, {"ttls-pap", TTLS, PAP}, {"peap-mschapv2", PEAP, MSCHAPv2}} {
		for _, trust := range []string{"public", "roots", "private"} {
			for _, network := range []string{"passpoint", "wpa2", "both", "roaming"} {
				s := exampleSettings()
				s.Method, s.Inner = eap.method, eap.inner
				s.ConsentText = map[string]string{"en": "Be kind.\nNo servers.", "it": "Sii gentile."}
				s.OrganizationNames = map[string]string{"it": "Dimostrazione Cloud4Wi"}
				switch trust {
				case "roots":
					s.PublicRoots = []string{certificate(t, "root.pem"), certificate(t, "root-p384.pem")}
				case "private":
					s.TrustAnchor = certificate(t, "root.pem")
				}
				switch network {
				case "passpoint":
					s.WPA2 = nil
				case "wpa2":
					s.Passpoint = nil
					s.WPA2.Hidden = true
				case "roaming":
					s.WPA2 = nil
					s.Passpoint.Roaming = true
					s.Passpoint.RoamingConsortiums = []string{"004096", "001bc504bd"}
					s.Passpoint.OpenRoaming = SettlementFree
					s.Passpoint.MCCMNC = []string{"222001"}
				}
				f(eap.name+"/"+trust+"/"+network, s)
			}
		}
	}
}

// TestGoldens compares documents with golden files, one per platform and combination of EAP method,
// trust and networks. A second file holds the document's other fields.
func TestGoldens(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		p := prepare(t, s)
		about := map[Platform]any{}
		for _, platform := range Platforms() {
			t.Run(fmt.Sprintf("%s/%s", name, platform), func(t *testing.T) {
				d, err := p.Document(platform, exampleCredential())
				var no *UnsupportedError
				if errors.As(err, &no) {
					about[platform] = no.Reason
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if platform == IWD {
					var text strings.Builder
					for _, f := range readIWD(t, d.Body) {
						text.WriteString("=== " + f.name + "\n" + f.body)
					}
					golden(t, name+"/iwd.readable", []byte(text.String()))
				} else {
					golden(t, name+"/"+string(platform), d.Body)
				}
				if platform == Android {
					golden(t, name+"/android.readable", []byte(readAndroid(t, d.Body).text))
				}
				d.Body = nil
				about[platform] = d
			})
		}
		text, err := json.MarshalIndent(about, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+"/about.json", append(text, '\n'))
	})
}
