// Package journey walks Onramp's portal and API as a phone does, from a portal link to a
// downloaded, judged and reported profile. [Onboard] plays one visitor, [Load] a crowd.
//
// Requests carry the headers of real phones: Apple's captive sheet and Safari, Android's captive
// login window, its download service and Chrome.
package journey
