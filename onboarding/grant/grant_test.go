package grant

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
)

const back = "https://wifi.example.com/portal/1/opened?lang=it"

// escaped is back in a query.
var escaped = url.QueryEscape(back)

// account are fields with an account of the controller.
func account(user string) map[string]string {
	return map[string]string{user: "guest", "password": "on air"}
}

// TestRequests compares the request of each kind with the expected one, from an address to which
// such a controller sends a visitor. The guide captive-portal names the source of each.
func TestRequests(t *testing.T) {
	for _, tt := range []struct {
		name  string
		grant onboarding.Grant
		query string
		want  Request
	}{
		{
			"meraki", onboarding.Grant{Kind: "meraki"},
			"base_grant_url=https%3A%2F%2Fn143.network-auth.com%2Fsplash%2Fgrant&user_continue_url=http%3A%2F%2F" +
				"meraki.com%2F&node_mac=00:18:0a:13:dd:b0&client_ip=10.162.50.40&client_mac=ff:ff:96:d5:d5",
			Request{Get, "https://n143.network-auth.com/splash/grant?continue_url=" + escaped,
				"https://n143.network-auth.com", nil},
		},
		{
			"meraki with another target", onboarding.Grant{Kind: "meraki"},
			"base_grant_url=https://n1.network-auth.com/splash/grant%3Fcontinue_url%3Dhttps://evil.example%23x",
			Request{Get, "https://n1.network-auth.com/splash/grant?continue_url=" + escaped,
				"https://n1.network-auth.com", nil},
		},
		{
			"cisco passthrough", onboarding.Grant{Kind: "cisco", Hosts: []string{"192.0.2.1"}},
			"switch_url=https://192.0.2.1/login.html&ap_mac=00:1a:2b:3c:4d:5e&client_mac=02:00:00:00:00:01&" +
				"wlan=Guests&redirect=captive.apple.com/hotspot-detect.html",
			Request{Post, "https://192.0.2.1/login.html", "https://192.0.2.1", []Field{
				{"buttonClicked", "4"}, {"err_flag", "0"}, {"redirect_url", back},
			}},
		},
		{
			"cisco with an account", onboarding.Grant{Kind: "cisco", Hosts: []string{"wlc.example"},
				Fields: account("username")},
			"switch_url=https://WLC.example:8443/login.html",
			Request{Post, "https://WLC.example:8443/login.html", "https://WLC.example:8443", []Field{
				{"buttonClicked", "4"}, {"err_flag", "0"}, {"password", "on air"}, {"redirect_url", back},
				{"username", "guest"},
			}},
		},
		{
			"aruba", onboarding.Grant{Kind: "aruba", Hosts: []string{"securelogin.arubanetworks.com"},
				Fields: account("user")},
			"cmd=login&mac=9c:2e:a1:35:c0:d5&essid=affinect&ip=172.31.98.220&switchip=securelogin.arubanetworks.com&" +
				"url=http%3A%2F%2Fconnect.rom.miui.com%2Fgenerate_204",
			Request{Post, "https://securelogin.arubanetworks.com/cgi-bin/login",
				"https://securelogin.arubanetworks.com",
				[]Field{{"cmd", "authenticate"}, {"password", "on air"}, {"url", back}, {"user", "guest"}}},
		},
		{
			"mikrotik trial", onboarding.Grant{Kind: "mikrotik", Hosts: []string{"10.5.50.1"},
				Fields: map[string]string{"username": "T-{mac}"}},
			"link-login-only=http%3A%2F%2F10.5.50.1%2Flogin&mac=02%3A00%3A00%3A00%3A00%3A01",
			Request{Get, "http://10.5.50.1/login?dst=" + escaped + "&username=T-02%3A00%3A00%3A00%3A00%3A01",
				"http://10.5.50.1", nil},
		},
		{
			"coovachilli", onboarding.Grant{Kind: "coovachilli", Hosts: []string{"10.1.0.1"},
				Fields: map[string]string{"username": "guest", "password": "guest"}},
			"res=notyet&uamip=10.1.0.1&uamport=3660&challenge=532b80e14b14505accd24c79e35004e6&mac=00-0C-F1-5F-58-AA&" +
				"userurl=http%3a%2f%2fwww.iol.co.za%2f",
			Request{Get, "http://10.1.0.1:3660/logon?response=ad2e52e30c707465613d6becf083abad&username=guest&" +
				"userurl=" + escaped, "http://10.1.0.1:3660", nil},
		},
		{
			"form", onboarding.Grant{Kind: "form", URL: "{login}", Method: "post", Hosts: []string{"gw.example"},
				Fields: map[string]string{"tok": "{tok}", "to": "{continue}", "fix": "1"}},
			"login=https%3A%2F%2Fgw.example%2Fauth%3Fid%3D7&tok=%22a+b%22",
			Request{Post, "https://gw.example/auth?id=7", "https://gw.example",
				[]Field{{"fix", "1"}, {"to", back}, {"tok", `"a b"`}}},
		},
		{
			"form with a fixed address", onboarding.Grant{Kind: "form", URL: "https://gw.example/auth",
				Hosts: []string{"gw.example"}, Fields: map[string]string{"to": "{continue}"}}, "",
			Request{Get, "https://gw.example/auth?to=" + escaped, "https://gw.example", nil},
		},
	} {
		query, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		if faults := Check(&tt.grant); len(faults) > 0 {
			t.Errorf("%s: %v", tt.name, faults)
		}
		got := Of(&tt.grant, Read(&tt.grant, query), back)
		if got == nil || !reflect.DeepEqual(*got, tt.want) {
			t.Errorf("%s:\n%+v, want\n%+v", tt.name, got, tt.want)
		}
	}
}

// TestOutcomes checks the documented results of each controller.
func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		kind, query string
		want        Outcome
	}{
		{"coovachilli", "res=success", Opened}, {"coovachilli", "res=already", Opened},
		{"coovachilli", "res=failed&reply=Sorry", Failed}, {"coovachilli", "res=notyet", Unknown},
		{"coovachilli", "res=logoff", Unknown}, {"coovachilli", "", Unknown}, {"coovachilli", "res=", Unknown},
		{"coovachilli", "error=x", Unknown},
		{"cisco", "statusCode=1", Opened}, {"cisco", "statusCode=2", Failed}, {"cisco", "statusCode=5", Failed},
		{"cisco", "statusCode=9", Unknown}, {"cisco", "res=failed", Unknown},
		{"mikrotik", "error=invalid+username", Failed}, {"mikrotik", "error=", Unknown},
		{"mikrotik", "res=success", Unknown},
		{"meraki", "res=failed&error=x&statusCode=5", Unknown}, {"aruba", "res=failed&error=x", Unknown},
		{"form", "res=failed&error=x", Unknown}, {"", "=failed", Unknown},
	} {
		query, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := OutcomeOf(&onboarding.Grant{Kind: tt.kind}, query); got != tt.want {
			t.Errorf("%s %s: %v, want %v", tt.kind, tt.query, got, tt.want)
		}
	}
}

// TestRefused checks that no parameter leads elsewhere.
func TestRefused(t *testing.T) {
	cisco := onboarding.Grant{Kind: "cisco", Hosts: []string{"192.0.2.1", "wlc.example"}}
	for _, address := range []string{
		"", "https://evil.example/login.html", "https://192.0.2.1.evil.example/login.html",
		"https://192.0.2.1@evil.example/login.html", "https://evil.example\\@192.0.2.1/login.html",
		"https://u:p@192.0.2.1/login.html", "https://192.0.2.1/other", "https://192.0.2.1/login.html/../other",
		"https://192.0.2.1/%6cogin.html", "//192.0.2.1/login.html", "javascript://192.0.2.1/login.html",
		"ftp://192.0.2.1/login.html", "https://192.0.2.1 .evil.example/login.html", "https://192.0.2.1;x/login.html",
		"https://sub.wlc.example/login.html", "https://192.0.2.1/login.html\n", "https://192.0.2.1/login.html?a='",
		"data:text/html,192.0.2.1", "https:192.0.2.1/login.html",
		"https://192.0.2.1/login.html?" + strings.Repeat("x", maxValue),
	} {
		if got := Read(&cisco, url.Values{"switch_url": {address}}); got != nil {
			t.Errorf("%q is kept: %v", address, Of(&cisco, got, back))
		}
	}
	meraki := onboarding.Grant{Kind: "meraki"}
	for _, address := range []string{
		"https://network-auth.com/splash/grant", "https://.network-auth.com/splash/grant",
		"https://evilnetwork-auth.com/splash/grant", "https://n1.network-auth.com.evil.example/splash/grant",
	} {
		if got := Read(&meraki, url.Values{"base_grant_url": {address}}); got != nil {
			t.Errorf("%q is kept: %v", address, Of(&meraki, got, back))
		}
	}
	chilli := onboarding.Grant{Kind: "coovachilli", Hosts: []string{"10.1.0.1"}, Fields: account("username")}
	good := map[string]string{"uamip": "10.1.0.1", "uamport": "3990", "challenge": strings.Repeat("0f", 16)}
	for name, bad := range map[string]string{
		"uamip": "10.1.0.1@evil.example", "uamport": "3990@evil.example", "challenge": "0f",
	} {
		query := url.Values{}
		for n, v := range good {
			query.Set(n, v)
		}
		if Read(&chilli, query) == nil {
			t.Fatal("a good redirect is refused")
		}
		query.Set(name, bad)
		if got := Read(&chilli, query); got != nil {
			t.Errorf("%s=%s is kept: %v", name, bad, Of(&chilli, got, back))
		}
	}
	much := onboarding.Grant{Kind: "form", URL: "https://gw.example/", Hosts: []string{"gw.example"},
		Fields: map[string]string{"a": "{a}", "b": "{b}", "c": "{c}"}}
	long := strings.Repeat("x", maxValue)
	if Read(&much, url.Values{"a": {long}, "b": {long}, "c": {"x"}}) != nil {
		t.Error("more bytes than the limit are kept")
	}
}

// FuzzHost checks that whatever a redirect holds, the request goes to a listed host.
func FuzzHost(f *testing.F) {
	f.Add("https://192.0.2.1/login.html", "10.1.0.1", "3990")
	f.Add("https://192.0.2.1@evil.example/login.html", "10.1.0.1:80@evil.example", "1/@evil.example")
	f.Fuzz(func(t *testing.T, address, ip, port string) {
		for _, g := range []onboarding.Grant{
			{Kind: "form", URL: "{a}", Hosts: []string{"192.0.2.1", "*.wlc.example"}},
			{Kind: "form", URL: "http://{b}:{c}/x", Hosts: []string{"10.1.0.1"}},
		} {
			values := Read(&g, url.Values{"a": {address}, "b": {ip}, "c": {port}})
			if values == nil {
				continue
			}
			u, err := url.Parse(Of(&g, values, back).URL)
			if err != nil || u.User != nil || u.Scheme != "http" && u.Scheme != "https" ||
				!slices.Contains([]string{"192.0.2.1", "10.1.0.1"}, u.Hostname()) &&
					!strings.HasSuffix(strings.ToLower(u.Hostname()), ".wlc.example") {
				t.Errorf("%q %q %q leads to %v: %v", address, ip, port, u, err)
			}
		}
	})
}

// TestCheck checks the faults of grants in a tenant file.
func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		grant onboarding.Grant
		says  string
	}{
		{onboarding.Grant{}, "kind is missing"},
		{onboarding.Grant{Kind: "ruckus"}, "kind is unknown"},
		{onboarding.Grant{Kind: "unifi"}, "url is missing"},
		{onboarding.Grant{Kind: "unifi"}, "site is missing"},
		{onboarding.Grant{Kind: "unifi"}, "minutes must be from 1"},
		{onboarding.Grant{Kind: "unifi"}, "keyFile is missing"},
		{onboarding.Grant{Kind: "unifi", URL: "http://a.example"}, "url must be the https"},
		{onboarding.Grant{Kind: "unifi", URL: "https://u:p@a.example"}, "url must be the https"},
		{onboarding.Grant{Kind: "unifi", URL: "https://a.example/?x=1"}, "url must be the https"},
		{onboarding.Grant{Kind: "unifi", URL: "https://{x}"}, "url must be the https"},
		{onboarding.Grant{Kind: "unifi", Site: "../x"}, "site is missing or invalid"},
		{onboarding.Grant{Kind: "unifi", Minutes: 1_000_001}, "minutes must be"},
		{onboarding.Grant{Kind: "unifi", CA: "x"}, "ca holds something else"},
		{onboarding.Grant{Kind: "unifi", Hosts: []string{"a"}}, "kind unifi has no method"},
		{onboarding.Grant{Kind: "meraki", Site: "default"}, "kind has no site"},
		{onboarding.Grant{Kind: "cisco"}, "hosts is missing"},
		{onboarding.Grant{Kind: "meraki", URL: "https://a.example"}, "url is known for the kind meraki"},
		{onboarding.Grant{Kind: "aruba", Hosts: []string{"a"}}, "fields.user is missing"},
		{onboarding.Grant{Kind: "form", Hosts: []string{"a"}}, "url is missing"},
		{onboarding.Grant{Kind: "form", Hosts: []string{"a"}, URL: "ftp://a.example"}, "url must be an http"},
		{onboarding.Grant{Kind: "form", Hosts: []string{"a"}, URL: "https://a.example/{"}, "url must be an http"},
		{onboarding.Grant{Kind: "form", Hosts: []string{"a"}, URL: "{continue}"}, "url must have at most"},
		{onboarding.Grant{Kind: "form", Hosts: []string{"a"}, URL: "{a}", Method: "put"}, "method must be get"},
		{onboarding.Grant{Kind: "form", Hosts: []string{"a"}, URL: "{a}",
			Fields: map[string]string{"a": "\x00"}}, "fields.a must have a name"},
		{onboarding.Grant{Kind: "form", Hosts: []string{"a"}, URL: "{a}",
			Fields: map[string]string{"a": "{chapResponse}"}}, "fields.a cannot hold"},
		{onboarding.Grant{Kind: "form", Hosts: make([]string, 21), URL: "{a}"}, "hosts has more than"},
	} {
		said := ""
		for _, f := range Check(&tt.grant) {
			said += f.Field + " " + f.Message + "\n"
		}
		if !strings.Contains(said, tt.says) {
			t.Errorf("%+v: %q, want %q", tt.grant, said, tt.says)
		}
	}
}
