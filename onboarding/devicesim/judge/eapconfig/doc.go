// Package eapconfig judges eap-config files, the EAP metadata format of the geteduroam apps.
//
// One file serves all apps, so the rules are those of the schema eap-metadata.xsd, restated in
// schema.go, and all requirements of the clients for Android, iOS, Linux and Windows.
package eapconfig
