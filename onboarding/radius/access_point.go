package radius

import "onramp/onboarding"

// AccessPointIdentity holds the attributes of a RADIUS request that identify its access point. Only
// Client is authenticated; an access point can send any value in the others.
type AccessPointIdentity struct {
	// Client is the ID of the hotspot whose client entry (address and secret) accepted the request;
	// empty for clients that use the common secret.
	Client        string
	NASIdentifier string
	CalledStation string // Called-Station-Id, unparsed
	Address       string // NAS-IP-Address or NAS-IPv6-Address
	Operator      string // Operator-Name (RFC 5580)
}

// storable returns the identity without the values that cannot be stored.
func (i AccessPointIdentity) storable() AccessPointIdentity {
	return AccessPointIdentity{
		Client: storableText(i.Client), NASIdentifier: storableText(i.NASIdentifier),
		CalledStation: storableText(i.CalledStation), Address: storableText(i.Address),
		Operator: storableText(i.Operator),
	}
}

// key returns the name of the sending device. It is the same in all its records, whichever of its
// radios they concern; mac is the BSSID.
func (i *AccessPointIdentity) key(mac string) string {
	switch {
	case i.Client != "":
		return onboarding.KeyOfClient + i.Client
	case i.NASIdentifier != "":
		return onboarding.KeyOfNAS + i.NASIdentifier
	case i.Address != "":
		return onboarding.KeyOfAddress + i.Address
	default:
		return onboarding.KeyOfMAC + mac
	}
}

// storableText returns the text, or "" if it is not valid text or longer than a RADIUS attribute.
func storableText(text string) string {
	if onboarding.CheckText("", text, maxAttributeText) != nil {
		return ""
	}
	return text
}
