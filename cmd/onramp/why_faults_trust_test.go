package main

import (
	"crypto/x509"
	"time"

	"onramp/onboarding/devicesim/judge"
)

var serverUse = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}

// fresh runs a phone that nothing is known of: it has the profile, and its first authentication
// fails.
func fresh(platform string) func(*scene) string {
	return func(s *scene) string {
		p, phone := s.ready(platform)
		phone.fails()
		return p.id
	}
}

// sound runs a phone that connects, without accounting.
func sound(platform string) func(*scene) string {
	return func(s *scene) string {
		p, phone := s.ready(platform)
		phone.joins()
		return p.id
	}
}

// changed runs a phone that was connected, and authenticates again with the profile that the
// tenant's changed settings give.
func changed(platform string, to venue) func(*scene) string {
	return func(s *scene) string {
		p, phone := s.regular(platform)
		s.air.apply(s, to.yaml(s.n, s.servers.root))
		phone.network = p.download(platform).Networks[0]
		phone.fails()
		return p.id
	}
}

const notTrusted = "server-not-trusted"

func trustFaults(c *certificates) []fault {
	otherCA, otherName := venue{anchor: c.other}, venue{names: []string{"radius.other.example"}}
	bare, wild := []string{"wifi.faults.example"}, []string{"*.wild.faults.example"}
	return []fault{
		{"wrong CA", "the tenant's anchor is changed to another root; the station is known", venue{},
			changed(judge.IOS, otherCA), right{state: "not_connected", cause: notTrusted, detail: "anchor"}},
		{"wrong CA, new phone", "the profile has another root; the station is not known", otherCA,
			fresh(judge.IOS), right{state: "never_connected", cause: notTrusted, detail: "anchor"}},
		{"public CAs only", "the profile has no root, the server a private one", venue{system: true, noSSID: true},
			fresh(judge.IOS), right{state: "never_connected", cause: notTrusted, detail: "anchor"}},
		{"wrong name", "the tenant trusts another server name; the station is known", venue{},
			changed(judge.Android, otherName), right{state: "not_connected", cause: notTrusted, detail: "name"}},
		{"wrong name, new phone", "the profile trusts another server name", otherName,
			fresh(judge.IOS), right{state: "never_connected", cause: notTrusted, detail: "name"}},
		{"domain as name, iPhone", "the profile trusts the domain of the server's name; Apple compares whole names",
			venue{names: bare}, fresh(judge.IOS),
			right{state: "never_connected", cause: notTrusted, detail: "suffix-rule"}},
		{"domain as name, Android", "the same profile on Android, which compares suffixes",
			venue{names: bare}, sound(judge.Android), right{state: "connected", cause: "none"}},
		{"wildcard of two labels, iPhone", "*.wild.faults.example and the server a.b.wild.faults.example",
			venue{names: wild},
			fresh(judge.IOS), right{state: "never_connected", cause: notTrusted, detail: "suffix-rule"}},
		{"wildcard of two labels, Linux", "the same profile with wpa_supplicant, which compares suffixes",
			venue{names: wild}, sound(judge.Linux), right{state: "connected", cause: "none"}},
		{"older profile refuses", "the phone uses the profile from before the change of the anchor",
			venue{anchor: c.other},
			func(s *scene) string {
				p := s.person()
				old := p.download(judge.IOS)
				s.air.apply(s, venue{}.yaml(s.n, c.root))
				p.download(judge.IOS)
				p.reports(judge.IOS)
				phone := s.phone(old)
				phone.fails()
				return p.id
			}, right{state: "never_connected", cause: "older-profile"}},
	}
}

// tlsPhone runs a known station whose TLS settings are changed.
func tlsPhone(lines ...string) func(*scene) string {
	return func(s *scene) string {
		p, phone := s.regular(judge.Android)
		phone.more = lines
		phone.fails()
		return p.id
	}
}

func tlsFaults() []fault {
	const old = `phase1="tls_disable_tlsv1_0=0 tls_disable_tlsv1_1=0 tls_disable_tlsv1_2=1 tls_disable_tlsv1_3=1"`
	return []fault{
		{"phone with TLS 1.1 at most", "the supplicant offers TLS 1.0 and 1.1", venue{},
			tlsPhone(old, `openssl_ciphers="DEFAULT@SECLEVEL=0"`),
			right{state: "not_connected", cause: "tls-version", detail: "version"}},
		{"phone with TLS 1.3 only", "the supplicant offers TLS 1.3 alone", venue{},
			tlsPhone(`phase1="tls_disable_tlsv1_2=1 tls_disable_tlsv1_3=0"`),
			right{state: "not_connected", cause: "tls-version", detail: "version"}},
		{"no shared cipher", "the supplicant offers a cipher suite that FreeRADIUS does not", venue{},
			tlsPhone(`openssl_ciphers="AES128-SHA"`),
			right{state: "not_connected", cause: "tls-version", detail: "cipher"}},
	}
}

// silent runs a known station whose packets are lost.
func silent(lost func(bool, int, []byte) bool) func(*scene) string {
	return func(s *scene) string {
		p, phone := s.regular(judge.Android)
		phone.port, phone.wait = newLossy(s, s.air.auth, lost).port, silence
		phone.fails()
		s.air.awaitSilence(s, phone)
		return p.id
	}
}

// large loses datagrams of the server over n octets, as a path with a small MTU does.
func large(n int) func(bool, int, []byte) bool {
	return func(toServer bool, _ int, packet []byte) bool { return !toServer && len(packet) > n }
}

// awaitSilence waits until FreeRADIUS has noticed that a phone stopped answering: with the next
// challenge after 20 s.
func (a *air) awaitSilence(s *scene, silent *phone) {
	time.Sleep(20500 * time.Millisecond)
	other := *silent
	other.mac, other.port, other.wait = stationMAC(s.n, 200), a.auth, 6*time.Second
	other.network.Username = "nobody"
	other.fails()
}

func silentFaults() []fault {
	stopped := func(detail string) right {
		return right{state: "not_connected", cause: "handshake-stopped", detail: detail}
	}
	return []fault{
		{"ClientHello lost", "the phone's packets are lost from the ClientHello on", venue{}, silent(after(1)),
			stopped("no-hello")},
		{"silent after the certificate", "the phone's packets are lost after the certificate", venue{},
			silent(after(3)),
			stopped("after-certificate")},
		{"silent within the tunnel", "the phone's packets are lost after the handshake", venue{}, silent(after(4)),
			stopped("in-tunnel")},
		{"large packets lost", "packets of the server over 1,000 octets are lost", venue{}, silent(large(1000)),
			stopped("packets-lost")},
	}
}
