package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var (
	formTicket = regexp.MustCompile(`name="form" value="([^"]*)"`)
	formAction = regexp.MustCompile(`<form [^>]*method="post" action="([^"]*)"`)
)

// signUp fills in the sign-up page of a portal link.
func (s *scene) signUp(link, email string) *person {
	s.Helper()
	page := s.air.request(s, http.StatusOK, "GET", link, "", "")
	ticket, action := formTicket.FindSubmatch(page.raw), formAction.FindSubmatch(page.raw)
	if ticket == nil || action == nil {
		s.Fatalf("no form in %s", page.raw)
	}
	values := url.Values{
		"form": {string(ticket[1])}, "firstName": {"Ada"}, "lastName": {"Test"}, "email": {email},
		"policies.termsOfUse": {"true"}, "policies.privacy": {"true"}, "policies.profiling": {"true"},
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(s.air.url+strings.ReplaceAll(string(action[1]), "&amp;", "&"), values)
	must(s, err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		text, _ := io.ReadAll(response.Body)
		s.Fatalf("the sign-up: %d %s", response.StatusCode, text)
	}
	p := &person{scene: s, link: s.path(response.Header.Get("Location"))}
	p.link, _, _ = strings.Cut(p.link, "?")
	found := s.api(http.StatusOK, "GET",
		fmt.Sprintf("/v2/customers/organizations/%s?email=%s", id(s.n, 0), url.QueryEscape(email)), "").
		body["customers"].([]any)
	if len(found) != 1 {
		s.Fatalf("%d contacts with the address", len(found))
	}
	contact := found[0].(map[string]any)
	p.id, p.username = contact["cid"].(string), contact["username"].(string)
	return p
}

// claimant registers a person by the portal, whose link claims the MAC address of the next phone.
func (s *scene) claimant() *person {
	s.Helper()
	link := fmt.Sprintf("/portal/%s?location=%s&hotspot=%s&mac=%s", id(s.n, 0), id(s.n, 1), id(s.n, 2),
		stationMAC(s.n, s.phones+1))
	return s.signUp(link, fmt.Sprintf("visitor%d@example.com", s.n))
}
