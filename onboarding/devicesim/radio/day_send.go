package radio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
)

// Authenticate joins every device of the day to its network with eapol_test, at the access point of
// its first connection. Its records then have the values of the Access-Accept: the outer identity
// or the given User-Name, and the Class. The error contains the network type and wraps that of
// Connect.
func (p *Plan) Authenticate(ctx context.Context, r RADIUS) error {
	for _, d := range p.devices {
		first := slices.IndexFunc(p.sessions, func(s *daySession) bool { return s.device == d })
		if first < 0 {
			continue // it makes no connection
		}
		r.AccessPoint, r.Device = p.day.AccessPoints[p.sessions[first].ap], d.macs[0]
		c, err := Connect(ctx, d.network, r)
		if err != nil {
			return fmt.Errorf("%s: %w", d.network.Type, err)
		}
		d.classes, d.username = c.Classes, c.Username
	}
	p.report.Authenticated = true
	return nil
}

// patienceForMany is the number of consecutive unacknowledged records after which sending stops.
const patienceForMany = 3

// Account sends the day's records to a RADIUS server, one at a time, and returns the report of
// those sent. Acct-Delay-Time is the age of a record. The error wraps ErrNoAnswer if a record was
// not acknowledged. Account uses Address, Secret and Patience of r.
func (p *Plan) Account(ctx context.Context, r RADIUS) (*DayReport, error) {
	if _, _, err := net.SplitHostPort(r.Address); err != nil {
		return nil, fmt.Errorf("accounting address: %w", err)
	}
	if end := p.day.Begin.Add(p.day.Length); end.After(time.Now()) {
		return nil, fmt.Errorf("the day ends at %s, in the future", end.Format(time.RFC3339))
	}
	if r.Patience == 0 {
		r.Patience = defaultPatience
	}
	report := p.Expected()
	client := radius.Client{Retry: 2 * time.Second}
	began := time.Now()
	unanswered := 0
	for _, record := range p.records {
		packet, err := p.packet(record, []byte(r.Secret), time.Now())
		if err != nil {
			return report, err
		}
		report.Records++
		once, cancel := context.WithTimeout(ctx, r.Patience)
		answer, err := client.Exchange(once, packet, r.Address)
		cancel()
		switch {
		case ctx.Err() != nil:
			return report, ctx.Err()
		case err == nil && answer.Code == radius.CodeAccountingResponse:
			report.Acknowledged++
			unanswered = 0
		default:
			// No server listens, or it is not an accounting server with this secret.
			unanswered++
		}
		if unanswered == patienceForMany {
			break
		}
	}
	report.PerSecond = float64(report.Acknowledged) / time.Since(began).Seconds()
	if report.Acknowledged < len(p.records) {
		return report, fmt.Errorf("%w: %d of %d records acknowledged", ErrNoAnswer, report.Acknowledged,
			len(p.records))
	}
	return report, nil
}

// causes are the terminate causes in use (RFC 2866 section 5.10).
var causes = map[string]rfc2866.AcctTerminateCause{
	"User-Request":    rfc2866.AcctTerminateCause_Value_UserRequest,
	"Lost-Carrier":    rfc2866.AcctTerminateCause_Value_LostCarrier,
	"Idle-Timeout":    rfc2866.AcctTerminateCause_Value_IdleTimeout,
	"Session-Timeout": rfc2866.AcctTerminateCause_Value_SessionTimeout,
}

// packet returns the accounting request of a record that is sent now.
func (p *Plan) packet(record dayRecord, secret []byte, now time.Time) (*radius.Packet, error) {
	k := radius.New(radius.CodeAccountingRequest, secret)
	ap := p.day.AccessPoints[record.ap]
	made := p.day.Begin.Add(record.at)
	errs := []error{
		rfc2866.AcctStatusType_Set(k, rfc2866.AcctStatusType(record.kind)),
		rfc2865.NASIdentifier_SetString(k, ap.NASIdentifier),
		rfc2869.EventTimestamp_Set(k, made),
	}
	if delay := now.Sub(made) / time.Second; delay > 0 {
		errs = append(errs, rfc2866.AcctDelayTime_Set(k, rfc2866.AcctDelayTime(min(delay, 1<<32-1))))
	}
	if s := record.session; s != nil {
		errs = append(errs, s.attributes(k, record, ap)...)
	}
	return k, errors.Join(errs...)
}

// attributes sets the attributes of a connection.
func (s *daySession) attributes(k *radius.Packet, record dayRecord, ap AccessPoint) []error {
	errs := []error{
		rfc2865.UserName_SetString(k, s.username),
		rfc2866.AcctSessionID_SetString(k, s.id),
		rfc2866.AcctAuthentic_Set(k, rfc2866.AcctAuthentic_Value_RADIUS),
		rfc2865.NASPortType_Set(k, rfc2865.NASPortType_Value_Wireless80211),
		rfc2865.CallingStationID_SetString(k, notation(s.mac, record.ap)),
		rfc2865.FramedIPAddress_Set(k, net.ParseIP(s.address)),
	}
	if called := ap.calledStation(s.network); called != "" {
		errs = append(errs, rfc2865.CalledStationID_SetString(k, called))
	}
	for _, class := range s.classes {
		errs = append(errs, rfc2865.Class_Add(k, class))
	}
	if record.kind == kindStart {
		return errs
	}
	elapsed := record.at - s.start
	in, out := s.octets(elapsed)
	errs = append(errs,
		rfc2866.AcctSessionTime_Set(k, rfc2866.AcctSessionTime(elapsed/time.Second)),
		rfc2866.AcctInputOctets_Set(k, rfc2866.AcctInputOctets(uint32(in))),
		rfc2866.AcctOutputOctets_Set(k, rfc2866.AcctOutputOctets(uint32(out))),
	)
	if high := in >> 32; high > 0 {
		errs = append(errs, rfc2869.AcctInputGigawords_Set(k, rfc2869.AcctInputGigawords(high)))
	}
	if high := out >> 32; high > 0 {
		errs = append(errs, rfc2869.AcctOutputGigawords_Set(k, rfc2869.AcctOutputGigawords(high)))
	}
	if record.kind == kindStop {
		errs = append(errs, rfc2866.AcctTerminateCause_Set(k, causes[s.cause]))
	}
	return errs
}

// notation returns a MAC address in the notation of the access point, as vendors differ.
func notation(mac string, ap int) string {
	switch ap % 3 {
	case 0:
		return strings.ToUpper(strings.ReplaceAll(mac, ":", "-"))
	case 1:
		return mac
	}
	plain := strings.ReplaceAll(mac, ":", "")
	return plain[:4] + "." + plain[4:8] + "." + plain[8:]
}
