// Package aaa serves the routes that FreeRADIUS's rlm_rest calls: authorize, post-auth and
// accounting.
//
// Requests hold RADIUS attributes as JSON. Answers hold attributes, or only a status, because
// rlm_rest reads nothing else of an error. FreeRADIUS logs in with HTTP Basic and the AAA secret.
package aaa
