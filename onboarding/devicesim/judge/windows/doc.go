// Package windows judges CarrierProvisioning files as Windows Settings does when it opens an
// ms-settings:wifi-provisioning link.
//
// The rules are Microsoft's CarrierControl v1 and CarrierControl/WLAN/v1 schemas, restated in
// schema.go, the schemas of the EAP configuration, and W3C XML Signature. The signature is verified
// by hand with package xmldoc: it is the second opinion on the library of package signing.
package windows
