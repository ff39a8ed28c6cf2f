package server

import "onramp/onboarding/server/web"

// The bodies of the API.
var (
	loginBody      = web.ObjectOf("clientKey", "clientSecret")
	credentialBody = web.ObjectOf("username", "password", "organizationId", "link", "guid")
	guidBody       = web.ObjectOf("guid")
	linkBody       = web.ObjectOf("expiresIn", "maxHits", "guid")
	deviceBody     = web.ObjectOf("installId", "bundle", "vendorId", "advId", "os", "osVersion", "device", "created", "lastSeen",
		"pushToken", "pp_installed", "wpa2ent_installed", "guid")
	policiesBody = web.ObjectOf("guid").With("policies", &web.Wanted{Items: web.ObjectOf("policyKey", "accepted"), Text: true})
	customerBody = web.ObjectOf("username", "password", "firstName", "lastName", "title", "email", "emailVerified", "phoneNumber",
		"phoneVerified", "gender", "birthDate", "birthdate", "language", "country", "zipCode", "companyName", "civilStatus",
		"extId", "extProp1", "extProp2", "extPro1", "extPro2", "profiling", "ppd", "lock", "source", "organizationId", "locationId", "hotspotId", "guid",
		"browserLanguage").
		With("document", web.ObjectOf("memberId", "number", "personalId", "passportNumber", "type")).
		With("processingData", web.ObjectOf("profiling", "processingPersonalData")).
		With("policies", web.AnyMembers).With("custom", web.AnyMembers).With("device", deviceBody)
)
