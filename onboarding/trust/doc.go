// Package trust predicts whether a phone with a profile accepts a RADIUS server's certificate. It
// has no clock, no files and no network: the same arguments give the same verdict.
//
// A verdict depends on the platform, because each one verifies another part of the settings in its
// profile, by other rules:
//
//   - Apple devices compare names label by label; a trusted name may begin with a wildcard.
//   - Android's Passpoint file with a private root has no list of names: the server's name must end
//     in the home domain (HomeSP/FQDN). With public roots, its names are suffixes.
//   - wpa_supplicant, NetworkManager and ChromeOS match by suffix.
//   - Windows matches exactly or by the regular expression of a wildcard, and rejects certificates
//     with a wildcard in the common name.
//   - iwd matches exactly, by case; a leading wildcard stands for one or more labels.
//   - The geteduroam apps match exactly, except on Android. The platform of the phone is unknown.
//
// No phone fetches an intermediate certificate that the server does not send.
//
// # Decisions
//
// A rule that differs between versions of a platform, or that its documentation leaves open, gives
// Unknown instead of a guess. Reason: an operator who changes a certificate must be able to rely on
// Accept.
//
// If a profile holds several networks, the worst verdict counts. Reason: the phone loses a network
// that it had.
package trust
