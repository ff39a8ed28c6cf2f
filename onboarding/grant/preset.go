package grant

import (
	"maps"
	"slices"

	"onramp/onboarding"
)

// preset is the documented request of a controller.
type preset struct {
	url, method string
	path        string // of the address, if it is documented
	fields      map[string]string
	needs       []string // fields that the tenant file must give
	hosts       []string // of the vendor; used if the tenant file gives none
	// result is the parameter with which the controller leads back to the sign-up page after a
	// request, opened its values for an access that is open, and failed those for one that is not;
	// nil: all others.
	result         string
	opened, failed []string
}

// Methods of a request.
const (
	Get  = "get"
	Post = "post"
)

// KindForm is the kind whose request the tenant file describes.
const KindForm = "form"

const kindCoovaChilli = "coovachilli"

// KindUniFi is the kind whose controller this server calls, by package unifi. Its redirect names
// the device in the parameter id.
const (
	KindUniFi   = "unifi"
	unifiDevice = "id"
)

// Next stands for the address to which the controller leads back; chapResponse for the answer to
// CoovaChilli's challenge.
const (
	next         = "{continue}"
	chapResponse = "{chapResponse}"
)

// presets are the requests by kind. The guide captive-portal names the source of each.
var presets = map[string]preset{
	// Meraki, "Captive Portal API", click-through: a GET of base_grant_url with continue_url.
	"meraki": {
		url: "{base_grant_url}", method: Get, path: "/splash/grant", hosts: []string{"*.network-auth.com"},
		fields: map[string]string{"continue_url": next},
	},
	// Cisco WLC, "External web authentication": a POST to switch_url with the fields of the
	// vendor's sample page. Web passthrough needs no account, web authentication username and
	// password. The sample page reads statusCode: 1 for a client that is logged in already, 2 to 5
	// for a refusal.
	"cisco": {
		url: "{switch_url}", method: Post, path: "/login.html",
		fields: map[string]string{"buttonClicked": "4", "err_flag": "0", "redirect_url": next},
		result: "statusCode", opened: []string{"1"}, failed: []string{"2", "3", "4", "5"},
	},
	// Aruba Instant and ArubaOS, "External captive portal": a POST to cgi-bin/login of switchip.
	// The field url is not in the vendor's documents; portals in operation send it.
	"aruba": {
		url: "https://{switchip}/cgi-bin/login", method: Post, path: "/cgi-bin/login",
		fields: map[string]string{"cmd": "authenticate", "url": next}, needs: []string{"user", "password"},
	},
	// MikroTik RouterOS, "HotSpot": the parameters of login.html, and the link of RouterOS's own
	// login page for a trial user. error is the variable of login.html, empty before a login, which
	// the tenant's redirect passes on.
	"mikrotik": {
		url: "{link-login-only}", method: Get, path: "/login",
		fields: map[string]string{"dst": next}, needs: []string{"username"}, result: "error",
	},
	// CoovaChilli without uamsecret, "UAM": a GET of logon with the CHAP response, as in its
	// hotspotlogin.cgi; userurl is read by its daemon. Without nouamsuccess it leads back with res
	// after a login, and after a failed one in any case.
	kindCoovaChilli: {
		url: "http://{uamip}:{uamport}/logon", method: Get, path: "/logon",
		fields: map[string]string{"response": chapResponse, "userurl": next}, needs: []string{"username", "password"},
		result: "res", opened: []string{"success", "already"}, failed: []string{"failed"},
	},
}

// Kinds returns the kinds of grants, sorted.
func Kinds() []string { return append(slices.Sorted(maps.Keys(presets)), KindForm, KindUniFi) }

// rule is a grant with its preset applied.
type rule struct {
	preset
	chilli bool // the field password becomes the response to the challenge
}

// ruleOf applies the preset of a grant.
func ruleOf(g *onboarding.Grant) rule {
	p, known := presets[g.Kind]
	if !known {
		p = preset{url: g.URL, method: g.Method}
		if p.method == "" {
			p.method = Get
		}
	}
	fields := maps.Clone(p.fields)
	if fields == nil {
		fields = map[string]string{}
	}
	maps.Copy(fields, g.Fields)
	p.fields = fields
	if len(g.Hosts) > 0 {
		p.hosts = g.Hosts
	}
	return rule{preset: p, chilli: g.Kind == kindCoovaChilli}
}
