package radius

import (
	"bytes"
	"regexp"
	"strings"

	"onramp/onboarding"
)

// deviceAlerts maps the TLS alerts (RFC 8446, section 6) that a device may send, by OpenSSL's
// names, to reasons. wpa_supplicant sends an internal error if the certificate has the wrong name.
var deviceAlerts = map[string]onboarding.Reason{
	"unknown CA":              onboarding.ReasonNotTrusted,
	"bad certificate":         onboarding.ReasonNotTrusted,
	"certificate unknown":     onboarding.ReasonNotTrusted,
	"certificate expired":     onboarding.ReasonNotTrusted,
	"certificate revoked":     onboarding.ReasonNotTrusted,
	"unsupported certificate": onboarding.ReasonNotTrusted,
	"no certificate":          onboarding.ReasonNotTrusted,
	"internal error":          onboarding.ReasonNotTrusted,
	"access denied":           onboarding.ReasonNotTrusted,
	"protocol version":        onboarding.ReasonTLSVersion,
	"insufficient security":   onboarding.ReasonTLSVersion,
	"user canceled":           onboarding.ReasonStopped,
	"handshake failure":       onboarding.ReasonHandshake,
	"illegal parameter":       onboarding.ReasonHandshake,
	"decode error":            onboarding.ReasonHandshake,
	"decrypt error":           onboarding.ReasonHandshake,
	"decryption failed":       onboarding.ReasonHandshake,
	"bad record mac":          onboarding.ReasonHandshake,
	"record overflow":         onboarding.ReasonHandshake,
	"unexpected_message":      onboarding.ReasonHandshake,
	"no renegotiation":        onboarding.ReasonHandshake,
	"unsupported extension":   onboarding.ReasonHandshake,
}

// serverCauses maps phrases of FreeRADIUS and OpenSSL about a failure on the server's side to
// reasons and details.
var serverCauses = []struct {
	phrase string
	reason onboarding.Reason
	detail string
}{
	{"unsupported protocol", onboarding.ReasonTLSVersion, onboarding.NoCommonVersion},
	{"unknown protocol", onboarding.ReasonTLSVersion, onboarding.NoCommonVersion},
	{"version too low", onboarding.ReasonTLSVersion, onboarding.NoCommonVersion},
	{"wrong version number", onboarding.ReasonTLSVersion, onboarding.NoCommonVersion},
	{"inappropriate fallback", onboarding.ReasonTLSVersion, onboarding.NoCommonVersion},
	{"no shared cipher", onboarding.ReasonTLSVersion, onboarding.NoCommonCipher},
	{"no suitable signature algorithm", onboarding.ReasonTLSVersion, onboarding.NoCommonSignature},
	{"no shared signature algorithms", onboarding.ReasonTLSVersion, onboarding.NoCommonSignature},
	{"no shared group", onboarding.ReasonTLSVersion, onboarding.NoCommonGroup},
	{"No mutually acceptable types found", onboarding.ReasonHandshake, onboarding.NoCommonMethod},
	{"Exceeded maximum record size", onboarding.ReasonHandshake, "invalid TLS record"},
	{"Invalid packet received", onboarding.ReasonHandshake, "invalid EAP packet"},
	{"Unexpected ACK", onboarding.ReasonHandshake, "unexpected acknowledgement"},
	{"Peer sent EAP-TLS Start", onboarding.ReasonHandshake, "invalid EAP packet"},
}

var alertPattern = regexp.MustCompile(`\(TLS\) Alert (read|write):(?:fatal|warning):([A-Za-z_ ]+)`)

// handshakeFailure returns the reason of a failed handshake and its detail, by the text of
// FreeRADIUS's Module-Failure-Messages. The detail consists of fixed phrases, because a message may
// contain values that a device sent.
func handshakeFailure(text string) (onboarding.Reason, string) {
	var sent string
	for _, alert := range alertPattern.FindAllStringSubmatch(text, 8) {
		name := strings.TrimSpace(alert[2])
		reason, known := deviceAlerts[name]
		if !known {
			continue
		}
		name = strings.ReplaceAll(name, "_", " ")
		if alert[1] == "read" {
			return reason, "alert " + name
		}
		sent = "sent alert " + name
	}
	for _, cause := range serverCauses {
		if strings.Contains(text, cause.phrase) {
			return cause.reason, cause.detail
		}
	}
	if sent == "sent alert protocol version" {
		return onboarding.ReasonTLSVersion, onboarding.NoCommonVersion
	}
	return onboarding.ReasonHandshake, sent
}

// The position of the type in an EAP packet (RFC 3748, section 4.1), and types.
const (
	eapType  = 4
	typeTTLS = 21
	typePEAP = 25
)

// leastFlight is less than the length of an EAP packet with a ServerHello and a certificate, and
// more than that with the answer to a resumed session.
const leastFlight = 300

// silentAfter returns the detail for the beginning of the last EAP packet that was sent to the
// device (RFC 3748, RFC 5281 section 9.1), or "" if it is not known.
func silentAfter(packet []byte) string {
	const length, more, start = 0x80, 0x40, 0x20
	if len(packet) <= eapType {
		return ""
	}
	if kind := packet[eapType]; kind != typeTTLS && kind != typePEAP || len(packet) < eapType+2 {
		return onboarding.SilentAtStart
	}
	flags, data := packet[eapType+1], packet[eapType+2:]
	if flags&length != 0 {
		data = data[min(4, len(data)):]
	}
	switch {
	case flags&start != 0:
		return onboarding.SilentBeforeHello
	case flags&more != 0:
		return onboarding.SilentAtCertificate
	case len(data) == 0, bytes.HasPrefix(data, []byte{20, 3}), bytes.HasPrefix(data, []byte{23, 3}):
		return onboarding.SilentInTunnel
	case bytes.HasPrefix(data, []byte{22, 3}) && int(packet[2])<<8+int(packet[3]) < leastFlight:
		return onboarding.SilentInTunnel // a resumed session: the server sends no certificate
	}
	return onboarding.SilentAfterFlight
}
