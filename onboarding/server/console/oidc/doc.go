// Package oidc is the client of an OpenID provider: operators of the console sign in there, and a
// claim of the ID token holds their roles.
//
// # Decisions
//
// The provider is asked at the first sign-on and not at the start. Reason: the server serves while
// the provider is down, and operators use a link of `onramp console` meanwhile.
//
// The roles come from the ID token alone. Reason: it is signed for this client, and one request
// less can fail.
//
// Only https addresses are used, except on this machine, and no redirect is followed. Reason: the
// client secret and the code travel in these requests.
package oidc
