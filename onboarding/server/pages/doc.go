// Package pages serves the visitor's web pages: the sign-up form of an organization, the install
// page of a link, the downloads of profiles, and the page where a code continues in another
// browser.
//
// The pages work in captive portal windows: they are whole documents without scripts and cookies.
// Each step is a navigation, and a sealed hidden field carries the state of a form.
package pages
