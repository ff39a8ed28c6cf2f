package server

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"onramp/onboarding/auth"
)

// way is one way by which somebody could be given a password, a document or a link.
type way struct {
	name string
	ask  func() *answer
	// still is set where an answer may come all the same, as long as it holds none of the three.
	still bool
}

// lostPhone is a phone's data of its customer: a guid, a token that created the customer, a
// link, a code, a request that it may repeat.
type lostPhone struct {
	*house
	id, path, guid, app, link, code string
	request                         map[string]any
	key                             option
}

// losePhone registers a customer on a phone that will be lost.
func losePhone(h *house, name string) *lostPhone {
	h.Helper()
	app, _ := h.sameKey()
	p := &lostPhone{
		house: h, guid: guid(name), app: app, request: person(name), key: header("Idempotency-Key", "of "+name),
	}
	made := h.post("/v3/customers", app, p.request, p.key).want(http.StatusCreated)
	p.id, p.link = made.text("id"), strings.TrimPrefix(made.text("activationUrl"), "https://wifi.example.com")
	p.path = "/v3/customers/" + p.id
	code, err := h.service.Links.NewResumeCode(h.Context(), p.link[strings.LastIndexByte(p.link, '/')+1:])
	if err != nil {
		h.Fatal(err)
	}
	p.code = code.Code
	return p
}

// ways are all that the lost phone can try.
func (p *lostPhone) ways() []way {
	other := p.token(demoID, auth.PublicApp) // which proves nothing by itself
	var all []way
	add := func(name string, still bool, ask func() *answer) { all = append(all, way{name, ask, still}) }
	for _, proof := range []struct {
		name, token string
		options     []option
	}{
		{"its guid", other, []option{withGuid(p.guid)}}, {"its token", p.app, nil},
		{"both", p.app, []option{withGuid(p.guid)}},
	} {
		for _, platform := range []string{"ios", "android", "windows", "linux", "eap-config", "settings-android"} {
			add("profile for "+platform+" by "+proof.name, false, func() *answer {
				return p.get(p.path+"/profile?platform="+platform, proof.token, proof.options...)
			})
		}
		add("update by "+proof.name, false, func() *answer {
			return p.put(p.path, proof.token,
				map[string]any{"title": "Dr"}, proof.options...)
		})
		add("update with its guid in the body by "+proof.name, false, func() *answer {
			return p.put(p.path, proof.token, map[string]any{"guid": p.guid})
		})
		add("info by "+proof.name, true, func() *answer { return p.get(p.path, proof.token, proof.options...) })
		add("installations by "+proof.name, true, func() *answer {
			return p.get(p.path+"/installations", proof.token,
				proof.options...)
		})
		add("device by "+proof.name, true, func() *answer {
			return p.post(p.path+"/devices", proof.token, map[string]any{"installId": "i"}, proof.options...)
		})
		for _, keys := range []string{"guid", "email", "email,guid", "phoneNumber,email,extId,extProp1,extProp2,guid"} {
			add("createCustomer by "+keys+" and "+proof.name, true, func() *answer {
				return p.post("/v3/customers?deduplicate="+keys, proof.token,
					with(p.request, map[string]any{"guid": p.guid}))
			})
		}
	}
	add("repeat of the first request", true, func() *answer { return p.post("/v3/customers", p.app, p.request, p.key) })
	for _, platform := range []string{"ios", "android", "windows"} {
		add("download for "+platform, false, func() *answer { return p.get(p.link+"/"+platform, "") })
		older := map[string]string{"ios": "apple", "android": "android", "windows": "windows"}[platform]
		add("older download for "+platform, false, func() *answer {
			return p.get("/wifiprofile?token="+strings.TrimPrefix(p.link, "/activate/")+"&deviceType="+older, "")
		})
	}
	add("check by the old link", false, func() *answer {
		return p.post("/v3/customers/credential/check", other,
			map[string]any{"link": "https://wifi.example.com" + p.link, "guid": guid("second-device")})
	})
	return all
}

// refused asks every way and demands that none yields the password, a document or a link to the
// customer.
func (p *lostPhone) refused(t *testing.T, when string, password []byte) {
	t.Helper()
	for _, w := range p.ways() {
		a := w.ask()
		if a.status < 300 && !w.still {
			t.Errorf("%s, %s: %d %s", when, w.name, a.status, a.raw)
		}
		if bytes.Contains(a.raw, password) {
			t.Errorf("%s, %s: the password: %s", when, w.name, a.raw)
		}
		if a.json["id"] == p.id && (a.json["password"] != nil || a.json["activationUrl"] != nil) {
			t.Errorf("%s, %s: password or link of the customer: %s", when, w.name, a.raw)
		}
	}
}

// given asks every way and demands that each that must yield something does.
func (p *lostPhone) given(t *testing.T, when string) {
	t.Helper()
	for _, w := range p.ways() {
		if a := w.ask(); a.status >= 300 {
			t.Errorf("%s, %s: %d %s", when, w.name, a.status, a.raw)
		}
	}
}
