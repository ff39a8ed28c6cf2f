// Package radio simulates the radio network: a device that joins a network, and access points that
// report connections.
//
// [Connect] authenticates with the network of an accepted profile through the program eapol_test of
// wpa_supplicant, with the server name and trust rules of the device's platform. A [Day] plans the
// connections of a venue's guests and sends their RADIUS accounting (RFC 2866), with the faults of
// real access points.
package radio
