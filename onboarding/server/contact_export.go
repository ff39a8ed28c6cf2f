package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/server/web"
)

// export is all stored data about a contact.
type export struct {
	web.Stamp
	Contact       contact              `json:"contact"`
	Attributes    exportedAttributes   `json:"attributes"`
	Credential    exportedCredential   `json:"credential"`
	DeviceGuids   []exportedGuid       `json:"deviceGuids"`
	Links         []exportedLink       `json:"activationLinks"`
	Consents      []exportedConsent    `json:"consents"`
	AppDevices    []exportedDevice     `json:"appDevices"`
	Devices       []station            `json:"devices"`
	Installations []installation       `json:"installations"`
	Downloads     []exportedDownload   `json:"downloads"`
	StationClaims []exportedClaim      `json:"stationClaims"`
	Connections   []exportedConnection `json:"connections"`
	Events        []event              `json:"events"`
	Disconnects   []exportedDisconnect `json:"disconnects"`
	Attempts      []exportedAttempt    `json:"attempts"`
}

// Parts that only the export has. It contains neither the password nor the hashes of guids and
// links.

type exportedAttributes struct {
	CompanyName  *string             `json:"companyName"`
	CivilStatus  *string             `json:"civilStatus"`
	Document     onboarding.Document `json:"document"`
	HotspotID    *string             `json:"hotspotId"`
	Profiling    *bool               `json:"profiling"`
	PPD          *bool               `json:"ppd"`
	EmailClaimed *bool               `json:"emailVerifiedByApp"` // claimed by an app
	PhoneClaimed *bool               `json:"phoneVerifiedByApp"`
}

type exportedGuid struct {
	Added web.Timestamp `json:"added"`
}

type exportedCredential struct {
	Username string        `json:"username"`
	Created  web.Timestamp `json:"created"`
	Expires  web.Timestamp `json:"expires"`
}

type exportedConsent struct {
	Policy   string        `json:"policy"`
	Version  *string       `json:"version"`
	Accepted bool          `json:"accepted"`
	Date     web.Timestamp `json:"date"`
	Channel  string        `json:"channel"`
	Address  *string       `json:"address"`
	Agent    *string       `json:"agent"`
}

type exportedLink struct {
	Created web.Timestamp `json:"created"`
	Expires web.Timestamp `json:"expires"`
	Hits    int           `json:"hits"`
	MaxHits int           `json:"maxHits"`
	// Platforms are those whose profile was downloaded.
	Platforms []string `json:"platforms"`
}

type exportedDownload struct {
	Platform   string        `json:"platform"`
	Source     string        `json:"source"`
	Credential web.Timestamp `json:"credential"` // when the credential in the profile was created
	Expires    web.Timestamp `json:"expires"`
	Refused    *string       `json:"refused"` // the reason for which the platform received no profile
	First      web.Timestamp `json:"first"`
	Last       web.Timestamp `json:"last"`
	Count      int64         `json:"count"`
}

// exportedClaim is a MAC address in the address of the sign-up page.
type exportedClaim struct {
	MAC string        `json:"macAddress"`
	At  web.Timestamp `json:"at"`
}

type exportedDevice struct {
	InstallID  string         `json:"installId"`
	Bundle     *string        `json:"bundle"`
	VendorID   *string        `json:"vendorId"`
	AdvID      *string        `json:"advId"`
	OS         *string        `json:"os"`
	OSVersion  *string        `json:"osVersion"`
	Device     *string        `json:"device"`
	PushToken  *string        `json:"pushToken"`
	Created    *web.Timestamp `json:"created"`
	LastSeen   *web.Timestamp `json:"lastSeen"`
	Passpoint  *bool          `json:"pp_installed"`
	WPA2       *bool          `json:"wpa2ent_installed"`
	Registered web.Timestamp  `json:"registered"`
}

// exportedConnection adds the access point's data to a connection.
type exportedConnection struct {
	connection
	SSID           *string `json:"ssid"`
	SessionID      *string `json:"sessionId"`
	CallingStation *string `json:"callingStationId"`
}

type exportedDisconnect struct {
	Reason   string         `json:"reason"`
	Created  web.Timestamp  `json:"created"`
	Outcome  *string        `json:"outcome"`
	Finished *web.Timestamp `json:"finished"`
}

type exportedAttempt struct {
	First       web.Timestamp `json:"first"`
	Last        web.Timestamp `json:"last"`
	Count       int64         `json:"count"`
	Accepted    bool          `json:"accepted"`
	Reason      *string       `json:"reason"` // null if accepted
	Detail      *string       `json:"detail"`
	Attribution string        `json:"attribution"`
	MAC         *string       `json:"mac"`
	Method      *string       `json:"method"`
	TLSVersion  *string       `json:"tlsVersion"`
	VLAN        *int          `json:"vlan"`
	LocationID  *string       `json:"locationId"`
	HotspotID   *string       `json:"hotspotId"`
}

func exportAttempt(a *onboarding.Attempt) exportedAttempt {
	e := exportedAttempt{
		First: web.Seconds(a.First), Last: web.Seconds(a.Last), Count: a.Count, Accepted: a.Accepted(),
		Reason: web.OrNull(string(a.Reason)), Detail: web.OrNull(a.Detail), Attribution: string(a.Attribution),
		MAC: web.OrNull(a.Station), Method: web.OrNull(a.Method), TLSVersion: web.OrNull(a.TLSVersion),
	}
	if a.VLAN > 0 {
		e.VLAN = &a.VLAN
	}
	if a.HostID == a.OrganizationID { // not another organization's places
		e.LocationID, e.HotspotID = web.OrNull(a.LocationID), web.OrNull(a.HotspotID)
	}
	return e
}

// exportContact returns all stored data about a contact.
func (s *Server) exportContact(c echo.Context) error {
	r, err := s.contacts.Export(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.exportOf(r))
}

// exportOf returns the wire form of all data about a contact.
func (s *Server) exportOf(r *contacts.ContactRecord) export {
	answer := export{
		Stamp: s.contactsStamp(), Contact: wireContact(r.Contact),
		Attributes: exportedAttributes{
			CompanyName: web.OrNull(r.CompanyName), CivilStatus: web.OrNull(r.CivilStatus), Document: r.Document,
			HotspotID: web.OrNull(r.HotspotID),
			Profiling: r.Profiling, PPD: r.PPD, EmailClaimed: r.EmailClaimed, PhoneClaimed: r.PhoneClaimed,
		},
		Credential: exportedCredential{
			r.Credential.Username, web.Seconds(r.Credential.Created), web.Seconds(r.Credential.Expires),
		},
		DeviceGuids: each(r.DeviceGuids, func(g onboarding.DeviceGuid) exportedGuid {
			return exportedGuid{web.Seconds(g.Added)}
		}),
		Devices: each(r.Stations, wireStation), Installations: each(r.Installations, installationOf),
	}
	answer.Consents = each(r.Consents, func(e onboarding.Consent) exportedConsent {
		return exportedConsent{
			e.Policy, web.OrNull(e.Version), e.Accepted, web.Millis(e.At), string(e.Channel), web.OrNull(e.Address),
			web.OrNull(e.Agent),
		}
	})
	answer.Links = each(r.Links, func(a *onboarding.Link) exportedLink {
		return exportedLink{web.Seconds(a.Created), web.Seconds(a.Expires), a.Hits, a.MaxHits,
			append([]string{}, a.Platforms...)}
	})
	answer.AppDevices = each(r.Devices, func(d *onboarding.Device) exportedDevice {
		return exportedDevice{
			d.InstallID, web.OrNull(d.Bundle), web.OrNull(d.VendorID), web.OrNull(d.AdvID), web.OrNull(d.OS),
			web.OrNull(d.OSVersion), web.OrNull(d.Device),
			web.OrNull(d.PushToken), web.SecondsOrNull(d.Created), web.SecondsOrNull(d.LastSeen), d.PasspointOn,
			d.WPA2On,
			web.Seconds(d.Registered),
		}
	})
	answer.Downloads = each(r.Downloads, func(d *onboarding.Download) exportedDownload {
		return exportedDownload{d.Platform, string(d.Source), web.Seconds(d.Credential), web.Seconds(d.Expires),
			web.OrNull(d.Refused), web.Seconds(d.First), web.Seconds(d.Last), d.Count}
	})
	answer.StationClaims = each(r.StationClaims, func(claim onboarding.StationClaim) exportedClaim {
		return exportedClaim{claim.MAC, web.Seconds(claim.At)}
	})
	answer.Connections = each(r.Connections, func(x contacts.RecordedConnection) exportedConnection {
		return exportedConnection{
			wireConnection(&x.Connection), web.OrNull(x.SSID), web.OrNull(x.SessionID), web.OrNull(x.CallingStation),
		}
	})
	answer.Events = each(r.Events, func(h contacts.EventAt) event { return wireEvent(&h) })
	answer.Disconnects = each(r.Disconnects, func(d *onboarding.Disconnect) exportedDisconnect {
		return exportedDisconnect{
			d.Reason, web.Seconds(d.Created), web.OrNull(string(d.Outcome)), web.SecondsOrNull(d.Finished),
		}
	})
	answer.Attempts = each(r.Attempts, exportAttempt)
	return answer
}
