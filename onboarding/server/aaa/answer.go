package aaa

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
)

// accept returns the attributes of an accepted login: the password that FreeRADIUS compares, and
// the reply for the access point.
func accept(a *radius.Access) map[string]value {
	answer := reply(a)
	// rlm_rest reads a backslash as the start of an escape, with and without do_xlat.
	answer["control:Cleartext-Password"] = set(strings.ReplaceAll(a.Password, `\`, `\\`))
	return answer
}

// reply returns the attributes for the access point.
func reply(a *radius.Access) map[string]value {
	answer := map[string]value{
		"reply:Class":           set("0x" + hex.EncodeToString(a.Class)),
		"reply:User-Name":       set(a.Name),
		"reply:Session-Timeout": set(strconv.FormatInt(int64(a.SessionTimeout/time.Second), 10)),
	}
	if a.Pseudonym != "" {
		answer["reply:"+pseudonymAttribute] = set("0x" + hex.EncodeToString([]byte(a.Pseudonym)))
	}
	if a.VLAN > 0 { // RFC 3580 section 3.31
		answer["reply:Tunnel-Type"] = set("VLAN")
		answer["reply:Tunnel-Medium-Type"] = set("IEEE-802")
		answer["reply:Tunnel-Private-Group-Id"] = set(strconv.Itoa(a.VLAN))
	}
	return answer
}

// loginOutcome parses the report of an authentication.
func loginOutcome(pairs attributes) (radius.LoginOutcome, error) {
	o := radius.LoginOutcome{
		Username: pairs.text("User-Name"), AccessPoint: pairs.accessPoint(),
		CallingStation: pairs.device("Calling-Station-Id"),
		Received:       pairs.instant("Onramp-Received"), Delayed: pairs.text("Onramp-Delayed") != "",
		OuterMethod: pairs.text("EAP-Type"), InnerMethod: pairs.text("Onramp-Inner"),
		TLSVersion: pairs.text("TLS-Session-Version"), Cause: pairs.text("Onramp-Cause"),
	}
	switch pairs.text("Onramp-Outcome") {
	case "accept":
		o.Accepted = true
	case "reject":
	case "handshake":
		o.Failure, o.Username = radius.FailureHandshake, ""
	case "stopped":
		o.Failure = radius.FailureStopped
	case "unavailable":
		o.Failure = radius.FailureUnavailable
	case "": // of a configuration that sets no Onramp-Outcome
		o.Accepted = pairs.text("Module-Failure-Message") == ""
	default:
		return o, onboarding.InvalidField("Onramp-Outcome", "not accept, reject, handshake, stopped or unavailable")
	}
	if vlan := pairs.count("Tunnel-Private-Group-Id"); o.Accepted && vlan <= 4094 {
		o.VLAN = int(vlan)
	}
	if last := pairs.octetStrings("Onramp-Last"); len(last) > 0 {
		o.LastSent = last[0]
	}
	return o, nil
}

// statusTypes maps the values of Acct-Status-Type, by FreeRADIUS's names and by number.
var statusTypes = map[string]radius.AccountingType{
	"Start": radius.AccountingStart, "1": radius.AccountingStart,
	"Stop": radius.AccountingStop, "2": radius.AccountingStop,
	"Interim-Update": radius.AccountingInterim, "Alive": radius.AccountingInterim,
	"3":             radius.AccountingInterim,
	"Accounting-On": radius.AccountingOn, "7": radius.AccountingOn,
	"Accounting-Off": radius.AccountingOff, "8": radius.AccountingOff,
}

// accountingRecord parses the attributes of an accounting request.
func accountingRecord(pairs attributes) (*radius.AccountingRecord, error) {
	status, err := pairs.need("Acct-Status-Type")
	if err != nil {
		return nil, err
	}
	// the delay on arrival at FreeRADIUS, whose detail reader adds to Acct-Delay-Time
	delay, known := pairs["Onramp-Delay"]
	if !known || len(delay) == 0 {
		pairs["Onramp-Delay"] = pairs["Acct-Delay-Time"]
	}
	event := pairs.instant("Onramp-Event")
	if event == nil {
		event = pairs.instant("Event-Timestamp")
	}
	return &radius.AccountingRecord{
		Type: statusTypes[status], UniqueID: pairs.text("Acct-Unique-Session-Id"),
		SessionID: pairs.text("Acct-Session-Id"),
		Username:  pairs.text("User-Name"), Classes: pairs.octetStrings("Class"), Pseudonym: pairs.pseudonym(),
		AccessPoint:    pairs.accessPoint(),
		CallingStation: pairs.device("Calling-Station-Id"),
		Addresses:      append(pairs.all("Framed-IP-Address"), pairs.all("Framed-IPv6-Address")...),
		Event:          event, Received: pairs.instant("Onramp-Received"),
		Delay:    time.Duration(pairs.count("Onramp-Delay")) * time.Second,
		Duration: pairs.count("Acct-Session-Time"), Input: pairs.octets("Input"), Output: pairs.octets("Output"),
		Cause: pairs.text("Acct-Terminate-Cause"),
	}, nil
}
