// Package eapconfig judges eap-config files, the EAP metadata format of the geteduroam apps.
//
// One file serves all apps, so the rules are the union of what the clients for Android, iOS, Linux
// and Windows require, and the schema eap-metadata.xsd, restated in schema.go.
package eapconfig
